"""Puts the text parts of a mail together: what is read as text, and what is shown as HTML."""

import html
import itertools
from dataclasses import dataclass

from mail_gateway.inbound import flowed, html_nesting, html_text, limits
from mail_gateway.inbound.bodies import Bodies
from mail_gateway.inbound.html_text import HtmlText
from mail_gateway.inbound.mime import charsets
from mail_gateway.inbound.mime.tree import Part
from mail_gateway.models import Defect

# What programs declare that know of no charset: a page's own word counts more.
_SAYS_NOTHING = frozenset({"", "ascii", "us-ascii"})


@dataclass(frozen=True, slots=True)
class Texts:
    """`text` to read with its quoted stretches, `shown` as harmless HTML, and the HTML as it was sent."""

    text: str
    quoted: tuple[tuple[int, int], ...]
    shown: str
    sent_html: str


def read_texts(bodies: Bodies, defects: set[Defect]) -> Texts:
    """Return the text of a mail and its HTML, which is empty for a mail that has none."""
    contents = {id(part): _content(part, defects) for part in [*bodies.text, *bodies.html]}
    spoken = {id(part): _as_text(part, contents[id(part)]) for part in bodies.text}
    repeats = _repeats(bodies.text, spoken)
    sent = [contents[id(part)] for part in bodies.html if part.content_type == "text/html"]
    text, quoted = _joined([spoken[id(part)] for part in bodies.text if id(part) not in repeats])
    if not text and sent:
        # The plain form is there and empty: the mail is read from its HTML.
        text, quoted = _joined([html_text.text_of(content) for content in sent])
    repeated = set(repeats.values())
    shown = (
        "".join(_as_html(part, contents[id(part)]) for part in bodies.html if id(part) not in repeated) if sent else ""
    )
    return Texts(text=text, quoted=quoted, shown=shown, sent_html="".join(sent))


def _repeats(parts: list[Part], spoken: dict[int, HtmlText]) -> dict[int, int]:
    """Return the HTML parts that say what the plain text above them says, though not marked as its alternative."""
    return {
        id(part): id(above)
        for above, part in itertools.pairwise(parts)
        if (above.content_type, part.content_type) == ("text/plain", "text/html")
        and spoken[id(above)].text.split() == spoken[id(part)].text.split()
    }


def _content(part: Part, defects: set[Defect]) -> str:
    """Return the decoded text of a part, cut at its bound; HTML comes out flat."""
    is_html = part.content_type == "text/html"
    bound = limits.HTML_CHARS if is_html else limits.TEXT_CHARS
    data, sound = part.decoded_body()
    # No charset needs more than four bytes for a character.
    declared = part.parameters.get("charset")
    if is_html and (declared or "").lower() in _SAYS_NOTHING:
        declared = charsets.declared_in_html(data) or declared
    text, readable = charsets.decode(data[: 4 * limits.TEXT_CHARS], declared)
    if is_html:
        text = html_text.without_embedded_files(text)
    if not sound:
        defects.add(Defect.ENCODING_BROKEN)
    if not readable:
        defects.add(Defect.CHARSET_BROKEN)
    if len(text) > bound or len(data) > 4 * limits.TEXT_CHARS:
        defects.add(Defect.TEXT_TOO_LONG)
        text = text[:bound]
    if is_html:
        return html_nesting.flatten(text)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if flowed.is_flowed(part.parameters):
        text = flowed.joined(text, deletes_space=part.parameters.get("delsp", "").lower() == "yes")
    return text.strip("\n").rstrip()


def _as_text(part: Part, content: str) -> HtmlText:
    return html_text.text_of(content) if part.content_type == "text/html" else HtmlText(content, ())


def _as_html(part: Part, content: str) -> str:
    if part.content_type == "text/html":
        return html_text.sanitised(content)
    return f"<pre>{html.escape(content)}</pre>" if content else ""


def _joined(pieces: list[HtmlText]) -> tuple[str, tuple[tuple[int, int], ...]]:
    """Put texts under each other, their quoted stretches moved along."""
    text, quoted = "", list[tuple[int, int]]()
    for piece in pieces:
        if not piece.text:
            continue
        text = f"{text}\n\n" if text else ""
        quoted += [(start + len(text), end + len(text)) for start, end in piece.quoted]
        text += piece.text
    return text, tuple(quoted)

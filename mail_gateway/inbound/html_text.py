"""Makes HTML of strangers harmless to show, and readable as text with its quoted parts marked."""

import re
from collections import Counter
from dataclasses import dataclass

import lxml.etree
import lxml.html
import nh3
from inscriptis import Inscriptis
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.model.config import ParserConfig

from mail_gateway.inbound import limits

_TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9:-]{0,30})[^<>]*+>?")
_VOID = frozenset(
    {
        "area",
        "base",
        "br",
        "col",
        "embed",
        "hr",
        "img",
        "input",
        "link",
        "meta",
        "param",
        "source",
        "track",
        "wbr",
    }
)
# These end without an end tag, so leaving one out makes nothing deeper; what nests them is counted.
_SELF_ENDING = frozenset(
    {
        "body",
        "colgroup",
        "dd",
        "dt",
        "head",
        "html",
        "li",
        "option",
        "p",
        "tbody",
        "td",
        "tfoot",
        "th",
        "thead",
        "tr",
    }
)
# The HTML standard reopens these in each following block, which multiplies what a sender writes once.
_FORMATTING = frozenset(
    {"a", "b", "big", "code", "em", "font", "i", "nobr", "s", "small", "strike", "strong", "tt", "u"}
)

_EMPTY_IMAGE = re.compile(r'<img(?: (?:width|height|alt)="[0-9%.px]{0,12}")*>')
_ATTRIBUTES = {
    "*": {"align", "dir", "lang", "title"},
    "a": {"href"},
    "font": {"color", "face", "size"},
    "img": {"alt", "height", "src", "width"},
    "ol": {"start", "type"},
    "table": {"border", "cellpadding", "cellspacing", "width"},
    "td": {"bgcolor", "colspan", "rowspan", "valign", "width"},
    "th": {"bgcolor", "colspan", "rowspan", "valign", "width"},
}

# Private-use characters that stand for the borders of a quote while the tree becomes text.
_QUOTE_STARTS, _QUOTE_ENDS, _QUOTE_FROM_HERE = "\ue0f1", "\ue0f2", "\ue0f3"
_MARKS = re.compile("[\ue0f1\ue0f2\ue0f3]")

# Containers that hold a quoted mail, and elements after which everything is the quoted mail, by client.
_QUOTE_CLASSES = ("gmail_quote", "yahoo_quoted", "protonmail_quote", "tutanota_quote", "zmail_extra")
_HEADER_IDS = ("divrplyfwdmsg", "appendonsend", "stopspelling", "ms-outlook-mobile-reference-message")
_HEADER_CLASSES = ("outlookmessageheader", "ms-outlook-mobile-reference-message")
_HEADER_IDS_INSIDE = ("mail-editor-reference-message-container",)
_OUTLOOK_RULE = re.compile(
    r"border-top: ?(?:solid #(?:e1e1e1|b5c4df) 1(?:\.0)?pt|1(?:\.0)?pt solid #?(?:e1e1e1|b5c4df))"
)


@dataclass(frozen=True, slots=True)
class HtmlText:
    """The text of an HTML body; `quoted` holds the (start, end) offsets of quoted stretches in it."""

    text: str
    quoted: tuple[tuple[int, int], ...]


def flatten(html: str) -> str:
    """Leave out the tags that nest deeper than a person ever wrote; the sanitiser's time grows with depth."""
    if html.count("<") <= limits.HTML_FORMATTING_DEPTH:
        return html
    flattening = _Flattening()
    flat = _TAG.sub(flattening.tag, html)
    return flat if flattening.dropped else html


class _Flattening:
    """Counts the elements that are open while the tags pass by."""

    def __init__(self) -> None:
        self.dropped = 0
        self._depth = 0
        self._formatting = 0
        self._open: Counter[str] = Counter()
        self._left_out: Counter[str] = Counter()

    def tag(self, found: re.Match[str]) -> str:
        """Return what stands in the place of one tag."""
        name = found[2].lower()
        if name in _VOID or name in _SELF_ENDING:
            return found[0]
        keeps = self._end(name) if found[1] else self._start(name)
        return found[0] if keeps else " "

    def _start(self, name: str) -> bool:
        is_formatting = name in _FORMATTING
        too_deep = self._depth >= limits.HTML_DEPTH
        if too_deep or (is_formatting and self._formatting >= limits.HTML_FORMATTING_DEPTH):
            self._left_out[name] += 1
            self.dropped += 1
            return False
        self._open[name] += 1
        self._depth += 1
        self._formatting += is_formatting
        return True

    def _end(self, name: str) -> bool:
        if self._left_out[name]:
            self._left_out[name] -= 1
            return False
        if self._open[name]:
            self._open[name] -= 1
            self._depth -= 1
            self._formatting -= name in _FORMATTING
        return True


def sanitised(html: str) -> str:
    """Return HTML without scripts, styles, forms and anything that is fetched from elsewhere.

    Images stay only where they are files of the mail (`cid:`); images without content, as tracking pixels
    then are, are dropped. `html` has to be flat already.
    """
    clean = nh3.clean(
        html,
        attributes=_ATTRIBUTES,
        attribute_filter=_own_images_only,
        clean_content_tags={"script", "style", "template", "title"},
        url_schemes={"cid", "http", "https", "mailto", "tel"},
        link_rel="noopener noreferrer nofollow",
    )
    return _EMPTY_IMAGE.sub("", clean)


def _own_images_only(tag: str, attribute: str, value: str) -> str | None:
    if tag == "img" and attribute == "src":
        return value if value.strip().lower().startswith("cid:") else None
    return value


def text_of(html: str) -> HtmlText:
    """Return what a person reads in HTML; the HTML has to be flat already."""
    tree = _tree(_MARKS.sub("", html))
    if tree is None:
        return HtmlText("", ())
    for element in tree.iter(lxml.etree.Element):
        _mark(element)
    config = ParserConfig(css=CSS_PROFILES["strict"], display_links=False, display_images=False)
    return _without_marks(_tidy(Inscriptis(tree, config).get_text()))


def _tree(html: str) -> lxml.html.HtmlElement | None:
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True)
    try:
        tree = lxml.html.document_fromstring(html.encode("utf-8", "replace"), parser=parser)
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError):
        return None
    for element in list(tree.iter("style", "script", "title", "template", "head")):
        if element.tag != "head" and element.getparent() is not None:
            element.drop_tree()
    return tree


def _mark(element: lxml.html.HtmlElement) -> None:
    """Put the marks of a quote into the text of an element that a mail program uses for quoting."""
    identity = (element.get("id") or "").lower()
    classes = (element.get("class") or "").lower()
    style = (element.get("style") or "").lower()
    if _is_header(identity, classes, style):
        element.text = _QUOTE_FROM_HERE + (element.text or "")
    elif _is_quote(str(element.tag), identity, classes, style):
        element.text = _QUOTE_STARTS + (element.text or "")
        if len(element):
            element[-1].tail = (element[-1].tail or "") + _QUOTE_ENDS
        else:
            element.text += _QUOTE_ENDS


def _is_header(identity: str, classes: str, style: str) -> bool:
    return (
        identity.endswith(_HEADER_IDS)
        or identity.endswith(_HEADER_IDS_INSIDE)
        or any(name in classes for name in _HEADER_CLASSES)
        or bool(style and _OUTLOOK_RULE.search(style))
    )


def _is_quote(tag: str, identity: str, classes: str, style: str) -> bool:
    if any(name in classes or name in identity for name in _QUOTE_CLASSES):
        return True
    # Mail programs indent the writer's own text with a blockquote that has no border.
    return tag == "blockquote" and not re.search(r"border(?:-left)?: ?none", style)


def _tidy(text: str) -> str:
    lines = [line.rstrip() for line in text.replace("\xa0", " ").split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _without_marks(marked: str) -> HtmlText:
    """Take the marks out and return where the quotes are; a quote without end lasts to the end."""
    pieces: list[str] = []
    quoted: list[tuple[int, int]] = []
    length = position = depth = start = 0
    for mark in _MARKS.finditer(marked):
        piece = marked[position : mark.start()]
        pieces.append(piece)
        length += len(piece)
        position = mark.end()
        if mark[0] == _QUOTE_ENDS:
            if depth == 1:
                quoted.append((start, length))
            depth = max(depth - 1, 0)
        else:
            if depth == 0:
                start = length
            # What follows the header of a quoted mail is quoted, whatever is closed later.
            depth += 1 if mark[0] == _QUOTE_STARTS else len(marked)
    pieces.append(marked[position:])
    text = "".join(pieces)
    if depth > 0:
        quoted.append((start, len(text)))
    return HtmlText(text, tuple(quoted))

"""Decides which parts of a mail are its text and which are files (RFC 8621, section 4.1.4)."""

import re
from dataclasses import dataclass, field, replace

from casework.attachments import sniffing
from mail_gateway.inbound import limits
from mail_gateway.inbound.mime import smime, tnef, uuencode
from mail_gateway.inbound.mime.tree import Part, made_part, read_tree
from mail_gateway.models import Defect

_MAIL = "mail"  # what holds the parts of the mail itself
_TEXTS = frozenset({"text/plain", "text/html"})
# Texts that a program is meant to read, also where they are all that a mail holds.
_FOR_PROGRAMS = frozenset(
    {
        "text/calendar",
        "text/csv",
        "text/directory",
        "text/rfc822-headers",
        "text/rtf",
        "text/vcard",
        "text/watch-html",
        "text/x-amp-html",
        "text/x-vcard",
    }
)
_KNOWN_TYPES = frozenset(
    {"application", "audio", "chemical", "font", "haptics", "image", "message", "model", "multipart", "text", "video"}
)  # RFC 2046 and what was registered since
_HTML = re.compile(rb"\s{0,200}(?:<!doctype html|<html[\s>])", re.IGNORECASE)
# The clear text that programs older than RFC 3156 sent as `application/pgp`.
_CLEAR_TEXT = re.compile(rb"\s{0,200}-----BEGIN PGP SIGNED MESSAGE-----")
_PKCS7 = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_TNEF = frozenset({"application/ms-tnef", "application/vnd.ms-tnef"})


@dataclass(slots=True)
class Bodies:
    """The parts that are read as text, those that are shown as HTML, and all others."""

    text: list[Part] = field(default_factory=list)
    html: list[Part] = field(default_factory=list)
    files: list[Part] = field(default_factory=list)


def sort_parts(root: Part, defects: set[Defect]) -> Bodies:
    """Sort the parts of a mail; signed and packed content is opened, what that shows joins the defects."""
    sorter = _Sorter(defects)
    sorter.sort([root], _MAIL, within_alternative=False)
    return sorter.bodies


class _Sorter:
    """Walks the parts in order; the depth is bounded by the reader of the tree."""

    def __init__(self, defects: set[Defect]) -> None:
        self.bodies = Bodies()
        self._defects = defects
        self._may_open = limits.OPENED_PARTS

    def sort(self, parts: list[Part], kind: str, *, within_alternative: bool, main: int = 0) -> None:
        """Sort the parts of a multipart; `main` is the one that the others belong to, if they are related."""
        bodies = self.bodies
        if kind == "related" and _offers_two_forms(parts, main):
            kind, within_alternative = "alternative", True
        texts_before, htmls_before = len(bodies.text), len(bodies.html)
        for index, closed in enumerate(parts):
            part = self._opened(closed)
            part = part if kind == "signed" and index else _with_known_type(part, is_main=index == main)
            if part.children:
                self._note(part)
                subtype = part.content_type.partition("/")[2]
                inside = within_alternative or subtype == "alternative"
                self.sort(part.children, subtype, within_alternative=inside, main=_main_of(part))
            elif not _is_text(part, kind, is_main=index == main):
                bodies.files.append(part)
            elif within_alternative:
                (bodies.html if part.content_type == "text/html" else bodies.text).append(part)
            else:
                bodies.text.append(part)
                bodies.html.append(part)
        if kind == "alternative":
            self._complete(texts_before, htmls_before)

    def _complete(self, texts_before: int, htmls_before: int) -> None:
        """Read and show a mail that offers one form only in that form."""
        bodies = self.bodies
        if len(bodies.text) == texts_before:
            bodies.text += bodies.html[htmls_before:]
        elif len(bodies.html) == htmls_before:
            bodies.html += bodies.text[texts_before:]

    def _note(self, part: Part) -> None:
        if part.content_type == "multipart/signed":
            self._defects.add(Defect.SIGNATURE_NOT_VERIFIED)
        elif part.content_type == "multipart/encrypted":
            self._defects.add(Defect.ENCRYPTED)

    def _opened(self, part: Part) -> Part:
        """Return the part, or one that holds what was inside it."""
        if part.children or part.opened or not self._may_open:
            return part
        name = part.name.lower()
        if part.content_type in _PKCS7 or (name.endswith(".p7m") and part.content_type == "application/octet-stream"):
            return self._opened_signed(part)
        if part.content_type in _TNEF or name == "winmail.dat":
            return self._opened_tnef(part)
        if part.content_type == "text/plain" and not name and part.raw.find(b"begin ", part.start, part.end) >= 0:
            return self._opened_text(part)
        return part

    def _opened_signed(self, part: Part) -> Part:
        self._may_open -= 1
        content = smime.signed_content(part.decoded_body()[0])
        if content is smime.Sealed.ENCRYPTED:
            self._defects.add(Defect.ENCRYPTED)
        if isinstance(content, smime.Sealed):
            return part
        inner, inner_defects = read_tree(content)
        self._defects |= inner_defects
        part.opened = True
        both = made_part("multipart/signed")
        both.children = [inner, part]
        return both

    def _opened_tnef(self, part: Part) -> Part:
        self._may_open -= 1
        packed = tnef.unpack(part.decoded_body()[0])
        if packed is None:
            self._defects.add(Defect.TNEF_BROKEN)
            return part
        texts = made_part("multipart/alternative")
        # The outer mail mostly carries the same text; the packed one is read where it does not.
        if not any(body.decoded_body()[0].strip() for body in self.bodies.text):
            texts.children = [made_part(kind, content) for kind, content in packed.texts]
        files = [made_part("application/octet-stream", content, filename=name) for name, content in packed.files]
        both = made_part("multipart/mixed")
        both.children = ([texts] if texts.children else []) + files
        return both if packed.texts or packed.files else part

    def _opened_text(self, part: Part) -> Part:
        """Take the files out of a text that is written as it is, without any encoding of the whole."""
        text = part.body
        rest, files = uuencode.split(text)
        if not files or part.decoded_body()[0] != text:
            return part
        self._may_open -= 1
        both = made_part("multipart/mixed")
        both.children = [replace(part, raw=rest, start=0, end=len(rest), opened=True)]
        both.children += [made_part("application/octet-stream", content, filename=name) for name, content in files]
        return both


def _offers_two_forms(parts: list[Part], main: int) -> bool:
    """Tell whether the parts of a related multipart are the alternatives that its sender forgot to put into one."""
    html = (part for part in parts if part.content_type == "text/html" and part is not parts[main])
    return parts[main].content_type == "text/plain" and any(
        not (part.name or part.disposition == "attachment" or part.content_id or part.header.first("content-location"))
        for part in html
    )


def _with_known_type(part: Part, *, is_main: bool) -> Part:
    """Read a part whose type is none at all, such as `plain/text`, as what its bytes show if that is a text.

    A main text of a kind that nobody knows is read as it stands (RFC 2046, 4.1.4).
    """
    unknown_text = part.content_type.startswith("text/") and part.content_type not in _TEXTS | _FOR_PROGRAMS
    clear_text = part.content_type == "application/pgp" and _CLEAR_TEXT.match(part.raw, part.start, part.end)
    if is_main and (unknown_text or clear_text) and not part.name and part.disposition != "attachment":
        part.content_type = "text/plain"
    elif not part.declared and part.content_type == "text/plain":
        part.content_type = "text/html" if _HTML.match(part.raw, part.start, part.end) else "text/plain"
    elif part.content_type.partition("/")[0] not in _KNOWN_TYPES and not part.disposition and not part.name:
        shown = sniffing.sniff(part.decoded_body()[0])
        if shown.startswith("text/"):
            part.content_type = shown if shown in _TEXTS else "text/plain"
    return part


def _main_of(part: Part) -> int:
    """Return which part of a multipart the others belong to: the first, unless `start` names one (RFC 2387, 3.2)."""
    start = part.parameters.get("start", "").strip("<> ")
    named = (index for index, child in enumerate(part.children) if start and child.content_id == start)
    return next(named, 0)


def _is_text(part: Part, kind: str, *, is_main: bool) -> bool:
    """Tell whether a part belongs to what the writer says; other parts with a name are files."""
    if part.disposition == "attachment" and (kind != _MAIL or part.name):
        return False
    if kind == "signed" and not is_main:
        return False
    if part.content_type.startswith("multipart/"):
        return True  # no delimiter was found in it: all there is, is text
    return part.content_type in _TEXTS and (is_main or (kind != "related" and not part.name))

"""Makes HTML of strangers harmless to show, and readable as text with its quoted parts marked."""

import re
from dataclasses import dataclass

import lxml.etree
import lxml.html
import nh3
from inscriptis import Inscriptis
from inscriptis.css_profiles import CSS_PROFILES
from inscriptis.html_properties import Display
from inscriptis.model.config import ParserConfig
from inscriptis.model.html_element import HtmlElement

_EMBEDDED = re.compile(r"data:[a-z]{1,20}/[a-z0-9.+-]{1,80};base64,[A-Za-z0-9+/=\s%]++", re.IGNORECASE)
# Programs append to finished pages, disclaimers above all; the parser would leave out what stands behind their ends.
_PAGE_END = re.compile(r"</(body|html)\s*>", re.IGNORECASE)
# Elements that begin a line, though the library that lays them out lets them run on.
_LINES_OF_THEIR_OWN = (
    "caption center dd details dialog dir dl dt fieldset form hr legend menu noscript optgroup option section summary"
)
_CSS = CSS_PROFILES["strict"] | {name: HtmlElement(display=Display.block) for name in _LINES_OF_THEIR_OWN.split()}
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
_SPLIT_AT_MARKS = re.compile("([\ue0f1\ue0f2\ue0f3])")

# Characters that XML has no place for: the parser reads them from a mail, and the tree does not take them back.
_NOT_XML = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")

# Containers that hold a quoted mail, and elements after which everything is the quoted mail, by client.
_QUOTE_CLASSES = (
    "gmail_quote",
    "yahoo_quoted",
    "protonmail_quote",
    "tutanota_quote",
    "zmail_extra",
    "olk_src_body_section",
)
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


def without_embedded_files(html: str) -> str:
    """Leave out files that are written into the HTML itself: they are never shown and use up its bound."""
    return _EMBEDDED.sub("data:", html)


def _own_images_only(tag: str, attribute: str, value: str) -> str | None:
    if tag == "img" and attribute == "src":
        return value if value.strip().lower().startswith("cid:") else None
    return value


_CLEANER = nh3.Cleaner(
    attributes=_ATTRIBUTES,
    attribute_filter=_own_images_only,
    clean_content_tags={"script", "style", "template", "title"},
    url_schemes={"cid", "http", "https", "mailto", "tel"},
    link_rel="noopener noreferrer nofollow",
)


def sanitised(html: str) -> str:
    """Return HTML without scripts, styles, forms and anything that is fetched from elsewhere.

    Images stay only where they are files of the mail (`cid:`); images without content, as tracking pixels
    then are, are dropped. `html` has to be flat already.
    """
    return _EMPTY_IMAGE.sub("", _CLEANER.clean(html))


def text_of(html: str) -> HtmlText:
    """Return what a person reads in HTML; the HTML has to be flat already."""
    tree = _tree(_PAGE_END.sub(_break_after_page, _MARKS.sub("", html)))
    if tree is None:
        return HtmlText("", ())
    for element in tree.iter(lxml.etree.Element):
        _mark(element)
    config = ParserConfig(css=_CSS, display_links=False, display_images=False)
    return _without_marks(_tidy(Inscriptis(tree, config).get_text()))


def _break_after_page(end: re.Match[str]) -> str:
    return "<br>" if end[1].lower() == "html" else " "  # nothing at all could join what is around it to another tag


def _tree(html: str) -> lxml.html.HtmlElement | None:
    # The depth is bounded here; the parser's own bound would lose all text behind it.
    parser = lxml.html.HTMLParser(encoding="utf-8", remove_comments=True, remove_pis=True, huge_tree=True)
    try:
        tree = lxml.html.document_fromstring(html.encode("utf-8", "replace"), parser=parser)
    except (lxml.etree.ParserError, lxml.etree.XMLSyntaxError):
        return None
    if "&#" in html or _NOT_XML.search(html):
        _blank_what_is_not_xml(tree)
    for element in list(tree.iter("style", "script", "title", "template", "head")):
        if element.tag != "head" and element.getparent() is not None:
            element.drop_tree()
    return tree


def _blank_what_is_not_xml(tree: lxml.html.HtmlElement) -> None:
    for element in tree.iter(lxml.etree.Element):
        if element.text and _NOT_XML.search(element.text):
            element.text = _NOT_XML.sub(" ", element.text)
        if element.tail and _NOT_XML.search(element.tail):
            element.tail = _NOT_XML.sub(" ", element.tail)


def _mark(element: lxml.html.HtmlElement) -> None:
    """Put the marks of a quote into the text of an element that a mail program uses for quoting."""
    identity = (element.get("id") or "").lower()
    classes = (element.get("class") or "").lower()
    style = (element.get("style") or "").lower()
    if _is_header(identity, classes, style):
        element.text = _QUOTE_FROM_HERE + (element.text or "")
    elif _is_quote(str(element.tag), identity, classes, style):
        _mark_quote(element)


def _mark_quote(element: lxml.html.HtmlElement) -> None:
    """Mark an element as a quote; a container that cuts the quoted mail into pieces only up to the first of them.

    Who answers between the lines writes between these pieces.
    """
    element.text = _QUOTE_STARTS + (element.text or "")
    pieces = element.iter("blockquote") if element.tag != "blockquote" else iter(())
    first = next(pieces, None)
    if first is not None and _is_quote("blockquote", "", "", (first.get("style") or "").lower()):
        first.tail = _QUOTE_ENDS + (first.tail or "")
    elif len(element):
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
    """Trim the lines, keep the outermost marks only, and at most one empty line in a row."""
    lines = [line.rstrip() for line in _outermost(text.replace("\xa0", " ")).split("\n")]
    joined = re.sub(r"\n{3,}", "\n\n", "\n".join(lines))
    return re.sub(r"\n*+([\ue0f1\ue0f2\ue0f3])\n*+", _breaks_around, joined).strip()


def _breaks_around(found: re.Match[str]) -> str:
    """Move the line breaks around a mark to its outer side."""
    breaks = "\n" * min(found[0].count("\n"), 2)
    return found[1] + breaks if found[1] == _QUOTE_ENDS else breaks + found[1]


def _outermost(marked: str) -> str:
    """Leave out the marks of quotes within quotes, and all behind the header of a quoted mail."""
    depth = 0
    pieces: list[str] = []
    for piece in _SPLIT_AT_MARKS.split(marked):
        before = depth
        if piece == _QUOTE_STARTS:
            depth += 1
        elif piece == _QUOTE_ENDS:
            depth = max(depth - 1, 0)
        elif piece == _QUOTE_FROM_HERE:
            depth = len(marked)
        elif piece:
            pieces.append(piece)
        if (before == 0) != (depth == 0):
            pieces.append(piece)
    return "".join(pieces)


def _without_marks(marked: str) -> HtmlText:
    """Take the marks out and return where the quotes are; a quote without end lasts to the end."""
    borders: list[int] = []
    pieces: list[str] = []
    length = 0
    for piece in _SPLIT_AT_MARKS.split(marked):
        if _MARKS.fullmatch(piece):
            borders.append(length)
        else:
            pieces.append(piece)
            length += len(piece)
    text = "".join(pieces)
    if len(borders) % 2:
        borders.append(length)
    return HtmlText(text, tuple(zip(borders[::2], borders[1::2], strict=True)))

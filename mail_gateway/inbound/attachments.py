"""Turns the parts that are no text into files with a name, a sniffed type and a digest."""

import re
from urllib.parse import unquote

from casework.attachments import sniffing
from mail_gateway.inbound import filenames
from mail_gateway.inbound.mime import headers
from mail_gateway.inbound.mime.tree import Part
from mail_gateway.models import Defect, ParsedAttachment

_CID = re.compile(r"""\bcid:([^"'\s<>)]{1,250})""", re.IGNORECASE)


def read_attachments(parts: list[Part], html: str, defects: set[Defect]) -> tuple[ParsedAttachment, ...]:
    """Return the files in the order of the mail; `html` is the body as sent, which says what is inline."""
    found = _CID.findall(html) if "cid:" in html.lower() else ()
    referenced = {unquote(one).lower() for one in found}
    contents = [_content(part, defects) for part in parts]
    types = [_sniffed(part, content) for part, content in zip(parts, contents, strict=True)]
    names = filenames.without_doubles(
        [_name(part, content, kind) for part, content, kind in zip(parts, contents, types, strict=True)]
    )
    return tuple(
        ParsedAttachment(
            filename=name,
            declared_type=part.content_type,
            content_type=kind,
            content=content,
            size=len(content),
            inline=_is_inline(part, kind, referenced),
            content_id=part.content_id,
        )
        for part, content, kind, name in zip(parts, contents, types, names, strict=True)
    )


def _content(part: Part, defects: set[Defect]) -> bytes:
    content, sound = part.decoded_body()
    if not sound:
        defects.add(Defect.ENCODING_BROKEN)
    return content


def _sniffed(part: Part, content: bytes) -> str:
    """Return the type the bytes show; a nested message is one by its place, its bytes are mere text."""
    if part.content_type == "message/rfc822":
        return part.content_type
    return sniffing.sniff(content)


def _is_inline(part: Part, kind: str, referenced: set[str]) -> bool:
    """Tell whether a file is shown within the text: the text refers to it, or it is an image that asks so."""
    location = headers.decoded(part.header.first("content-location")).lower()
    if (part.content_id or "").lower() in referenced or (location and location in referenced):
        return True
    return part.disposition == "inline" and kind.startswith("image/")


def _name(part: Part, content: bytes, kind: str) -> str:
    claimed = filenames.safe_name(part.name) or filenames.safe_name(_location(part))
    if claimed:
        return claimed
    if part.content_type == "message/rfc822":
        return filenames.of_message(headers.decoded(headers.read_block(content, 0).first("subject")))
    return filenames.nameless(part.content_type, kind)


def _location(part: Part) -> str:
    """Return the last part of a `Content-Location`, which some programs send in place of a name."""
    location = headers.decoded(part.header.first("content-location"))
    return unquote(location.partition("?")[0].rpartition("/")[2]) if "." in location else ""

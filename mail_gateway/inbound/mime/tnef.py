"""Unpacks `winmail.dat` (MS-OXTNEF): Outlook's own envelope, in which texts and files arrive hidden.

No kept library reads it within bounds, and little of the format is needed: the text, the HTML and the files.
"""

import struct
from collections.abc import Iterator
from dataclasses import dataclass, field

from mail_gateway.inbound.mime import charsets

_SIGNATURE = 0x223E9F78

# Attributes of the stream (MS-OXTNEF 2.1.3.2).
_ATT_BODY, _ATT_CODE_PAGE = 0x0002800C, 0x00069007
_ATT_MESSAGE_PROPERTIES = 0x00069003
_ATT_NEW_FILE, _ATT_FILE_NAME, _ATT_FILE_DATA, _ATT_FILE_PROPERTIES = (
    0x00069002,
    0x00018010,
    0x0006800F,
    0x00069005,
)

# Properties (MS-OXPROPS) and their types (MS-OXCDATA 2.11.1).
_BODY, _HTML, _FILE_DATA, _FILE_NAME, _SHORT_NAME = 0x1000, 0x1013, 0x3701, 0x3707, 0x3704
_STRING8, _UNICODE, _OBJECT, _BINARY = 0x001E, 0x001F, 0x000D, 0x0102
_MULTIPLE = 0x1000
_FIXED_SIZES = {
    0x0002: 4,
    0x0003: 4,
    0x0004: 4,
    0x0005: 8,
    0x0006: 8,
    0x0007: 8,
    0x000A: 4,
    0x000B: 4,
    0x0014: 8,
}
_FIXED_SIZES |= {0x0040: 8, 0x0048: 16}
_PROPERTIES = 2_000
_FILES = 500


@dataclass(slots=True)
class Packed:
    """What was inside: texts with their type, the plain one first, and files with their names."""

    texts: list[tuple[str, bytes]] = field(default_factory=list)
    files: list[tuple[str, bytes]] = field(default_factory=list)


def unpack(data: bytes) -> Packed | None:
    """Return the content, or None if these bytes are no TNEF; a stream that is cut gives what came before."""
    if len(data) < 6 or _number(data, 0) != _SIGNATURE:
        return None
    packed, charset, plain, html = Packed(), "cp1252", b"", b""
    for attribute, value in _attributes(data):
        if attribute == _ATT_CODE_PAGE and len(value) >= 4:
            charset = f"cp{_number(value, 0)}"
        elif attribute == _ATT_BODY:
            plain = _utf8(value, charset)
        elif attribute == _ATT_MESSAGE_PROPERTIES:
            found = dict(_properties(value, charset))
            plain, html = found.get(_BODY, plain), found.get(_HTML, html)
        else:
            _take_file(packed, attribute, value, charset)
    packed.texts = [
        (kind, text) for kind, text in (("text/plain", plain), ("text/html", html)) if text.strip(b"\x00 \r\n")
    ]
    packed.files = [(name or "attachment", content) for name, content in packed.files if name or content]
    return packed


def _take_file(packed: Packed, attribute: int, value: bytes, charset: str) -> None:
    if attribute == _ATT_NEW_FILE:
        if len(packed.files) < _FILES:
            packed.files.append(("", b""))
        return
    if not packed.files or attribute not in {_ATT_FILE_NAME, _ATT_FILE_DATA, _ATT_FILE_PROPERTIES}:
        return
    name, content = packed.files[-1]
    if attribute == _ATT_FILE_NAME:
        name = name or charsets.decode(value.rstrip(b"\x00"), charset)[0]
    elif attribute == _ATT_FILE_DATA:
        content = value
    else:
        found = dict(_properties(value, charset))
        long_name = found.get(_FILE_NAME) or found.get(_SHORT_NAME)
        name = long_name.decode("utf-8") if long_name else name
        content = content or found.get(_FILE_DATA, b"")
    packed.files[-1] = (name, content)


def _attributes(data: bytes) -> Iterator[tuple[int, bytes]]:
    at = 6
    while at + 9 <= len(data):
        attribute, length = struct.unpack_from("<II", data, at + 1)
        at += 9
        yield attribute, data[at : at + length]
        at += length + 2  # a checksum follows, which nobody keeps


def _properties(data: bytes, charset: str) -> Iterator[tuple[int, bytes]]:
    """Yield the properties that hold text or bytes; texts come out as UTF-8."""
    try:
        count = min(_number(data, 0), _PROPERTIES)
        at = 4
        for _ in range(count):
            kind, name = struct.unpack_from("<HH", data, at)
            at += 4
            if name >= 0x8000:
                at = _after_name(data, at)
            values, at = _values(data, at, kind)
            if values and kind in {_STRING8, _UNICODE}:
                yield name, _utf8(values[0], "utf-16-le" if kind == _UNICODE else charset)
            elif values and kind in {_BINARY, _OBJECT}:
                yield name, values[0]
    except struct.error:
        return


def _after_name(data: bytes, at: int) -> int:
    """Skip the identity of a named property: a number, or a text padded to four bytes."""
    is_text = _number(data, at + 16) == 1
    at += 20
    if not is_text:
        return at + 4
    length = _number(data, at)
    return at + 4 + length + (-length % 4)


def _values(data: bytes, at: int, kind: int) -> tuple[list[bytes], int]:
    plain_kind = kind & ~_MULTIPLE
    count = 1
    if kind & _MULTIPLE or plain_kind not in _FIXED_SIZES:
        count = _number(data, at)
        at += 4
    values: list[bytes] = []
    if plain_kind in _FIXED_SIZES:
        return values, at + count * _FIXED_SIZES[plain_kind]
    for _ in range(min(count, _PROPERTIES)):
        length = _number(data, at)
        at += 4
        # An object starts with the 16 bytes of its interface.
        values.append(data[at + (16 if plain_kind == _OBJECT else 0) : at + length])
        at += length + (-length % 4)
    return values, at


def _number(data: bytes, at: int) -> int:
    number: int = struct.unpack_from("<I", data, at)[0]
    return number


def _utf8(value: bytes, charset: str) -> bytes:
    text = value.decode("utf-16-le", "replace") if charset == "utf-16-le" else charsets.decode(value, charset)[0]
    return text.rstrip("\x00").encode("utf-8", "replace")

"""Undoes the transfer encodings of RFC 2045 section 6, keeping whatever can be read of a damaged body."""

import binascii
import contextlib
import re

import pybase64

from mail_gateway.inbound import limits
from mail_gateway.inbound.mime import uuencode

_BASE64 = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
_NOT_BASE64 = bytes(set(range(256)) - set(_BASE64))

# Words with blanks between them were declared as base64 and sent as they are.
_WORDS = re.compile(rb"[A-Za-z]{2,40} [A-Za-z]{2,40} [A-Za-z]{2,40}")
_FIRST_LINES = 200
# What a mailing list writes below a text without looking at its encoding: a drawn line, or an empty one and then what
# cannot be base64.
_FOOTER = re.compile(rb"\n(?:(?=[_*#-]{5})|[ \t]*\r?\n(?=[^\n]{0,998}[^A-Za-z0-9+/=\s]))")
# It is none where base64 goes on below it, which was damaged there, or where what stands above it is no base64 alone:
# a lone word is a greeting.
_GOES_ON = re.compile(rb"^[A-Za-z0-9+/]{20,}+={0,2}[ \t]*+\r?$", re.MULTILINE)
_BASE64_LINES = re.compile(
    rb"(?!\s*+(?:[A-Z]*+|[A-Za-z]?[a-z]*+)\s*+\Z)(?:[ \t]*+[A-Za-z0-9+/]*+={0,2}[ \t]*+\r?(?:\n|\Z))++"
)
_LAST = 80
_BLOCK = 1024 * 1024


def decode_transfer(data: bytes | memoryview, encoding: str) -> tuple[bytes, bool]:
    """Return the bytes behind a `Content-Transfer-Encoding`, and whether the body was sound."""
    # `Quoted-Printable; charset=…` and `base64 (comment)` occur
    words = encoding.replace(";", " ").replace("(", " ").split()
    name = words[0].strip("\"'").lower() if words else ""
    if name.startswith("base64") or name == "b":
        return _from_base64(memoryview(data))
    data = bytes(data)
    if name.startswith("quoted") or name == "q":
        return binascii.a2b_qp(data), True
    if name in {"x-uuencode", "uuencode", "x-uue", "uue"}:
        return uuencode.decode(data)
    return data, name in {"", "7", "8", "7bit", "8bit", "7bits", "8bits", "binary", "7-bit", "8-bit"}


def ends_in_a_group(coded: str) -> bool:
    """Tell whether base64 was cut where it cannot end: a last byte that only lost its padding leaves no bits over."""
    spare_bits = {1: 0b111111, 2: 0b1111, 3: 0b11}.get(len(coded) % 4, 0)
    last = _BASE64.find(coded[-1:].encode("ascii", "replace")) if coded else -1
    return len(coded) % 4 == 1 or (last >= 0 and bool(last & spare_bits))


def _from_base64(data: memoryview) -> tuple[bytes, bool]:
    """Read base64, skipping what does not belong to its alphabet.

    Padding in the middle comes from encoded pieces that were put one after another: each is read on its own.
    """
    if len(data) <= _BLOCK:
        with contextlib.suppress(binascii.Error):  # most is nothing but base64, and needs no second look
            return pybase64.b64decode(bytes(data).translate(None, b"\r\n"), validate=True), True
    above = _above_footer(data)
    if above is not None:
        return above, False
    if _WORDS.search(data[:_FIRST_LINES]):
        return bytes(data), False
    content = _whole_base64(data)
    if content is not None:
        return content, True
    pieces = [piece.translate(None, _NOT_BASE64) for piece in bytes(data).split(b"=", limits.BASE64_PIECES)]
    pieces = [piece for piece in pieces if piece]
    sound = all(len(piece) % 4 != 1 for piece in pieces)
    return b"".join(_base64_piece(piece) for piece in pieces), sound


def _above_footer(data: memoryview) -> bytes | None:
    """Return what stands in base64 above the words of a mailing list; None where nobody wrote below it."""
    footer = _FOOTER.search(data)
    if footer is None or _GOES_ON.search(data, footer.end()):
        return None
    above = data[: footer.start()]
    if not _BASE64_LINES.fullmatch(above):
        return None
    return _from_base64(above)[0]


def _whole_base64(data: memoryview) -> bytes | None:
    """Read base64 that is padded at its end alone, in one step; None if it is another."""
    last = bytes(data[-_LAST:])
    written = last.rstrip()
    end = len(data) - len(last) + len(written)
    before_padding = data[: end - len(written) + len(written.rstrip(b"="))]
    blocks = (before_padding[start : start + _BLOCK] for start in range(0, len(before_padding), _BLOCK))
    if any(b"=" in bytes(block) for block in blocks):  # a copy of it all could be too much memory
        return None
    try:
        return binascii.a2b_base64(data[:end])  # skips what is not of the alphabet
    except binascii.Error:
        return None


def _base64_piece(piece: bytes) -> bytes:
    if len(piece) % 4 == 1:
        piece = piece[:-1]
    return binascii.a2b_base64(piece + b"=" * (-len(piece) % 4))

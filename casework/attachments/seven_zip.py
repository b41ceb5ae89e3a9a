"""Tells whether a 7z archive is encrypted, by the coders that its header names (7zFormat.txt)."""

import lzma
import struct

SIGNATURE = b"7z\xbc\xaf\x27\x1c"
_START = 32  # bytes before anything that an offset counts from
_LONGEST_HEADER = 4 * 1024 * 1024
_AES = b"\x06\xf1\x07\x01"  # the coder AES-256 with SHA-256
_LZMA = b"\x23\x03\x01\x01\x05"  # the coder LZMA with five bytes of properties
_ENCODED_HEADER, _PACK_INFO, _SIZE = 0x17, 0x06, 0x09


def is_encrypted(content: bytes) -> bool:
    """Return whether the names or the files of an archive are encrypted; a broken archive is not."""
    header = _header(content)
    if _AES in header:
        return True
    return header[:1] == bytes([_ENCODED_HEADER]) and _AES in _unpacked(header, content)


def _header(content: bytes) -> bytes:
    if len(content) < _START:
        return b""
    offset, size = struct.unpack_from("<QQ", content, 12)
    return content[_START + offset : _START + offset + min(size, _LONGEST_HEADER)]


def _unpacked(header: bytes, content: bytes) -> bytes:
    """Return the header that is packed with LZMA elsewhere in the archive, or nothing."""
    coder = header.find(_LZMA)
    if header[1:2] != bytes([_PACK_INFO]) or coder < 0:
        return b""
    at, position = _number(header, 2)
    _, position = _number(header, position)
    if header[position : position + 1] != bytes([_SIZE]):
        return b""
    size, _ = _number(header, position + 1)
    packed = content[_START + at : _START + at + min(size, _LONGEST_HEADER)]
    first, dictionary = struct.unpack_from("<BL", header.ljust(coder + 10, b"\0"), coder + len(_LZMA))
    settings = {
        "id": lzma.FILTER_LZMA1,
        "dict_size": min(max(dictionary, 4096), _LONGEST_HEADER),
        "lc": first % 9,
        "lp": first // 9 % 5,
        "pb": min(first // 45, 4),
    }
    try:
        return lzma.LZMADecompressor(lzma.FORMAT_RAW, filters=[settings]).decompress(packed, _LONGEST_HEADER)
    except (lzma.LZMAError, ValueError):
        return b""


def _number(header: bytes, at: int) -> tuple[int, int]:
    """Return a number whose first byte says by its leading ones how many bytes follow, and where the next stands."""
    padded = header[at : at + 9].ljust(9, b"\0")
    first, length = padded[0], 0
    while length < 8 and first & (0x80 >> length):
        length += 1
    low = int.from_bytes(padded[1 : 1 + length], "little")
    high = (first & (0x7F >> length)) << (8 * length) if length < 8 else 0
    return low + high, at + 1 + length

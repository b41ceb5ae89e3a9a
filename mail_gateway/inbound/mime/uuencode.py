"""Reads uuencoded files (POSIX.1, `uuencode`), also those that old mail programs put into the text itself."""

import binascii
import io
import re

from mail_gateway.inbound import limits

_BEGIN = re.compile(rb"^begin [0-7]{3,4} ([^\r\n]{1,255})\r?\n", re.MULTILINE)
_LINE = re.compile(rb"[ -`]{1,88}")
_ROOM = 2  # some encoders put a checksum behind the line, others trim its blanks


def decode(data: bytes) -> tuple[bytes, bool]:
    """Return the bytes of a body that is one such file, and whether its end was there."""
    lines = io.BytesIO(data)
    if not any(line.startswith(b"begin ") for line in lines):
        lines.seek(0)
    content = bytearray()
    for raw_line in lines:
        line = raw_line.rstrip(b"\r\n")
        if line.strip() == b"end":
            return bytes(content), True
        content += _decoded_line(line)
    return bytes(content), False


def split(text: bytes) -> tuple[bytes, list[tuple[str, bytes]]]:
    """Return a text without the files in it, and their names and contents; what is no whole file stays text."""
    kept, files, at = bytearray(), list[tuple[str, bytes]](), 0
    while len(files) < limits.UUENCODED_FILES and (found := _BEGIN.search(text, at)):
        end, whole = _end_of_lines(text, found.end())
        content = decode(text[found.start() : end])[0] if whole else b""
        kept += text[at : found.start() if content else end]
        if content:
            files.append((found[1].decode("utf-8", "replace").strip(), content))
        at = end
    return bytes(kept + text[at:]), files


def _end_of_lines(text: bytes, start: int) -> tuple[int, bool]:
    """Return where the lines of a file stop, and whether they stop at its `end`."""
    at = start
    while at < len(text):
        after = text.find(b"\n", at) + 1 or len(text)
        line = text[at:after].rstrip(b"\r\n")
        if line.strip() == b"end":
            return after, True
        if not _LINE.fullmatch(line) or len(line) - 1 > _coded_length(line) + _ROOM:
            return at, False
        at = after
    return at, False


def _coded_length(line: bytes) -> int:
    """Return how many characters the first one announces: four for each three bytes."""
    return (((line[0] - 32) & 63) + 2) // 3 * 4


def _decoded_line(line: bytes) -> bytes:
    """Read one line; its first byte says how many bytes it holds, encoders differ in what follows them."""
    length = (((line[0] - 32) & 63) * 4 + 5) // 3 if line else 0
    for candidate in (line, line[:length]):
        try:
            return binascii.a2b_uu(candidate) if candidate else b""
        except binascii.Error:
            continue
    return b""

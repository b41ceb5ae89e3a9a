"""Reads ISO-2022-JP (RFC 1468) as its senders write it: with the signs of NEC and IBM, and often undeclared.

Its escapes are plain ASCII, so that neither a declared charset nor the bytes beyond ASCII tell of it.
"""

import functools
import re

_ESCAPE = re.compile(rb"\x1b(\$[@B]|\$\(D|\([BJHI])")
_TWO_BYTES = re.compile(rb"\x1b\$[@B]([!-~]*)\x1b\([BJ]")
_MAILBOX = re.compile(rb"[A-Za-z0-9._-]@[A-Za-z0-9-]+\.[A-Za-z]")
_HIGH = bytes(byte | 0x80 if 0x21 <= byte <= 0x7E else byte for byte in range(256))


def is_escaped(data: bytes) -> bool:
    """Tell whether a text shifts into Japanese."""
    return b"\x1b$" in data and data.isascii() and bool(_ESCAPE.search(data))


def decode(data: bytes) -> str | None:
    """Return the text, or None where the bytes fit none of the sets of signs that the escapes name."""
    start, *pieces = _ESCAPE.split(data)
    if any(b"\x1b" in piece for piece in (start, *pieces[1::2])):
        return None
    try:
        return start.decode("ascii") + "".join(map(_read, pieces[::2], pieces[1::2]))
    except (UnicodeDecodeError, KeyError):
        return None


def in_utf8(value: bytes) -> bytes:
    """Return a raw header with its Japanese in UTF-8.

    A stretch that would hide a mail address stays as it is: who checks the sender elsewhere reads it as one.
    """
    if b"\x1b$" not in value:
        return value
    return _TWO_BYTES.sub(_stretch_in_utf8, value)


def _stretch_in_utf8(found: re.Match[bytes]) -> bytes:
    text = None if _MAILBOX.search(found[1]) else decode(found[0])
    return found[0] if text is None else text.encode()


def _read(escape: bytes, data: bytes) -> str:
    if escape in {b"(B", b"(J", b"(H"}:
        return data.decode("ascii")
    if escape == b"(I":
        return data.translate(_HIGH).decode("cp932")
    if escape == b"$(D":
        pairs = data.translate(_HIGH)
        return b"".join(b"\x8f" + pairs[at : at + 2] for at in range(0, len(pairs), 2)).decode("euc_jp")
    lines = data.split(b"\n")
    return "\n".join(_row(line.rstrip(b"\r")) for line in lines)


def _row(data: bytes) -> str:
    if len(data) % 2:
        raise KeyError(data[-1:])
    signs = _signs()
    return "".join([signs[pair] for pair in zip(data[::2], data[1::2], strict=True)])


@functools.cache
def _signs() -> dict[tuple[int, int], str]:
    """Return the signs of JIS X 0208 by their two bytes, and in its empty places those of Windows (code page 932)."""
    signs = {}
    for first in range(0x21, 0x7F):
        lead = ((first - 0x21) >> 1) + (0x81 if first < 0x5F else 0xC1)
        for second in range(0x21, 0x7F):
            try:
                sign = bytes((first | 0x80, second | 0x80)).decode("euc_jp")
            except UnicodeDecodeError:
                trail = second + (0x7E if first % 2 == 0 else 0x20 if second >= 0x60 else 0x1F)
                sign = bytes((lead, trail)).decode("cp932", "replace")
            signs[first, second] = sign
    return signs

"""Says of a file whether a password closes it and whether it carries macros: handlers are warned, nothing is refused.

Only the outlines of a file are read, never its content, and each within a bound: whoever sent it is not trusted.
"""

import re
import struct
from collections.abc import Iterator
from dataclasses import dataclass

from casework.attachments import seven_zip

_ZIP_ENTRY = b"PK\x01\x02"
_ZIP_END = b"PK\x05\x06"
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_RAR4, _RAR5 = b"Rar!\x1a\x07\x00", b"Rar!\x1a\x07\x01\x00"
_MOST_ENTRIES = 20_000
_MACRO_PARTS = re.compile(rb"(?:^|/)vbaproject\.bin$|^xl/macrosheets/|^basic/|^scripts/", re.IGNORECASE)
_PDF_ENCRYPTED = re.compile(rb"/Encrypt\s{0,20}(?:\d{1,10}\s{1,20}\d{1,5}\s{1,20}R|<<)")
_SECTOR, _ENTRY = 512, 128  # bytes of a compound file and of its directory
_RAR5_FILE, _RAR5_ENCRYPTION, _RAR5_FILE_ENCRYPTED = 2, 4, 1


@dataclass(frozen=True, slots=True)
class KeptContent:
    """What the desk itself found in bytes that it has on the disk, whatever anybody said of them."""

    sha256: str
    content_type: str
    protected: bool
    has_macros: bool


def is_protected(content: bytes) -> bool:
    """Return whether a password is needed to read all of a file: archives, documents and PDF that are encrypted."""
    if b"%PDF-" in content[:1024]:
        return bool(_PDF_ENCRYPTED.search(content))
    return any(content.startswith(signature) and is_so(content) for signature, is_so in _ENCRYPTED.items())


def has_macros(content: bytes) -> bool:
    """Return whether an office document carries programs: OOXML, OpenDocument, or the older formats of Microsoft."""
    if content.startswith(b"PK"):
        return any(_MACRO_PARTS.search(name) for _, name in _zip_entries(content))
    if content.startswith(_OLE):
        return any(_has_entry(content, name) for name in ("_VBA_PROJECT", "Macros", "_VBA_PROJECT_CUR"))
    return False


def _zip_entries(content: bytes) -> Iterator[tuple[int, bytes]]:
    """Yield the flags and the name of each entry in the directory of an archive (PKWARE APPNOTE, 4.3.12)."""
    end = content.rfind(_ZIP_END)
    if end < 0 or len(content) < end + 20:
        return
    (at,) = struct.unpack_from("<L", content, end + 16)
    if content[at : at + 4] != _ZIP_ENTRY:
        at = content.find(_ZIP_ENTRY)
    for _ in range(_MOST_ENTRIES):
        if at < 0 or content[at : at + 4] != _ZIP_ENTRY or len(content) < at + 46:
            return
        (flags,) = struct.unpack_from("<H", content, at + 8)
        name, extra, comment = struct.unpack_from("<HHH", content, at + 28)
        yield flags, content[at + 46 : at + 46 + name]
        at += 46 + name + extra + comment


def _is_zip_encrypted(content: bytes) -> bool:
    return any(flags & 1 for flags, _ in _zip_entries(content))


def _has_entry(content: bytes, name: str) -> bool:
    """Return whether the directory of a compound file has an entry of that name (MS-CFB, 2.6.1)."""
    wide = name.encode("utf-16-le") + b"\0\0"
    at = content.find(wide)
    while at >= 0:
        if at % _ENTRY == 0:
            return True
        at = content.find(wide, at + 1)
    return False


def _is_ole_encrypted(content: bytes) -> bool:
    if _has_entry(content, "EncryptedPackage") or _has_entry(content, "EncryptedSummary"):
        return True
    for at in range(_SECTOR, len(content) - 16, _SECTOR):
        if content[at : at + 2] == b"\xec\xa5":  # Word: the flag fEncrypted (MS-DOC, 2.5.2)
            return bool(content[at + 11] & 1)
        if content[at : at + 2] == b"\x09\x08":  # Excel: a FILEPASS record soon after the first (MS-XLS, 2.4.117)
            (length,) = struct.unpack_from("<H", content, at + 2)
            return content[at + 4 + length : at + 6 + length] == b"\x2f\x00"
    return False


def _is_rar4_encrypted(content: bytes) -> bool:
    """Read the blocks of an archive: the flag on its main header, or on any file (RAR 4 technical note)."""
    at = len(_RAR4)
    for _ in range(_MOST_ENTRIES):
        if len(content) < at + 11:
            return False
        kind, flags, size = struct.unpack_from("<BHH", content, at + 2)
        if (kind == 0x73 and flags & 0x80) or (kind == 0x74 and flags & 0x04):
            return True
        (added,) = struct.unpack_from("<L", content, at + 7) if kind == 0x74 or flags & 0x8000 else (0,)
        at += max(size, 7) + added
    return False


def _is_rar5_encrypted(content: bytes) -> bool:
    return any(kind == _RAR5_ENCRYPTION or encrypted for kind, encrypted in _rar5_headers(content))


def _rar5_headers(content: bytes) -> Iterator[tuple[int, bool]]:
    """Yield the kind of each header and whether its extra area says that a file is encrypted (RAR 5.0 format)."""
    at = len(_RAR5)
    for _ in range(_MOST_ENTRIES):
        size, start = _vint(content, at + 4)
        if not size or start + size > len(content):
            return
        kind, position = _vint(content, start)
        flags, position = _vint(content, position)
        extra, position = _vint(content, position) if flags & 1 else (0, position)
        data, position = _vint(content, position) if flags & 2 else (0, position)
        yield kind, kind == _RAR5_FILE and _names_encryption(content, start + size - extra, start + size)
        at = start + size + data


def _names_encryption(content: bytes, at: int, end: int) -> bool:
    while 0 < at < end:
        size, start = _vint(content, at)
        kind, _ = _vint(content, start)
        if kind == _RAR5_FILE_ENCRYPTED:
            return True
        at = start + max(size, 1)
    return False


def _vint(content: bytes, at: int) -> tuple[int, int]:
    """Return a number of seven bits a byte, lowest first, and where the next thing stands."""
    value = 0
    for index in range(10):
        if at + index >= len(content):
            break
        byte = content[at + index]
        value |= (byte & 0x7F) << (7 * index)
        if not byte & 0x80:
            return value, at + index + 1
    return 0, len(content)


_ENCRYPTED = {
    b"PK": _is_zip_encrypted,
    seven_zip.SIGNATURE: seven_zip.is_encrypted,
    _RAR5: _is_rar5_encrypted,
    _RAR4: _is_rar4_encrypted,
    _OLE: _is_ole_encrypted,
}

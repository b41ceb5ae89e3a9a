"""Files that a password closes or that carry programs; each is built here from the outline of its format."""

import io
import lzma
import struct
import zipfile

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.attachments.inspection import has_macros, is_protected

OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\0")
AES = b"\x06\xf1\x07\x01"


def zipped(*names: str, encrypted: bool = False) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in names:
            archive.writestr(name, b"x")
    made = bytearray(content.getvalue())
    if encrypted:
        at = made.rfind(b"PK\x01\x02")
        made[at + 8] |= 1
    return bytes(made)


def named(*names: str) -> bytes:
    return OLE + b"".join(name.encode("utf-16-le").ljust(128, b"\0") for name in names)


def rar4(*, main: int = 0, file: int = 0) -> bytes:
    blocks = struct.pack("<HBHH", 0, 0x73, main, 13) + bytes(6)
    blocks += struct.pack("<HBHHL", 0, 0x74, file, 32, 3) + bytes(21) + b"abc"
    return b"Rar!\x1a\x07\x00" + blocks


def rar5(kind: int, extra: bytes = b"") -> bytes:
    main = bytes([1, 0, 0])
    header = bytes([kind, 1, len(extra)]) + bytes(8) + extra
    return b"Rar!\x1a\x07\x01\x00" + b"".join(bytes(4) + bytes([len(one)]) + one for one in (main, header))


def seven_zip(header: bytes, *, packed: bool = False) -> bytes:
    body = b""
    if packed:
        settings_ = {"id": lzma.FILTER_LZMA1, "dict_size": 65536, "lc": 3, "lp": 0, "pb": 2}
        body = lzma.compress(header, lzma.FORMAT_RAW, filters=[settings_])
        coder = b"\x23\x03\x01\x01\x05" + struct.pack("<BL", 3 + 9 * (0 + 5 * 2), 65536)
        header = b"\x17\x06\x00\x01\x09" + bytes([len(body)]) + b"\x00\x07\x0b\x01\x00\x01" + coder
    start = struct.pack("<QQL", len(body), len(header), 0)
    return b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(4) + start + body + header


PROTECTED = [
    zipped("a.txt", "b.txt", encrypted=True),
    named("Root Entry", "EncryptionInfo", "EncryptedPackage"),
    OLE + b"\xec\xa5" + bytes(9) + b"\x01" + bytes(500),
    OLE + b"\x09\x08\x10\x00" + bytes(16) + b"\x2f\x00" + bytes(500),
    b"%PDF-1.7\n1 0 obj\n<< /Root 2 0 R /Encrypt 5 0 R >>\n",
    rar4(main=0x80),
    rar4(file=0x04),
    rar5(4),
    rar5(2, b"\x02\x01\x00"),
    seven_zip(b"\x01\x04" + AES),
    seven_zip(b"\x01\x04\x06" + AES + bytes(40), packed=True),
]
OPEN = [
    b"",
    b"PK",
    b"PK\x05\x06" + bytes(18),
    zipped("a.txt"),
    named("Root Entry", "WordDocument"),
    OLE + b"\xec\xa5" + bytes(510),
    b"%PDF-1.7\nBT (How to /Encrypt a file) Tj ET\n",
    rar4(),
    rar5(2),
    rar5(2, b"\x02\x02\x00"),
    seven_zip(b"\x01\x04\x06" + bytes(40)),
    seven_zip(b"\x01\x04\x06" + bytes(40), packed=True),
    b"7z\xbc\xaf\x27\x1c",
    b"text about 7z and Rar!",
]


@pytest.mark.parametrize("content", PROTECTED)
def test_file_that_a_password_closes_is_known(content: bytes):
    assert is_protected(content)


@pytest.mark.parametrize("content", OPEN)
def test_open_or_broken_file_is_not_protected(content: bytes):
    assert not is_protected(content)


@pytest.mark.parametrize(
    "content",
    [
        zipped("[Content_Types].xml", "word/document.xml", "word/vbaProject.bin"),
        zipped("xl/workbook.xml", "xl/macrosheets/sheet1.xml"),
        zipped("mimetype", "Basic/Standard/Module1.xml"),
        zipped("mimetype", "Scripts/python/m.py"),
        named("Root Entry", "Macros", "VBA"),
        named("Root Entry", "_VBA_PROJECT_CUR"),
    ],
)
def test_document_with_macros_is_known(content: bytes):
    assert has_macros(content)


@pytest.mark.parametrize(
    "content", [*OPEN, zipped("word/document.xml", "notes-vbaProject.bin.txt"), named("Root Entry", "Notes on Macros")]
)
def test_document_without_macros_is_not_flagged(content: bytes):
    assert not has_macros(content)


@settings(max_examples=200, deadline=None)
@given(st.sampled_from([*PROTECTED, *OPEN]), st.integers(0, 600), st.binary(max_size=12), st.integers(0, 700))
def test_damaged_file_is_borne(content: bytes, at: int, damage: bytes, length: int):
    damaged = content[:at] + damage + content[at + len(damage) :]

    assert isinstance(is_protected(damaged[:length]), bool)
    assert isinstance(has_macros(damaged[:length]), bool)

"""The first words of documents, and of files that only pretend to be some."""

import io
import time
import zipfile

import pytest

from mail_gateway.inbound.document_texts import beginning_of

WORD = "application/vnd.openxmlformats-officedocument.wordprocessingml.document"
OPEN_DOCUMENT = "application/vnd.oasis.opendocument.text"


def zipped(**parts: str) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(name.replace("__", "/").replace("_xml", ".xml"), text)
    return content.getvalue()


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"Akkoord van telewerk\nTussen", "text/plain"),
        (b"<style>p {}</style><h1>Akkoord van telewerk</h1><p>Tussen</p>", "text/html"),
        (zipped(word__document_xml="<w:p><w:t>Akkoord </w:t><w:t>van telewerk</w:t></w:p><w:p>Tussen</w:p>"), WORD),
        (zipped(content_xml="<text:h>Akkoord van telewerk</text:h><text:p>Tussen</text:p>"), OPEN_DOCUMENT),
    ],
)
def test_title_is_read(content: bytes, content_type: str):
    assert beginning_of(content, content_type).split() == ["Akkoord", "van", "telewerk", "Tussen"]


@pytest.mark.parametrize(
    ("content", "content_type"),
    [
        (b"%PDF-1.4\nAkkoord van telewerk", "application/pdf"),
        (b"", WORD),
        (b"PK\x05\x06", WORD),
        (zipped(other_xml="x"), WORD),
        (zipped(word__document_xml="x" * 1_000)[:-200], WORD),
        (zipped(word__document_xml="x").replace(b"PK\x05\x06", b"PK\x06\x07PK\x05\x06"), WORD),
    ],
)
def test_what_cannot_be_read_is_nothing(content: bytes, content_type: str):
    assert beginning_of(content, content_type) == ""


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_document_packed_as_no_office_program_does_is_not_unpacked(method: int):
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", method) as archive:
        archive.writestr("word/document.xml", b"<w:p>x</w:p>" + bytes(100_000_000))
    started = time.process_time()

    assert beginning_of(packed.getvalue(), WORD) == ""
    assert time.process_time() - started < 0.1


def test_large_and_hostile_documents_are_read_to_a_bound():
    started = time.process_time()
    bomb = zipped(word__document_xml="<w:p>x</w:p>" + " " * 50_000_000)
    made = time.process_time() - started

    read = [
        beginning_of(bomb, WORD),
        beginning_of(b"<style>" * 100_000, "text/html"),
        beginning_of(zipped(**{f"part{number}": "" for number in range(10_000)}), WORD),
    ]

    assert read == ["x", "", ""]
    assert time.process_time() - started - made < 5

"""Reads the first words of a document, which mostly say what it is; only of kinds that need no foreign reader.

PDF and images have none here: their text takes a library that reads a stranger's bytes, and their names mostly tell.
"""

import html
import io
import re
import zipfile
import zlib

from mail_gateway.inbound import html_nesting, html_text

_READ_BYTES = 256 * 1024
_READ_CHARS = 600
_HTML_BYTES = 32 * 1024  # it is read in the service's own process
_TAG = re.compile(r"<[^<>]{0,2000}>")
_END_OF_PARAGRAPH = re.compile(r"</(?:w:p|text:p|text:h|p|div|h[1-6]|title|li|tr)>", re.IGNORECASE)
_LARGEST_DIRECTORY = 256 * 1024  # the reader of archives takes in the whole directory before it can be asked anything
_END, _LARGE_END = b"PK\x05\x06", b"PK\x06\x07"
# What office programs write. Of the other methods a few bytes are unpacked to hundreds of megabytes in one go, however
# little is asked for.
_BOUNDED_METHODS = frozenset({zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED})
_MAIN_PART = {
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "word/document.xml",
    "application/vnd.oasis.opendocument.text": "content.xml",
}


def beginning_of(content: bytes, content_type: str) -> str:
    """Return the first words of a document, or nothing where they cannot be read; any bytes are borne."""
    if content_type in {"text/plain", "text/csv"}:
        return _decoded(content[:_READ_BYTES])[:_READ_CHARS]
    if content_type == "text/html":
        return html_text.text_of(html_nesting.flatten(_decoded(content[:_HTML_BYTES]))).text[:_READ_CHARS]
    if content_type in _MAIN_PART:
        return _without_tags(_decoded(_part(content, _MAIN_PART[content_type])))
    return ""


def _part(content: bytes, name: str) -> bytes:
    end = content.rfind(_END)
    directory = int.from_bytes(content[end + 12 : end + 16], "little")
    if end < 0 or directory > _LARGEST_DIRECTORY or _LARGE_END in content[max(0, end - 100) :]:
        return b""
    try:
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            if archive.getinfo(name).compress_type not in _BOUNDED_METHODS:
                return b""
            with archive.open(name) as part:
                return part.read(_READ_BYTES)
    except (zipfile.BadZipFile, zlib.error, KeyError, RuntimeError, NotImplementedError, OSError, ValueError, EOFError):
        return b""  # broken, encrypted, or no such document after all


def _without_tags(markup: str) -> str:
    text = html.unescape(_TAG.sub("", _END_OF_PARAGRAPH.sub("\n", markup)))
    return text.strip()[:_READ_CHARS]


def _decoded(content: bytes) -> str:
    return content.decode("utf-8", "replace")

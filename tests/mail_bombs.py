"""Mails made to cost much, as they stand on the wire: each small to send and large to open, or simply large."""

import base64
import gzip
import io
import struct
import zipfile
from collections.abc import Callable, Iterator

HEAD = b"From: an.peeters@health.example\r\nTo: hr@balie.example\r\nMessage-ID: <%s@health.example>\r\nSubject: %s\r\n"
LINE = 76
MEGABYTE = 1024 * 1024


def _head(name: str) -> bytes:
    return HEAD % (name.replace(" ", "-").encode(), name.encode())


def _encoded(content: bytes) -> bytes:
    whole = base64.b64encode(content)
    return b"\r\n".join(whole[place : place + LINE] for place in range(0, len(whole), LINE))


def with_file(name: str, filename: str, content: bytes, content_type: str = "application/octet-stream") -> bytes:
    """Return a mail with one file."""
    part = f'Content-Type: {content_type}\r\nContent-Disposition: attachment; filename="{filename}"\r\n'
    return b"".join(
        (
            _head(name), b"MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=edge\r\n\r\n",
            b"--edge\r\n\r\nHello\r\n",
            b"--edge\r\n", part.encode(), b"Content-Transfer-Encoding: base64\r\n\r\n", _encoded(content),
            b"\r\n--edge--\r\n",
        )
    )  # fmt: skip


def zipped(content: bytes, name: str = "zeros", times: int = 1) -> bytes:
    """Return an archive that holds the same content under so many names."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for number in range(times):
            archive.writestr(f"{number}-{name}", content)
    return buffer.getvalue()


def zipped_in_zips(levels: int) -> bytes:
    content = zipped(bytes(64 * MEGABYTE))
    for _ in range(levels):
        content = zipped(content, "more.zip", 16)
    return content


def tnef(content: bytes) -> bytes:
    """Return a winmail.dat whose one attribute says that it is 2 GB long, in front of a little content."""
    return struct.pack("<IH", 0x223E9F78, 1) + struct.pack("<BII", 1, 0x00069003, 0x7FFFFFFF) + content


def tnef_of_many(files: int) -> bytes:
    """Return a winmail.dat that announces so many files."""
    data = struct.pack("<IH", 0x223E9F78, 1)
    one = struct.pack("<BII", 2, 0x00069002, 14) + bytes(14) + struct.pack("<H", 0)
    title = b"a\x00"
    named = struct.pack("<BII", 2, 0x00018010, len(title)) + title + struct.pack("<H", sum(title))
    return data + (one + named) * files


def nested(levels: int) -> bytes:
    opened = (
        b'Content-Type: multipart/mixed; boundary="b%d"\r\n\r\n--b%d\r\n' % (level, level) for level in range(levels)
    )
    return _head("nesting") + b"".join(opened) + b"Content-Type: text/plain\r\n\r\ndeep\r\n"


def parts(count: int) -> bytes:
    top = _head("parts") + b"Content-Type: multipart/mixed; boundary=b\r\n\r\n"
    return top + b"--b\r\nContent-Disposition: attachment; filename=a.txt\r\n\r\nx\r\n" * count + b"--b--\r\n"


def html(name: str, piece: bytes, count: int) -> bytes:
    return _head(name) + b"Content-Type: text/html\r\n\r\n" + b"\r\n".join([piece * 100] * (count // 100)) + b"\r\n"


def folded(name: str, header: bytes, piece: bytes, count: int) -> bytes:
    """Return a mail with one header of so many pieces, a piece a line."""
    return _head(name) + header + b": " + b"\r\n ".join([piece] * count) + b"\r\n\r\nHello\r\n"


def pieces_of_a_name(count: int) -> bytes:
    chain = b"".join(b";\r\n filename*%d*=%%41" % number for number in range(count))
    return _head("pieces of a name") + b"Content-Disposition: attachment" + chain + b"\r\n\r\nx\r\n"


BOMBS: dict[str, Callable[[], bytes]] = {
    "1,200 levels": lambda: nested(1_200),
    "100,000 levels": lambda: nested(100_000),
    "100,000 parts": lambda: parts(100_000),
    "zip of 256 MB": lambda: with_file("zip", "z.zip", zipped(bytes(256 * MEGABYTE))),
    "zips in zips of 16 GB": lambda: with_file("zips", "z.zip", zipped_in_zips(2)),
    "gzip of 256 MB": lambda: with_file("gzip", "z.gz", gzip.compress(bytes(256 * MEGABYTE))),
    "office file of 256 MB": lambda: with_file(
        "office", "z.docx", zipped(bytes(256 * MEGABYTE), "[Content_Types].xml")
    ),
    "winmail.dat that lies": lambda: with_file("winmail", "winmail.dat", tnef(b"x"), "application/ms-tnef"),
    "winmail.dat of 100,000 files": lambda: with_file(
        "winmail files", "winmail.dat", tnef_of_many(100_000), "application/ms-tnef"
    ),
    "HTML of 1,000,000 levels": lambda: html("deep html", b"<div>", 1_000_000),
    "HTML of open comments": lambda: html("comments", b"<!--", 1_000_000),
    "HTML of tables": lambda: html("tables", b"<table><tr><td>", 500_000),
    "header of 16 MB": lambda: folded("long header", b"X-Filler", b"y" * 70, 220_000),
    "encoded words": lambda: folded("encoded words", b"Comments", b"=?utf-8?q?=61=62=63?=", 300_000),
    "pieces of a file name": lambda: pieces_of_a_name(300_000),
    "addresses": lambda: folded("addresses", b"Cc", b"someone@elsewhere.example,", 200_000),
    "open brackets": lambda: folded("brackets", b"Reply-To", b"(" * 900, 2_000),
    "text of 25 MB": lambda: _head("long text") + b"\r\n" + (b"0123456789 " * 6 + b"\r\n") * 380_000,
    "file of 25 MB": lambda: with_file("large file", "large.bin", bytes(range(256)) * (25 * 4096)),
}


def bombs() -> Iterator[tuple[str, bytes]]:
    """Yield each bomb with its name; one at a time, since they are large."""
    for name, build in BOMBS.items():
        yield name, build()

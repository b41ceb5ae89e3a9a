import io
import subprocess
import sys
import zipfile

import pytest

from casework.attachments.sniffing import UNKNOWN_TYPE, extension_for, sniff


def _zip_of_one_file():
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w") as archive:
        archive.writestr("a.bin", b"\x00\x01")
    return target.getvalue()


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n", "application/pdf"),
        (
            b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x02\x00\x00\x00",
            "image/png",
        ),
        (b"\xff\xd8\xff\xe0\x00\x10JFIF\x00\x01\x01", "image/jpeg"),
        (_zip_of_one_file(), "application/zip"),
        (b"Goede morgen\n", "text/plain"),
        (b"\x00\x01\x02\x03", UNKNOWN_TYPE),
        (b"", "application/x-empty"),
    ],
)
def test_sniff_names_the_content(data, expected):
    assert sniff(data) == expected


@pytest.mark.parametrize(
    ("content_type", "extension"),
    [
        ("application/pdf", ".pdf"),
        ("image/jpeg", ".jpg"),
        ("message/rfc822", ".eml"),
        ("text/calendar", ".ics"),
        ("application/vnd.openxmlformats-officedocument.wordprocessingml.document", ".docx"),
        ("no/such-type", ".bin"),
    ],
)
def test_extension_is_the_one_people_know(content_type, extension):
    assert extension_for(content_type) == extension


WITHOUT_SYSTEM_LIBRARY = """
import ctypes, ctypes.util, os
real, carried = ctypes.CDLL, []
ctypes.util.find_library = lambda name: None
class OnlyCarried(real):
    def __init__(self, name, *args, **kwargs):
        if "pylibmagic" in str(name):
            carried.append(name)
        elif "magic" in str(name) and not carried:
            raise OSError("no such library")
        super().__init__(name, *args, **kwargs)
ctypes.CDLL = OnlyCarried
before = dict(os.environ)
from casework.attachments.sniffing import sniff
print(sniff(b"%PDF-1.7\\n"), len(carried), os.environ == before)
"""


def test_library_that_pylibmagic_carries_is_used_where_the_system_has_none():
    path = f"import sys; sys.path[:] = {sys.path!r}\n"

    ran = subprocess.run(
        [sys.executable, "-c", path + WITHOUT_SYSTEM_LIBRARY], capture_output=True, text=True, check=False
    )

    assert (ran.stdout, ran.stderr) == ("application/pdf 1 True\n", "")

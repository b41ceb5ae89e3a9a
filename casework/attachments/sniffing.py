"""Says what a file is by its content, because names and declared types are only claims of the sender."""

import ctypes
import functools
import importlib.util
import mimetypes
import pathlib
import sys
from typing import Protocol, cast

UNKNOWN_TYPE = "application/octet-stream"

# Signatures sit at the start of a file; what follows only costs time.
_SNIFFED_BYTES = 1 << 20

# The extension people expect, where the registry knows several, another or none.
_EXTENSIONS = {
    "application/gzip": ".gz",
    "application/msword": ".doc",
    "application/octet-stream": ".bin",
    "application/pgp-keys": ".asc",
    "application/pgp-signature": ".asc",
    "application/pkcs7-mime": ".p7m",
    "application/pkcs7-signature": ".p7s",
    "application/vnd.ms-outlook": ".msg",
    "application/vnd.ms-tnef": ".dat",
    "application/vnd.oasis.opendocument.spreadsheet": ".ods",
    "application/vnd.oasis.opendocument.text": ".odt",
    "application/vnd.rar": ".rar",
    "application/x-7z-compressed": ".7z",
    "application/x-rar": ".rar",
    "audio/mpeg": ".mp3",
    "audio/x-wav": ".wav",
    "image/heic": ".heic",
    "image/jpeg": ".jpg",
    "image/svg+xml": ".svg",
    "image/tiff": ".tif",
    "image/webp": ".webp",
    "message/rfc822": ".eml",
    "text/calendar": ".ics",
    "text/csv": ".csv",
    "text/html": ".html",
    "text/plain": ".txt",
    "text/rtf": ".rtf",
    "text/vcard": ".vcf",
    "text/xml": ".xml",
}


class _Detector(Protocol):
    def from_buffer(self, buf: bytes) -> str: ...


@functools.cache
def _detector() -> _Detector:
    """Load libmagic once: the system's, which gets security updates, else the one that pylibmagic carries.

    pylibmagic is never imported: that patches ctypes for the whole process and breaks a newer system
    library.
    """
    magic_file = None
    try:
        import magic  # noqa: PLC0415 -- slow import, and the system library may be absent
    except ImportError:
        carried = importlib.util.find_spec("pylibmagic")
        if carried is None or not carried.submodule_search_locations:
            raise
        folder = pathlib.Path(carried.submodule_search_locations[0])
        ctypes.CDLL(str(folder / "libmagic.so.1"))  # same SONAME, so python-magic finds it loaded
        sys.modules.pop("magic.loader", None)
        import magic  # noqa: PLC0415 -- second try, now with a library

        magic_file = str(folder / "magic.mgc")
    return cast("_Detector", magic.Magic(mime=True, magic_file=magic_file))


def sniff(data: bytes) -> str:
    """Return the MIME type that the content itself shows, in lower case, without parameters.

    Decide with lists of what is allowed, never of what is forbidden: the names of dangerous types differ
    between versions of libmagic.
    """
    if not data:
        return "application/x-empty"
    found = _detector().from_buffer(data[:_SNIFFED_BYTES]).lower()
    return found if "/" in found and " " not in found else UNKNOWN_TYPE


def extension_for(content_type: str) -> str:
    """Return the extension, dot included, by which people know files of this type (`.bin` if unknown)."""
    known = _EXTENSIONS.get(content_type) or mimetypes.guess_extension(content_type, strict=False)
    return known or _EXTENSIONS[UNKNOWN_TYPE]

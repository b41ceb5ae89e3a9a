"""Gives each part of a mail a file name that is safe to show, to store and to download."""

import re
import unicodedata

from casework.attachments import sniffing
from mail_gateway.inbound import limits

# Control characters, and letters that make a name read backwards or hide a part of it.
_UNSAFE = re.compile("[\x00-\x1f\x7f-\x9f\u061c\u200b-\u200f\u2028-\u202e\u2060-\u2069\ufeff]+")
_PATH = re.compile(r"[A-Za-z]:[/\\]|[/~\\]|.*(?:\\|\.\./)")
_BLANKS = re.compile(r"\s+")
_EXTENSION = re.compile(r"\.[A-Za-z0-9]{1,10}\Z")

# The name people know, where the type alone has one.
_WELL_KNOWN = {
    "application/pgp-encrypted": "version.asc",
    "application/pgp-keys": "publickey.asc",
    "application/pgp-signature": "signature.asc",
    "application/pkcs7-mime": "smime.p7m",
    "application/pkcs7-signature": "smime.p7s",
    "application/x-pkcs7-mime": "smime.p7m",
    "application/x-pkcs7-signature": "smime.p7s",
    "message/delivery-status": "delivery-status.txt",
    "message/disposition-notification": "disposition-notification.txt",
    "message/feedback-report": "feedback-report.txt",
    "text/calendar": "invite.ics",
    "text/rfc822-headers": "headers.txt",
    "text/vcard": "contact.vcf",
    "text/x-vcard": "contact.vcf",
}


def safe_name(claimed: str) -> str:
    """Return the last part of a claimed path without unsafe letters, or an empty text if nothing is left."""
    name = unicodedata.normalize("NFC", claimed)
    if _PATH.match(name):
        # Both kinds of path come in; a drive or folder is never part of the name.
        name = re.split(r"[/\\]", name.rstrip("/\\ "))[-1]
    name = _BLANKS.sub(" ", _UNSAFE.sub("_", name).replace("/", "-")).strip(" .")
    if not name.strip("_-"):
        return ""
    extension = _EXTENSION.search(name)
    tail = extension[0] if extension else ""
    return (
        name[: limits.FILE_NAME_CHARS - len(tail)].rstrip(" .") + tail if len(name) > limits.FILE_NAME_CHARS else name
    )


def nameless(declared_type: str, content_type: str) -> str:
    """Return a sensible name for a part without one; its extension is that of the content."""
    if known := _WELL_KNOWN.get(declared_type):
        return known
    main = content_type.partition("/")[0]
    stem = main if main in {"audio", "image", "text", "video"} else "attachment"
    return stem + sniffing.extension_for(content_type)


def of_message(subject: str) -> str:
    """Return the file name of a nested message: its subject, else a plain word."""
    stem = safe_name(subject.replace("\\", "-").replace("../", "").strip("/~ "))
    return (stem[:100].rstrip(" .") or "message") + ".eml"


def without_doubles(names: list[str]) -> list[str]:
    """Return the names in order, the second and later of equal ones numbered: `scan.pdf`, `scan-2.pdf`.

    Names that differ in case only are equal: they would overwrite each other on many file systems.
    """
    taken = {name.casefold() for name in names}
    seen: set[str] = set()
    number_of: dict[str, int] = {}
    result = []
    for name in names:
        unique = name
        key = name.casefold()
        if key in seen:
            extension = _EXTENSION.search(name)
            tail = extension[0] if extension else ""
            stem = name[: len(name) - len(tail)]
            number = number_of.get(key, 1)
            while unique.casefold() in taken:
                number += 1
                unique = f"{stem}-{number}{tail}"
            number_of[key] = number
            taken.add(unique.casefold())
        seen.add(key)
        result.append(unique)
    return result

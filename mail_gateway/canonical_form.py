"""The forms in which DKIM hashes a mail (RFC 6376, 3.4), for those who sign and for those who check."""

import re

_BLANKS = re.compile(rb"[ \t]+")


def relaxed_field(field: bytes) -> bytes:
    """Return a header field on one line, its name in lower case, without its line end (RFC 6376, 3.4.2)."""
    name, _, value = field.partition(b":")
    unfolded = value.replace(b"\r\n", b"")
    return name.rstrip(b" \t").lower() + b":" + _BLANKS.sub(b" ", unfolded).strip(b" ")


def simple_body(body: bytes) -> bytes:
    """Return a body with one line end at its end (RFC 6376, 3.4.3)."""
    end = len(body)
    while body.endswith(b"\r\n", 0, end):
        end -= 2
    return body[:end] + b"\r\n"


def relaxed_body(body: bytes) -> bytes:
    """Return a body with single blanks, none at the end of a line, and no empty lines at its end (RFC 6376, 3.4.4)."""
    whole = body if not body or body.endswith(b"\r\n") else body + b"\r\n"
    reduced = simple_body(_BLANKS.sub(b" ", whole).replace(b" \r\n", b"\r\n"))
    return b"" if reduced == b"\r\n" else reduced

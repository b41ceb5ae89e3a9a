"""Tells a mail that was sent again from a new one, with no more reading than the mail server has time for."""

import hashlib
import re
from collections.abc import Iterator
from dataclasses import dataclass

LONGEST_HEADER_BLOCK = 256 * 1024
LONGEST_VALUE = 998  # RFC 5322, 2.1.1
HEADER_END = re.compile(rb"\r?\n\r?\n")
IDENTIFIER = re.compile(r"<([^<>\s]+)>")
ANGLE_ADDRESS = re.compile(r"<([^<>\s]+@[^<>\s]+)>\s*$")
BARE_ADDRESS = re.compile(r"[^\s<>()\",;]+@[^\s<>()\",;]+")
TRACE_HEADERS = frozenset(
    {
        b"received", b"return-path", b"x-received", b"delivered-to", b"x-delivered-to", b"x-original-to",
        b"envelope-to", b"authentication-results", b"received-spf", b"arc-seal", b"arc-message-signature",
        b"arc-authentication-results", b"x-spam-status", b"x-spam-score", b"x-spam-level", b"x-spam-flag",
        b"x-spam-checker-version", b"x-virus-scanned",
    }
)  # fmt: skip
"""Headers that servers on the way add (RFC 5321, 4.4): they differ when the same mail comes by another way."""


@dataclass(frozen=True, slots=True)
class Fingerprint:
    """What is known of a mail before it is parsed; sender and Message-ID are as it claims."""

    sha256: str
    dedupe_key: str
    message_id: str | None
    from_address: str


def take_fingerprint(raw: bytes, mail_from: str) -> Fingerprint:
    """Read what tells one mail from another: two mails with the same `dedupe_key` are one that was sent twice.

    The key covers the Message-ID with all content but trace headers: an id alone may be used twice by a careless
    sender. It covers whether the envelope sender is null as well, so that no automatic copy of a mail can take its
    place.
    """
    end = HEADER_END.search(raw, 0, LONGEST_HEADER_BLOCK)
    whole = memoryview(raw)
    head, body = (raw[: end.start()], whole[end.end() :]) if end else (raw[:LONGEST_HEADER_BLOCK], whole)
    key = hashlib.sha256(b"person\n" if mail_from else b"null\n")
    first: dict[bytes, bytes] = {}
    for name, field in _fields(head):
        if name not in TRACE_HEADERS:
            key.update(field + b"\n")
            first.setdefault(name, field.partition(b":")[2])
    key.update(b"\n")
    key.update(body)
    return Fingerprint(
        sha256=hashlib.sha256(raw).hexdigest(),
        dedupe_key=key.hexdigest(),
        message_id=_identifier(_text(first.get(b"message-id", b""))),
        from_address=_address(_text(first.get(b"from", b""))),
    )


def _fields(head: bytes) -> Iterator[tuple[bytes, bytes]]:
    """Yield each header with its name in lower case and its folded lines together."""
    field: list[bytes] = []
    for line in head.splitlines():
        if line[:1] not in (b" ", b"\t") and field:
            yield _name(field), b" ".join(field)
            field = []
        field.append(line.strip())
    if field:
        yield _name(field), b" ".join(field)


def _name(field: list[bytes]) -> bytes:
    return field[0].partition(b":")[0].strip().lower()


def _text(value: bytes) -> str:
    return value[:LONGEST_VALUE].decode("utf-8", "replace").strip()


def _identifier(value: str) -> str | None:
    """Return a Message-ID without its angle brackets, which are not part of it (RFC 5322, 3.6.4)."""
    found = IDENTIFIER.search(value)
    return (found[1] if found else value.strip("<>")) or None


def _address(value: str) -> str:
    """Return the address of a From header as it claims, without the recursion of a full parser."""
    found = ANGLE_ADDRESS.search(value)
    if found:
        return found[1].lower()
    bare = BARE_ADDRESS.search(value)
    return bare[0].lower() if bare else ""

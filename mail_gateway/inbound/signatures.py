"""Reads the DKIM signatures of a mail (RFC 6376) as far as no key is needed: in the process that may be killed.

What is left for the one who asks DNS is to hold a digest against a key. A library is not used here: the one at hand
takes quadratic time on lines of blanks, and hashes mails that another reader would read differently.
"""

import base64
import binascii
import hashlib
import re
from collections import Counter
from collections.abc import Sequence

from mail_gateway.canonical_form import relaxed_body, relaxed_field, simple_body
from mail_gateway.inbound.mime.headers import HeaderBlock
from mail_gateway.models import DkimSignature, KeyType

HEADER = "dkim-signature"

_MOST_SIGNATURES = 20
_LONGEST_SIGNATURE = 8_000
# RFC 8301 forbids rsa-sha1; RFC 8463 adds Ed25519.
_ALGORITHMS = {"rsa-sha256": KeyType.RSA, "ed25519-sha256": KeyType.ED25519}
_CANONICALISATIONS = {"simple": ("simple", "simple"), "relaxed": ("relaxed", "simple")} | {
    f"{header}/{body}": (header, body) for header in ("simple", "relaxed") for body in ("simple", "relaxed")
}
_NEXT_FIELD = re.compile(rb"\r\n(?![ \t])")
_TAG_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_DOMAIN = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})+")
_SELECTOR = re.compile(r"[a-z0-9_-]{1,63}(?:\.[a-z0-9_-]{1,63})*")
_NEEDED = frozenset("abdhsv") | {"bh"}


class _Unusable(Exception):
    """The signature says nothing about this mail."""


class _SignedMail:
    """A mail as signers see it: every field byte by byte, and the body; each kind of body digest is made once."""

    def __init__(self, raw: bytes) -> None:
        text = raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")
        block, _, self._body = text.partition(b"\r\n\r\n")
        self.fields = [_split(field) for field in _NEXT_FIELD.split(block.removesuffix(b"\r\n"))]
        self._digests: dict[str, bytes] = {}

    def is_read_alike(self, header: HeaderBlock) -> bool:
        """Tell whether signers see the very fields that the desk goes by; else a signature is about another mail."""
        seen = [(name, value.strip()) for name, value, _ in self.fields]
        return seen == [(name, value.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")) for name, value in header.fields]

    def body_digest(self, canonicalisation: str) -> bytes:
        """Return the SHA-256 of the body in one of its two forms (RFC 6376, 3.4.3 and 3.4.4)."""
        if canonicalisation not in self._digests:
            body = relaxed_body(self._body) if canonicalisation == "relaxed" else simple_body(self._body)
            self._digests[canonicalisation] = hashlib.sha256(body).digest()
        return self._digests[canonicalisation]


def read_signatures(raw: bytes, header: HeaderBlock) -> tuple[DkimSignature, ...]:
    """Return the signatures that fit the body of a mail, topmost first, each with the digest that its key must confirm.

    One with a body length (`l=`) fits only a part of the mail and is left out (RFC 6376, 8.2), as are those that do
    not cover every From.
    """
    if not any(name == HEADER for name, _ in header.fields):
        return ()
    mail = _SignedMail(raw)
    if not mail.is_read_alike(header):
        return ()
    own = [index for index, (name, value, _) in enumerate(mail.fields) if name == HEADER and _is_short(value)]
    found: list[DkimSignature] = []
    for index in own[:_MOST_SIGNATURES]:
        try:
            found.append(_read(mail, index))
        except _Unusable:
            continue
    return tuple(found)


def _is_short(value: bytes) -> bool:
    return len(value) <= _LONGEST_SIGNATURE


def _split(field: bytes) -> tuple[str, bytes, bytes]:
    name, _, value = field.partition(b":")
    return name.rstrip(b" \t").decode("latin-1").lower(), value, field


def _read(mail: _SignedMail, index: int) -> DkimSignature:
    _, value, field = mail.fields[index]
    tags = _read_tags(value)
    canonical = _CANONICALISATIONS.get(tags.get("c", "simple"))
    algorithm = _ALGORITHMS.get(tags["a"].lower())
    if canonical is None or algorithm is None or "l" in tags or tags["v"] != "1":
        raise _Unusable
    if _decoded(tags["bh"]) != mail.body_digest(canonical[1]):
        raise _Unusable
    domain = tags["d"].lower()
    if (
        not _DOMAIN.fullmatch(domain)
        or not _SELECTOR.fullmatch(tags["s"].lower())
        or tags.get("q", "dns/txt") != "dns/txt"
    ):
        raise _Unusable
    names = [name.strip().lower() for name in tags["h"].split(":")]
    covered = _covered(names, mail)
    if "from" not in covered:
        raise _Unusable
    identity = tags.get("i", f"@{domain}").lower().rpartition("@")[2]
    if identity != domain and not identity.endswith(f".{domain}"):
        raise _Unusable
    return DkimSignature(
        domain=domain,
        selector=tags["s"].lower(),
        identity_domain=identity,
        key_type=algorithm,
        signature=_decoded(tags["b"]),
        digest=_header_digest(mail, names, field, canonical[0]),
        covered=covered,
        expires_at=_seconds(tags.get("x")),
    )


def _read_tags(value: bytes) -> dict[str, str]:
    """Return the tags of a signature without white space in their values (RFC 6376, 3.2 and 3.5)."""
    tags: dict[str, str] = {}
    pieces = value.decode("ascii", "replace").strip().removesuffix(";").split(";")
    for piece in pieces:
        name, equals, written = piece.partition("=")
        name = name.strip()
        if not equals or name in tags or not _TAG_NAME.fullmatch(name):
            raise _Unusable
        tags[name] = "".join(written.split())
    if not tags.keys() >= _NEEDED:
        raise _Unusable
    return tags


def _decoded(written: str) -> bytes:
    try:
        return base64.b64decode(written, validate=True)
    except (binascii.Error, ValueError) as error:
        raise _Unusable from error


def _seconds(written: str | None) -> int | None:
    if written is None:
        return None
    if not (written.isascii() and written.isdigit() and len(written) <= 12):
        raise _Unusable
    return int(written)


def _covered(names: Sequence[str], mail: _SignedMail) -> frozenset[str]:
    """Return the headers of which every field in the mail is signed."""
    present = Counter(name for name, _, _ in mail.fields)
    signed = Counter(names)
    return frozenset(name for name, count in present.items() if signed[name] >= count)


def _header_digest(mail: _SignedMail, names: Sequence[str], own_field: bytes, canonicalisation: str) -> bytes:
    """Return the SHA-256 of the signed fields, each name taken from the bottom up (RFC 6376, 5.4.2 and 3.7)."""
    unused: dict[str, list[bytes]] = {}
    for name, _, field in mail.fields:
        unused.setdefault(name, []).append(field)
    in_form = relaxed_field if canonicalisation == "relaxed" else bytes
    digest = hashlib.sha256()
    for name in names:
        if unused.get(name):
            digest.update(in_form(unused[name].pop()) + b"\r\n")
    digest.update(in_form(_without_signature(own_field)))
    return digest.digest()


def _without_signature(field: bytes) -> bytes:
    """Return a signature field with nothing behind `b=`."""
    name, colon, value = field.partition(b":")
    pieces = value.split(b";")
    for index, piece in enumerate(pieces):
        tag, equals, _ = piece.partition(b"=")
        if equals and tag.strip() == b"b":
            pieces[index] = tag + equals
    return name + colon + b";".join(pieces)

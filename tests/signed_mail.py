"""Mails signed with DKIM by a library that the desk does not use, with keys made for the tests."""

import base64
from email.message import EmailMessage
from functools import cache
from typing import Any

import dkim
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from mailroom import wire

SIGNED = ("from", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references", "mime-version")


@cache
def private_key(bits: int = 2048) -> rsa.RSAPrivateKey:
    return rsa.generate_private_key(public_exponent=65_537, key_size=bits)


def pem(bits: int = 2048) -> bytes:
    form = serialization.PrivateFormat.TraditionalOpenSSL
    return private_key(bits).private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())


def published(bits: int = 2048, more: str = "") -> str:
    """The record under which the public half of the key stands in DNS."""
    form = serialization.PublicFormat.SubjectPublicKeyInfo
    content = private_key(bits).public_key().public_bytes(serialization.Encoding.DER, form)
    return f"v=DKIM1; k=rsa; {more}p={base64.b64encode(content).decode()}"


def signed(
    mail: EmailMessage | bytes,
    *,
    domain: str = "health.example",
    over: tuple[str, ...] = SIGNED,
    bits: int = 2048,
    **more: Any,
) -> bytes:
    """Return a mail with a signature on top."""
    raw = wire(mail) if isinstance(mail, EmailMessage) else mail
    names = [name.encode() for name in over]
    settings = {"canonicalize": (b"relaxed", b"relaxed")} | more
    header = dkim.sign(raw, b"s1", domain.encode(), pem(bits), include_headers=names, **settings)
    return bytes(header) + raw

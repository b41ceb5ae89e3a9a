"""Checks for ourselves whether a mail comes from the domain in its From: DKIM, SPF and DMARC.

What this finds can only raise the trust in a mail. Whatever goes wrong on the way, DNS that does not answer above all,
leaves the trust where it was: the mail is neither lost nor kept waiting.
"""

import asyncio
import base64
import binascii
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from ipaddress import ip_address

import dns.exception
import dns.name
from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.asymmetric.utils import Prehashed
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from mail_gateway.errors import NamesUnanswered
from mail_gateway.inbound import dmarc
from mail_gateway.inbound.authentication import DOUBTFUL, is_within
from mail_gateway.inbound.dmarc import DmarcPolicy
from mail_gateway.inbound.name_servers import NameServers
from mail_gateway.inbound.sending_servers import AWAY, PASSED, check_sending_server
from mail_gateway.models import DkimSignature, Envelope, KeyType, ParsedMail
from mail_gateway.settings import Network

SECONDS = 6.0
MOST_KEYS = 5
SMALLEST_KEY, LARGEST_KEY = 1024, 4096  # bits; RFC 8301, 3.2
CLOCKS_DIFFER = 3600  # seconds
STEERING = frozenset({"from", "to", "cc", "subject", "date", "message-id", "in-reply-to", "references"})
"""What decides for whom a mail is and what it answers: where one of these is not signed, somebody may have sent an old
mail again with another."""


class Finding(StrEnum):
    """What the check came to."""

    UNCHECKED = "unchecked"
    SIGNED = "signed"
    SENT_BY_ITS_SERVER = "sent_by_its_server"
    NOTHING = "nothing"
    UNANSWERED = "unanswered"


PROVING = frozenset({Finding.SIGNED, Finding.SENT_BY_ITS_SERVER})


@dataclass(frozen=True, slots=True)
class SenderCheck:
    """The finding about a mail; `domain` is what proved it, and `asks` what the domain in From wants for false mail."""

    finding: Finding
    domain: str = ""
    asks: str = ""

    @property
    def is_proof(self) -> bool:
        """Whether the mail comes from the domain in its From."""
        return self.finding in PROVING

    def once(self, *, came_before: bool) -> "SenderCheck":
        """Return what is left of it when a mail with this Message-ID had come before: an old signature proves nothing.

        Whoever has a signed mail can send it again with something added; only its own server can send it as a server.
        """
        if came_before and self.finding is Finding.SIGNED:
            return SenderCheck(Finding.NOTHING, asks=self.asks)
        return self


UNCHECKED = SenderCheck(Finding.UNCHECKED)


class SenderChecker:
    """Checks mails through name servers; `relays` are the machines that pass mail on, of which SPF says nothing."""

    def __init__(
        self,
        servers: NameServers,
        own_addresses: Collection[str],
        relays: tuple[Network, ...],
        seconds: float = SECONDS,
    ) -> None:
        self._servers = servers
        self._own = frozenset(own_addresses)
        self._relays = relays
        self._seconds = seconds

    async def check(self, mail: ParsedMail, envelope: Envelope, received_at: datetime) -> SenderCheck:
        """Return what DKIM, SPF and DMARC say about a mail, within a few seconds; never raises for what others did."""
        domain = _plain_domain(mail.from_.address)
        if domain is None or mail.from_count != 1 or not DOUBTFUL.isdisjoint(mail.defects):
            return SenderCheck(Finding.NOTHING)
        try:
            async with asyncio.timeout(self._seconds):
                return await self._check(mail, envelope, domain, received_at)
        except (NamesUnanswered, TimeoutError):
            return SenderCheck(Finding.UNANSWERED)

    async def _check(self, mail: ParsedMail, envelope: Envelope, domain: str, received_at: datetime) -> SenderCheck:
        policy = await dmarc.policy_of(self._servers, domain)
        unanswered = False
        for signature in self._that_could_prove(mail, domain, policy, received_at):
            try:
                if await self._is_genuine(signature):
                    return SenderCheck(Finding.SIGNED, signature.domain, policy.asks)
            except NamesUnanswered:
                unanswered = True
        sender = _plain_domain(envelope.mail_from)
        if sender and dmarc.is_aligned(sender, domain, strict=policy.strict_server) and self._sends_itself(envelope):
            result = await self._sending_server(envelope)
            if result == PASSED:
                return SenderCheck(Finding.SENT_BY_ITS_SERVER, sender, policy.asks)
            unanswered = unanswered or result == AWAY
        return SenderCheck(Finding.UNANSWERED if unanswered else Finding.NOTHING, asks=policy.asks)

    def _that_could_prove(
        self, mail: ParsedMail, domain: str, policy: DmarcPolicy, received_at: datetime
    ) -> Iterator[DkimSignature]:
        """Yield the signatures worth a question: by an aligned domain, in time, over all that steers, and meant for us.

        A mail that its writer sent to somebody else proves who wrote it, not that they wrote it to the desk.
        """
        if self._own.isdisjoint(one.address.lower() for one in (*mail.to, *mail.cc)):
            return
        present = STEERING & {name for name, _ in mail.headers}
        at = received_at.timestamp()
        found = 0
        for one in mail.signatures:
            in_time = one.expires_at is None or at - CLOCKS_DIFFER <= one.expires_at
            aligned = dmarc.is_aligned(one.domain, domain, strict=policy.strict_signature)
            if aligned and in_time and present <= one.covered and "message-id" in one.covered and found < MOST_KEYS:
                found += 1
                yield one

    async def _is_genuine(self, signature: DkimSignature) -> bool:
        """Hold a signature against the key that its domain publishes (RFC 6376, 6.1.2)."""
        records = await self._servers.texts(f"{signature.selector}._domainkey.{signature.domain}")
        keys = [tags for record in records if (tags := _key_tags(record)) is not None]
        return len(keys) == 1 and _may_sign(keys[0], signature) and _confirms(keys[0]["p"], signature)

    def _sends_itself(self, envelope: Envelope) -> bool:
        """Tell whether the machine that brought a mail may be the sender's own: no relay of ours and not us."""
        try:
            client = ip_address(envelope.remote.partition("%")[0])
        except ValueError:
            return False
        return not (client.is_loopback or client.is_unspecified or is_within(client, self._relays))

    async def _sending_server(self, envelope: Envelope) -> str:
        client = ip_address(envelope.remote.partition("%")[0])
        plain = getattr(client, "ipv4_mapped", None) or client
        return await check_sending_server(
            self._servers, client=str(plain), mail_from=envelope.mail_from, helo=envelope.helo, seconds=self._seconds
        )


def _plain_domain(address: str) -> str | None:
    """Return the domain of an address as DNS knows it, international names in their ASCII form; None if it is none."""
    _, at, domain = address.strip().strip("<>").rpartition("@")
    if not at:
        return None
    try:
        name = dns.name.from_text(domain, origin=None, idna_codec=dns.name.IDNA_2008_Practical)
    except (dns.exception.DNSException, UnicodeError):
        return None
    plain = name.to_text(omit_final_dot=True).lower()
    return plain if "." in plain and all(char.isalnum() or char in "-._" for char in plain) else None


def _key_tags(record: str) -> dict[str, str] | None:
    """Return the tags of a key record; None for a record that is none (RFC 6376, 3.6.1)."""
    tags = {}
    for piece in record.strip().removesuffix(";").split(";"):
        name, equals, value = piece.partition("=")
        if not equals:
            return None
        tags[name.strip()] = "".join(value.split())
    return tags if "p" in tags and tags.get("v", "DKIM1") == "DKIM1" else None


def _may_sign(key: dict[str, str], signature: DkimSignature) -> bool:
    """Tell whether a key is meant for signatures like this one; a key in test mode is meant for none."""
    flags = set(key.get("t", "").split(":"))
    return (
        key.get("k", "rsa").lower() == signature.key_type
        and "y" not in flags
        and ("s" not in flags or signature.identity_domain == signature.domain)
        and not {"*", "email"}.isdisjoint(key.get("s", "*").split(":"))
        and "sha256" in key.get("h", "sha256").split(":")
    )


def _confirms(published: str, signature: DkimSignature) -> bool:
    try:
        content = base64.b64decode(published, validate=True)
        if signature.key_type is KeyType.ED25519:
            Ed25519PublicKey.from_public_bytes(content).verify(signature.signature, signature.digest)
            return True
        key = load_der_public_key(content)
        if not isinstance(key, RSAPublicKey) or not SMALLEST_KEY <= key.key_size <= LARGEST_KEY:
            return False
        key.verify(signature.signature, signature.digest, PKCS1v15(), Prehashed(SHA256()))
    except (InvalidSignature, UnsupportedAlgorithm, ValueError, binascii.Error):
        return False
    return True

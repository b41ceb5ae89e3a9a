"""Sends one notification: signed, over https, to no address of our own networks unless a setting allows it."""

import hashlib
import hmac
import json
import socket
import ssl
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

import aiohttp
from aiohttp.abc import AbstractResolver, ResolveResult
from aiohttp.resolver import ThreadedResolver
from yarl import URL

SECONDS = 10.0
SIGNATURE = "Balie-Signature"
NAT64 = IPv6Network("64:ff9b::/96")  # RFC 6052

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network


class AddressRefused(OSError):
    """The name leads to an address that notifications may not go to."""


@dataclass(frozen=True)
class Notice:
    """What is told: that something of a kind happened on a case at a moment."""

    id: int
    kind: str
    number: str
    at: datetime

    def body(self) -> bytes:
        """Return the JSON that is sent."""
        told = {"id": self.id, "kind": self.kind, "case": self.number, "at": self.at.astimezone(UTC).isoformat()}
        return json.dumps(told, separators=(",", ":")).encode()


def sign(secret: str, body: bytes, at: datetime) -> str:
    """Return the header that proves who sent this body, and when: an HMAC-SHA256 over the moment and the body."""
    moment = int(at.timestamp())
    mac = hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
    return f"t={moment},v1={mac}"


def is_allowed(address: Address, allowed: Sequence[Network]) -> bool:
    """Return whether notifications may go to an address: one of the public internet, or of a network that is allowed.

    An IPv4 address within an IPv6 one counts as what it is.
    """
    inner = _inner(address)
    if any(one in network for one in (address, inner) for network in allowed if network.version == one.version):
        return True
    return inner.is_global and address.is_global and not inner.is_multicast


def _inner(address: Address) -> Address:
    """Return the IPv4 address that an IPv6 one stands for (mapped, 6to4, NAT64), else the address itself."""
    if isinstance(address, IPv4Address):
        return address
    if address in NAT64:
        return IPv4Address(int(address) & 0xFFFFFFFF)
    return address.ipv4_mapped or address.sixtofour or address


class _GuardedResolver(AbstractResolver):
    """Resolves names, and gives no address that is not allowed: what was looked at is what is connected to."""

    def __init__(self, allowed: Sequence[Network], resolver: AbstractResolver) -> None:
        self._allowed = allowed
        self._resolver = resolver

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        found = await self._resolver.resolve(host, port, family)
        if not all(is_allowed(ip_address(each["host"].partition("%")[0]), self._allowed) for each in found):
            raise AddressRefused(f"{host} leads to an address that notifications may not go to")
        return found

    async def close(self) -> None:
        await self._resolver.close()


class WebhookSender:
    """Sends notifications; it follows no redirect, keeps no cookie and reads no answer.

    `resolver` looks names up, that of the system unless another is given.
    """

    def __init__(
        self,
        allowed: Sequence[Network] = (),
        tls: ssl.SSLContext | None = None,
        resolver: Callable[[], AbstractResolver] = ThreadedResolver,
    ) -> None:
        self._allowed = allowed
        self._resolver = resolver
        self._tls = tls or ssl.create_default_context()

    async def send(self, url: str, secret: str, notice: Notice, now: datetime) -> tuple[bool, str]:
        """Try once; return whether the other side took it (2xx), and what it said."""
        body = notice.body()
        headers = {"Content-Type": "application/json", SIGNATURE: sign(secret, body, now), "User-Agent": "Balie"}
        try:
            self._check(url)
            guarded = _GuardedResolver(self._allowed, self._resolver())
            connector = aiohttp.TCPConnector(resolver=guarded, ssl=self._tls)
            timeout = aiohttp.ClientTimeout(total=SECONDS)
            jar = aiohttp.DummyCookieJar()
            async with (
                aiohttp.ClientSession(connector=connector, timeout=timeout, cookie_jar=jar) as client,
                client.post(url, data=body, headers=headers, allow_redirects=False) as answer,
            ):
                return 200 <= answer.status < 300, str(answer.status)
        except TimeoutError:
            return False, f"no answer within {SECONDS:g} seconds"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return False, f"{type(error).__name__}: {error}"

    def _check(self, url: str) -> None:
        """Refuse what the resolver never sees: another scheme, and an address written in the URL itself.

        The URL is read as the client reads it, to whom digits of other scripts are digits.
        """
        parts = URL(url)
        if parts.scheme != "https":
            raise AddressRefused("only https is possible")
        try:
            written = ip_address((parts.host or "").partition("%")[0])
        except ValueError:
            return  # a name: the resolver looks at where it leads
        if not is_allowed(written, self._allowed):
            raise AddressRefused(f"notifications may not go to {written}")

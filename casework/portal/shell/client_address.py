"""From where a request really comes: a proxy of ours says so, and nobody else is believed."""

from collections.abc import Iterable, Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address

from aiohttp import web

from casework.portal.shell.keys import shell

HEADER = "X-Forwarded-For"
MOST_HOPS = 20


def client_address(request: web.Request) -> str:
    """Return the network address of the browser that sent a request."""
    proxies = shell(request).desk.settings.proxies
    return address_behind(proxies, request.remote or "", request.headers.getall(HEADER, []))


def address_behind(proxies: Iterable[IPv4Network | IPv6Network], remote: str, forwarded: Sequence[str]) -> str:
    """Return the last address that was forwarded and is not a proxy of ours.

    Everything to the left of that one was written by somebody we do not know. An IPv6 browser counts with its /64,
    because it may choose any address within it.
    """
    trusted, named = tuple(proxies), ",".join(forwarded).split(",")[-MOST_HOPS:]
    here = _read(remote)
    while here is not None and named and any(here in network for network in trusted):
        before = _read(named.pop().strip())
        if before is None:
            break
        here = before
    if isinstance(here, IPv6Address):
        return f"{IPv6Address(int(here) >> 64 << 64)}/64"
    return str(here or "")


def _read(written: str) -> IPv4Address | IPv6Address | None:
    try:
        address = ip_address(written.partition("%")[0])
    except ValueError:
        return None
    return (address.ipv4_mapped or address) if isinstance(address, IPv6Address) else address

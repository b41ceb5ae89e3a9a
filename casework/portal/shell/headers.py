"""The headers that every response carries, so that a browser helps to keep the pages safe."""

from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

CONTENT_SECURITY_POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; font-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
DOWNLOAD_POLICY = "default-src 'none'; frame-ancestors 'none'; sandbox"
HEADERS = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "same-origin",  # with no-referrer a browser would send "Origin: null" along with our forms
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cache-Control": "no-store",
}
STRICT_TRANSPORT_SECURITY = "max-age=31536000; includeSubDomains"


def policy_leading_to(address: str) -> str:
    """Return the policy of a page whose one form leads to another site.

    A browser asks it of every step of the way on, and a provider may pass people on to machines of its own: so any
    site over https will do, besides the address itself.
    """
    parts = urlsplit(address)
    return CONTENT_SECURITY_POLICY.replace(
        "form-action 'self'", f"form-action 'self' https: {parts.scheme}://{parts.netloc}"
    )


def add_headers(response: web.StreamResponse, *, https: bool) -> None:
    """Add the headers that a response did not choose itself, and leave out what serves it."""
    for name, value in HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers["Server"] = "Balie"
    if https:
        response.headers.setdefault("Strict-Transport-Security", STRICT_TRANSPORT_SECURITY)


def security_headers(*, https: bool) -> Callable[[web.Request, web.StreamResponse], Awaitable[None]]:
    """Return the signal that adds the headers to each response of a page."""

    async def add(_request: web.Request, response: web.StreamResponse) -> None:
        add_headers(response, https=https)

    return add

"""Refuses what another site makes a browser send: the check fails closed, for guests as for people who signed in."""

import hmac
from collections.abc import Awaitable, Callable
from urllib.parse import urlsplit

from aiohttp import web

from casework.errors import NotPermitted
from casework.portal.shell import sessions
from casework.portal.shell.bodies import posted, refuse_large_anonymous
from casework.portal.shell.keys import shell
from casework.portal.shell.visitor import SignInNeeded, visitor

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
FIELD = "csrf_token"
HEADER = "X-CSRF-Token"


class Forged(NotPermitted):
    """It did not come from one of our own pages, or the session of that page is over."""


@web.middleware
async def refuse_forged(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Let nothing change unless one of our own pages asked for it; a WebSocket must come from our own origin."""
    if request.match_info.http_exception is not None:
        return await handler(request)  # there is no such page or method: nothing can change
    if _opens_socket(request):
        if not request.headers.get("Origin") or not _is_own_origin(request):
            raise Forged
    elif request.method not in SAFE_METHODS:
        if not _is_own_origin(request):
            raise Forged
        if visitor(request).actor is None and visitor(request).former is None:
            refuse_large_anonymous(request)
        if not await _carries_token(request):
            raise SignInNeeded if sessions.is_over(request) else Forged
    return await handler(request)


def _opens_socket(request: web.Request) -> bool:
    return request.headers.get("Upgrade", "").lower() == "websocket"


def _is_own_origin(request: web.Request) -> bool:
    """Return whether nothing says that the request came from elsewhere: Sec-Fetch-Site first, then Origin.

    A client that sends neither is no browser of today; the token alone then decides.
    """
    if request.headers.get("Sec-Fetch-Site", "same-origin") not in {"same-origin", "none"}:
        return False
    origin = request.headers.get("Origin")
    if origin is None:
        return True
    public = urlsplit(shell(request).desk.settings.public_url)
    return origin == f"{public.scheme}://{public.netloc}" or origin.partition("://")[2] == request.host


async def _carries_token(request: web.Request) -> bool:
    expected = visitor(request).csrf_token
    brought = request.headers.get(HEADER) or (await posted(request)).text(FIELD)
    return bool(expected) and hmac.compare_digest(brought.encode(), expected.encode())

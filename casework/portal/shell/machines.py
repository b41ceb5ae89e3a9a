"""Marks what programs call by a token of their own: no cookie counts there, so no browser can be made to forge it."""

from collections.abc import Awaitable, Callable
from typing import Any, TypeVar

from aiohttp import web

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
Marked = TypeVar("Marked", bound=Callable[..., Any])

MARK = "is_for_machines"


def for_machines(handler: Marked) -> Marked:
    """Mark a handler that checks a token itself, and answers whatever happens without a page."""
    setattr(handler, MARK, True)
    return handler


@web.middleware
async def answer_machines(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Call what is marked directly, before the checks of the pages."""
    if getattr(request.match_info.handler, MARK, False):
        return await request.match_info.handler(request)
    return await handler(request)

"""What another service's calls have in common: a bounded body, read before anybody is believed."""

import json
from typing import Any

from aiohttp import web

LARGEST_CALL = 256 * 1024  # bytes


async def body_of(request: web.Request) -> str:
    """Return what was sent. Raises 413 for too much and 400 for what is no text."""
    content = b""
    async for part in request.content.iter_chunked(16 * 1024):
        content += part
        if len(content) > LARGEST_CALL:
            raise web.HTTPRequestEntityTooLarge(LARGEST_CALL, len(content))
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        raise web.HTTPBadRequest(text="this is no text") from error


def as_object(body: str) -> dict[str, Any]:
    """Read a JSON object. Raises 400 for anything else."""
    try:
        found = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise web.HTTPBadRequest(text="this is no JSON") from error
    if not isinstance(found, dict):
        raise web.HTTPBadRequest(text="this is no JSON object")
    return found

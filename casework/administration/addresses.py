"""What stands in the addresses of these pages."""

from aiohttp import web

LONGEST_ID = 9


def before(request: web.Request) -> int | None:
    """Return below which id a page begins; what cannot be read is the first page."""
    text = request.query.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID else None

"""Where a browser is sent next: only ever to a path of our own."""

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from aiohttp import web

LONGEST_PATH = 500


def local_path(wanted: str, otherwise: str = "/") -> str:
    """Return the wanted path if it is one of our own pages, else another one.

    Browsers read a backslash as a slash and drop tabs and line breaks, so anything of that kind is refused, as is
    whatever names a scheme or a host (`//elsewhere`).
    """
    plain = wanted.isprintable() and "\\" not in wanted and len(wanted) <= LONGEST_PATH
    if not plain or not wanted.startswith("/") or wanted.startswith("//"):
        return otherwise
    try:
        parts = urlsplit(wanted)
    except ValueError:
        return otherwise
    return wanted if not parts.scheme and not parts.netloc else otherwise


def see_other(path: str, **query: str) -> web.Response:
    """Send the browser to another page of ours with a GET: the answer to a form that was accepted."""
    return web.Response(status=303, headers={"Location": f"{path}?{urlencode(query)}" if query else path})


def page_before(request: web.Request) -> str:
    """Return the path of the page whose form was sent; its own address cannot be opened, it only takes forms."""
    try:
        before = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return "/"
    return local_path(f"{before.path}?{before.query}" if before.query else before.path)


def step_up_path(wanted: str) -> str:
    """Return the address of the page that asks for a further key and comes back to a page afterwards."""
    return "/sign-in/step-up?" + urlencode({"next": local_path(wanted)})


def sign_in_path(wanted: str) -> str:
    """Return the address of the sign-in page that comes back to a page afterwards."""
    return "/sign-in?" + urlencode({"next": local_path(wanted)})


def with_query(path: str, rest: Mapping[str, str], **more: str | int) -> str:
    """Return an address with these values in its query; empty ones are left out."""
    values = {name: value for name, value in {**rest, **more}.items() if value}
    return f"{path}?{urlencode(values)}" if values else path

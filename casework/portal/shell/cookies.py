"""Our cookies: for this host alone where the desk runs on https, never readable by a script."""

from aiohttp import web

from casework.portal.shell.keys import shell


def is_https(request: web.Request) -> bool:
    """Return whether the desk is reached over https, whatever stands between the browser and this process."""
    return shell(request).desk.settings.public_url.startswith("https://")


def full_name(request: web.Request, name: str) -> str:
    """Return the name of a cookie; `__Host-` makes a browser refuse it from any other host or path (RFC 6265bis)."""
    return f"__Host-{name}" if is_https(request) else name


def read(request: web.Request, name: str) -> str:
    """Return the value of a cookie; nothing when there is none, or one that we cannot have given."""
    value = request.cookies.get(full_name(request, name), "")
    return value if value.isascii() else ""


def keep(request: web.Request, response: web.StreamResponse, name: str, value: str, max_age: int | None = None) -> None:
    """Give the browser a cookie. Lax, because the hyperlink of a mail must arrive signed in."""
    response.set_cookie(
        full_name(request, name),
        value,
        max_age=max_age,
        path="/",
        httponly=True,
        secure=is_https(request),
        samesite="Lax",
    )


def drop(request: web.Request, response: web.StreamResponse, name: str) -> None:
    """Take a cookie back."""
    response.del_cookie(full_name(request, name), path="/", httponly=True, secure=is_https(request), samesite="Lax")

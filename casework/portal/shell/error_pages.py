"""The one table that turns what went wrong into a page; no page shows anything of the inside."""

import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from aiohttp import web
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError

from casework.errors import AlreadyHandled, Conflict, InvalidInput, NotFound, NotPermitted, TransitionNotAllowed
from casework.portal.shell.csrf import SAFE_METHODS, Forged
from casework.portal.shell.language import guess_language
from casework.portal.shell.pages import render_page
from casework.portal.shell.redirects import local_path, sign_in_path
from casework.portal.shell.visitor import VISITOR, SignInNeeded, Visitor
from casework.portal.shell.wording import sentence

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class ErrorPage:
    """What a visitor reads when something went wrong: a title, and what they can do."""

    status: int
    title: str
    advice: str


NOT_FOUND = ErrorPage(
    404,
    sentence("Page not found"),
    sentence("This page does not exist, or it is not meant for you. Check the address, or begin at the start page."),
)
NOT_PERMITTED = ErrorPage(
    403, sentence("Not allowed"), sentence("You may not do this. If you think you should, write to the desk.")
)
FORGED = ErrorPage(
    403,
    sentence("The form was not accepted"),
    sentence("The page was open for too long, or it was not one of ours. Go back, reload the page and try again."),
)
SIGN_IN = ErrorPage(401, sentence("Sign in first"), sentence("Your session is over. Sign in and try again."))
INVALID = ErrorPage(
    422, sentence("Some of it cannot be used"), sentence("Go back, correct what you filled in and send it again.")
)
CONFLICT = ErrorPage(
    409,
    sentence("Changed meanwhile"),
    sentence("Somebody changed this while you were looking at it. Open it again to see how it stands now."),
)
TOO_LARGE = ErrorPage(
    413,
    sentence("Too large"),
    sentence("What you sent is too large. Send fewer or smaller files, or spread them over several messages."),
)
TOO_MANY = ErrorPage(429, sentence("Too many attempts"), sentence("Wait ten minutes and try again."))
UNAVAILABLE = ErrorPage(
    503,
    sentence("The desk is not available for a moment"),
    sentence("Try again in a few minutes. If you were sending something, check then whether it arrived."),
)
UNREADABLE = ErrorPage(400, sentence("The request cannot be read"), sentence("Go back and try again."))
BROKEN = ErrorPage(
    500,
    sentence("Something went wrong"),
    sentence("This is our fault, and it has been written down. Try again; if it stays, quote the reference below."),
)

BY_ERROR: tuple[tuple[type[Exception], ErrorPage], ...] = (
    (SignInNeeded, SIGN_IN),
    (Forged, FORGED),
    (NotFound, NOT_FOUND),
    (NotPermitted, NOT_PERMITTED),
    (InvalidInput, INVALID),
    (Conflict, CONFLICT),
    (TransitionNotAllowed, CONFLICT),
    (StaleDataError, CONFLICT),
    (OperationalError, UNAVAILABLE),
    (InterfaceError, UNAVAILABLE),
    (PoolTimeoutError, UNAVAILABLE),
)
BY_STATUS = {page.status: page for page in (UNREADABLE, NOT_FOUND, TOO_LARGE, TOO_MANY, NOT_PERMITTED)}


@web.middleware
async def show_errors(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Answer with a page whatever happens, in the language of the visitor."""
    request[VISITOR] = Visitor(guess_language(request))
    try:
        return await handler(request)
    except web.HTTPException as error:
        if error.status < 400:
            raise
        return _page_of_status(request, error)
    except Exception as error:  # the outermost place of a request
        if request.writer.output_size:
            raise  # part of another answer is on its way already
        return _page_of_error(request, error)


def _page_of_status(request: web.Request, error: web.HTTPException) -> web.Response:
    page = BY_STATUS.get(error.status)
    if page is None:
        page = ErrorPage(error.status, NOT_FOUND.title, NOT_FOUND.advice)
    response = _draw(request, page)
    for name in ("Allow", "Retry-After"):
        if name in error.headers:
            response.headers[name] = error.headers[name]
    return response


def _page_of_error(request: web.Request, error: Exception) -> web.Response:
    page = next((page for kind, page in BY_ERROR if isinstance(error, kind)), BROKEN)
    if page is SIGN_IN and request.method in SAFE_METHODS and "Upgrade" not in request.headers:
        return web.Response(status=302, headers={"Location": sign_in_path(request.path_qs)})
    if page not in (BROKEN, UNAVAILABLE):
        return _draw(request, page, error)
    reference = secrets.token_hex(4)
    log.error("request failed, reference %s: %s %s", reference, request.method, request.path, exc_info=error)
    return _draw(request, page, error, reference)


def _draw(request: web.Request, page: ErrorPage, error: Exception | None = None, reference: str = "") -> web.Response:
    return render_page(
        request,
        "portal/error.html",
        status=page.status,
        page=page,
        reference=reference,
        fields=error.fields if isinstance(error, InvalidInput) else {},
        handler=error.handler if isinstance(error, AlreadyHandled) else "",
        back=sign_in_path(_page_before(request)) if page is SIGN_IN else "",
    )


def _page_before(request: web.Request) -> str:
    """Return the path of the page whose form was sent; its own address cannot be opened, it only takes forms."""
    try:
        before = urlsplit(request.headers.get("Referer", ""))
    except ValueError:
        return "/"
    return local_path(f"{before.path}?{before.query}" if before.query else before.path)

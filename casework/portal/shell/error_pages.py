"""The one table that turns what went wrong into a page; no page shows anything of the inside."""

import logging
import secrets
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError

from casework.digital_keys.openid.provider import NotProven, ProviderFailed
from casework.errors import AlreadyHandled, Conflict, InvalidInput, NotFound, NotPermitted, TransitionNotAllowed
from casework.portal.shell.csrf import SAFE_METHODS, Forged
from casework.portal.shell.kept import keep_what_was_sent
from casework.portal.shell.language import guess_language
from casework.portal.shell.pages import render_page
from casework.portal.shell.redirects import page_before, see_other, sign_in_path, step_up_path
from casework.portal.shell.visitor import VISITOR, SignInNeeded, StepUpNeeded, Visitor
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
NOT_PROVEN = ErrorPage(
    403,
    sentence("You are not signed in"),
    sentence("The answer of the sign-in service cannot be used. Begin anew from the sign-in page."),
)
PROVIDER_FAILED = ErrorPage(
    503,
    sentence("The sign-in service does not answer"),
    sentence("Try again in a few minutes, or choose another key on the sign-in page."),
)
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
    (NotProven, NOT_PROVEN),
    (ProviderFailed, PROVIDER_FAILED),
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
        return await _page_of_error(request, error)


def _page_of_status(request: web.Request, error: web.HTTPException) -> web.Response:
    page = BY_STATUS.get(error.status)
    if page is None:
        page = ErrorPage(error.status, NOT_FOUND.title, NOT_FOUND.advice)
    response = _draw(request, page)
    for name in ("Allow", "Retry-After"):
        if name in error.headers:
            response.headers[name] = error.headers[name]
    return response


async def _page_of_error(request: web.Request, error: Exception) -> web.Response:
    page = next((page for kind, page in BY_ERROR if isinstance(error, kind)), BROKEN)
    is_page = request.method in SAFE_METHODS and "Upgrade" not in request.headers
    if isinstance(error, StepUpNeeded):
        back = request.path_qs if is_page else await keep_what_was_sent(request) or page_before(request)
        return see_other(step_up_path(back))
    if page is SIGN_IN:
        if is_page:
            return web.Response(status=302, headers={"Location": sign_in_path(request.path_qs)})
        return _draw(request, page, error, kept=await keep_what_was_sent(request))
    if page not in (BROKEN, UNAVAILABLE):
        return _draw(request, page, error)
    reference = secrets.token_hex(4)
    log.error("request failed, reference %s: %s %s", reference, request.method, request.path, exc_info=error)
    return _draw(request, page, error, reference)


def _draw(
    request: web.Request, page: ErrorPage, error: Exception | None = None, reference: str = "", kept: str = ""
) -> web.Response:
    return render_page(
        request,
        "portal/error.html",
        status=page.status,
        page=page,
        reference=reference,
        fields=error.fields if isinstance(error, InvalidInput) else {},
        handler=error.handler if isinstance(error, AlreadyHandled) else "",
        back=sign_in_path(kept or page_before(request)) if page is SIGN_IN else "",
        kept=bool(kept),
        again=_page_of_form(request) if page is CONFLICT else "",
    )


def _page_of_form(request: web.Request) -> str:
    """Return the path of the page whose form was sent, or nothing where that is not known."""
    before = page_before(request)
    return "" if before == "/" else before

"""The one table that turns what went wrong into a problem document (RFC 9457); it tells nothing of the inside."""

import json
import logging
import secrets
from collections.abc import Mapping
from http import HTTPStatus

from aiohttp import web
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.orm.exc import StaleDataError

from casework.errors import CaseworkError, Conflict, InvalidInput, NotFound, NotPermitted, TransitionNotAllowed

CONTENT_TYPE = "application/problem+json"

log = logging.getLogger(__name__)


class TokenNeeded(CaseworkError):
    """Send a token that is in force, as in `Authorization: Bearer balie_…`."""


class ScopeNeeded(NotPermitted):
    """Such use of this token is not possible: it lacks a scope."""


STATUS: tuple[tuple[type[Exception], int], ...] = (
    (TokenNeeded, 401),
    (NotFound, 404),
    (NotPermitted, 403),
    (InvalidInput, 422),
    (Conflict, 409),
    (TransitionNotAllowed, 409),
    (StaleDataError, 409),
    (OperationalError, 503),
    (InterfaceError, 503),
    (PoolTimeoutError, 503),
)
KEPT_HEADERS = ("Allow", "Retry-After")


def problem(
    status: int,
    detail: str,
    *,
    errors: Mapping[str, str] | None = None,
    headers: Mapping[str, str] | None = None,
) -> web.Response:
    """Return a problem document."""
    content = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": detail}
    body = json.dumps(content | ({"errors": dict(errors)} if errors else {}), ensure_ascii=False)
    return web.Response(text=body, status=status, content_type=CONTENT_TYPE, headers=headers)


def problem_of(request: web.Request, error: Exception) -> web.Response:
    """Return the problem document of an error; of one that nobody foresaw it tells a reference and no more."""
    if isinstance(error, web.HTTPException):
        kept = {name: error.headers[name] for name in KEPT_HEADERS if name in error.headers}
        return problem(error.status, HTTPStatus(error.status).description or error.reason, headers=kept)
    status = next((status for kind, status in STATUS if isinstance(error, kind)), 500)
    if status in {500, 503}:
        reference = secrets.token_hex(4)
        log.error("request failed, reference %s: %s %s", reference, request.method, request.path, exc_info=error)
        return problem(status, f"This is our fault; quote the reference {reference}.")
    if status == 401:
        return problem(401, str(error), headers={"WWW-Authenticate": "Bearer"})
    if isinstance(error, StaleDataError):
        return problem(409, str(Conflict()))
    return problem(status, str(error), errors=error.fields if isinstance(error, InvalidInput) else None)

"""Recognises the visitor of each request by their cookie, and begins and ends sessions."""

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.audit import service as audit
from casework.cases.models import Case
from casework.cases.store import WAITING_FOR_REQUESTER
from casework.people import sign_in
from casework.people import store as people
from casework.people.models import Person
from casework.portal.shell import cookies
from casework.portal.shell.assets import PREFIX
from casework.portal.shell.keys import Shell, shell
from casework.portal.shell.language import guess_language, remember_language
from casework.portal.shell.visitor import VISITOR, Visitor, visitor

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SESSION_COOKIE = "balie"
GUEST_COOKIE = "balie-guest"
TOUCH_AFTER = timedelta(minutes=1)


@web.middleware
async def recognise_visitor(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Find out who sends a request; whoever is not signed in gets a guest cookie, which their forms are bound to."""
    if request.path.startswith(PREFIX):
        return await handler(request)
    known = await _known_visitor(request, cookies.read(request, SESSION_COOKIE))
    if known is not None:
        request[VISITOR] = known
        return await handler(request)
    guest = cookies.read(request, GUEST_COOKIE)
    secret = guest or secrets.token_urlsafe(32)
    request[VISITOR] = Visitor(guess_language(request), csrf_token=_guest_token(shell(request), secret))
    response = await handler(request)
    if not response.prepared:
        remember_language(request, response)
        if not guest:
            cookies.keep(request, response, GUEST_COOKIE, secret)
    return response


def _guest_token(home: Shell, secret: str) -> str:
    return hmac.new(home.rules.key, f"guest form {secret}".encode(), hashlib.sha256).hexdigest()


async def _known_visitor(request: web.Request, token: str) -> Visitor | None:
    """Return the signed-in person of a session token, and keep their session alive; at most one write a minute."""
    if not token:
        return None
    home, now = shell(request), shell(request).desk.clock.now()
    async with home.database.reading() as session:
        found = await sign_in.find_session(session, home.rules, token, now)
        if found is None:
            return None
        actor = await people.actor(session, found.person_id)
        tasks = await _count_tasks(session, found.person_id)
    if now - found.last_seen_at >= TOUCH_AFTER:
        async with home.database.transaction() as session:
            await sign_in.touch_session(session, found.id, now)
    return Visitor(actor.language, actor, found.id, found.csrf_token, tasks)


async def is_open(request: web.Request) -> bool:
    """Return whether the session that a request came with is still open, without keeping it alive."""
    home = shell(request)
    token = cookies.read(request, SESSION_COOKIE)
    async with home.database.reading() as session:
        return await sign_in.find_session(session, home.rules, token, home.desk.clock.now()) is not None


def is_over(request: web.Request) -> bool:
    """Return whether a browser brings the cookie of a session that is no longer open."""
    return visitor(request).actor is None and bool(cookies.read(request, SESSION_COOKIE))


async def _count_tasks(session: AsyncSession, person_id: int) -> int:
    query = select(func.count()).where(Case.requester_id == person_id, Case.status_value.in_(WAITING_FOR_REQUESTER))
    return (await session.execute(query)).scalar_one()


async def begin(request: web.Request, session: AsyncSession, person: Person) -> str:
    """Begin a session with a new token, and end the one the browser came with. Returns the token."""
    home = shell(request)
    now = home.desk.clock.now()
    former = visitor(request).session_id
    if former is not None:
        await sign_in.end_session(session, former, now)
    return await sign_in.begin_session(session, person, now)


def hand_over(request: web.Request, response: web.StreamResponse, token: str) -> None:
    """Give the browser the cookie of its new session, in place of the guest's."""
    cookies.keep(request, response, SESSION_COOKIE, token)
    cookies.drop(request, response, GUEST_COOKIE)


async def end(request: web.Request, session: AsyncSession) -> None:
    """End the visitor's session for good, and write it down."""
    who = visitor(request)
    if who.session_id is None or who.actor is None:
        return
    now = shell(request).desk.clock.now()
    await sign_in.end_session(session, who.session_id, now)
    audit.record(session, at=now, action="signed_out", actor=who.actor, channel="web")


def forget(request: web.Request, response: web.StreamResponse) -> None:
    """Take the session cookie back from the browser."""
    cookies.drop(request, response, SESSION_COOKIE)

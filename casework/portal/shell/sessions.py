"""Recognises the visitor of each request by their cookie, and begins and ends sessions."""

import hashlib
import hmac
import secrets
from collections.abc import Awaitable, Callable
from datetime import timedelta

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from casework.audit import service as audit
from casework.digital_keys.secrecy import keyed_hash
from casework.people import sign_in
from casework.people.models import Level, Person
from casework.people.sign_in import OpenSession
from casework.portal.shell import cookies
from casework.portal.shell.assets import PREFIX
from casework.portal.shell.keys import Shell, shell
from casework.portal.shell.language import guess_language, remember_language
from casework.portal.shell.recognition import recognise
from casework.portal.shell.visitor import VISITOR, SignInNeeded, Visitor, visitor

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

SESSION_COOKIE = "balie"
GUEST_COOKIE = "balie-guest"
DEVICE_COOKIE = "balie-device"
DEVICE_SECONDS = 180 * 24 * 3600
TOUCH_AFTER = timedelta(minutes=1)
STATE_PATH = "/session"
GUEST = web.RequestKey("guest", str)


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
    request[GUEST] = secret
    request[VISITOR] = Visitor(
        guess_language(request), csrf_token=_guest_token(shell(request), secret), former=await _former(request)
    )
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
    async with home.database.glancing() as session:
        known = await recognise(session, home.rules, token, now)
    if known is None:
        return None
    found, actor = known.session, known.actor
    if now - found.last_seen_at >= TOUCH_AFTER and not _asks_in_background(request):
        async with home.database.transaction() as session:
            await sign_in.touch_session(session, found.id, now)
    return Visitor(actor.language, actor, found.id, found.csrf_token, known.tasks, found.level, found.proved_at)


def _asks_in_background(request: web.Request) -> bool:
    """Return whether a page asks by itself: that is no sign of a person, and keeps no session alive."""
    return request.path == STATE_PATH or "text/event-stream" in request.headers.get("Accept", "")


async def _former(request: web.Request) -> OpenSession | None:
    """Return the session that idled away in this browser, whose forms are kept until its person is back."""
    token = cookies.read(request, SESSION_COOKIE)
    if not token:
        return None
    home = shell(request)
    async with home.database.reading() as session:
        found = await sign_in.former_session(session, token)
    young = found is not None and found.last_seen_at > home.desk.clock.now() - sign_in.LONGEST_SESSION
    return found if young else None


def browser_mark(request: web.Request) -> str:
    """Return what a code or a visit to a provider is bound to: this browser's session, or its guest cookie."""
    who = visitor(request)
    known = f"session {who.session_id}" if who.session_id is not None else f"guest {request.get(GUEST, '')}"
    return keyed_hash(shell(request).rules.key, "browser", known)


def known_device(request: web.Request, person_id: int | None) -> str:
    """Return the mark of this browser if a person signed in from it before, else nothing."""
    mark, _, proof = cookies.read(request, DEVICE_COOKIE).partition(".")
    expected = keyed_hash(shell(request).rules.key, "device", mark, str(person_id))
    return mark if mark and hmac.compare_digest(proof.encode(), expected.encode()) else ""


def _remember_device(request: web.Request, response: web.StreamResponse, person_id: int) -> None:
    """Know this browser again when the person signs in next: the failures of strangers do not count for it."""
    mark = secrets.token_urlsafe(16)
    proof = keyed_hash(shell(request).rules.key, "device", mark, str(person_id))
    cookies.keep(request, response, DEVICE_COOKIE, f"{mark}.{proof}", DEVICE_SECONDS)


async def is_open(request: web.Request) -> bool:
    """Return whether the session that a request came with is still open, without keeping it alive."""
    home = shell(request)
    token = cookies.read(request, SESSION_COOKIE)
    async with home.database.reading() as session:
        return await sign_in.find_session(session, home.rules, token, home.desk.clock.now()) is not None


def is_over(request: web.Request) -> bool:
    """Return whether a browser brings the cookie of a session that is no longer open."""
    return visitor(request).actor is None and bool(cookies.read(request, SESSION_COOKIE))


async def begin(
    request: web.Request, session: AsyncSession, person: Person, *, level: Level = Level.LOW, way: str = "mail_code"
) -> str:
    """Begin a session with a new token, and end the one the browser came with. Returns the token."""
    home = shell(request)
    now = home.desk.clock.now()
    former = visitor(request).session_id
    if former is not None:
        await sign_in.end_session(session, former, now)
    return await sign_in.begin_session(session, person, now, level=level, way=way)


async def raise_level(request: web.Request, session: AsyncSession, level: Level, way: str) -> str:
    """Give the visitor's session the level that was just proven, under a new token, which is returned."""
    who, now = visitor(request), shell(request).desk.clock.now()
    if who.session_id is None or who.actor is None:
        raise SignInNeeded
    audit.record(session, at=now, action="proved_more", actor=who.actor, channel="web", details={"way": way})
    return await sign_in.raise_session(session, who.session_id, now, level, way)


def hand_over(request: web.Request, response: web.StreamResponse, token: str, person_id: int) -> None:
    """Give the browser the cookie of its new session, in place of the guest's, and know it again next time."""
    cookies.keep(request, response, SESSION_COOKIE, token)
    _remember_device(request, response, person_id)
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

"""Codes by e-mail, and the sessions of browsers; nobody learns from a code which addresses are known."""

import hashlib
import hmac
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import bindparam, func, select, true, update
from sqlalchemy.ext.asyncio import AsyncSession

from casework.audit import service as audit
from casework.db import rowcount
from casework.outbox import service as outbox
from casework.outbox.models import MailKind
from casework.people import store
from casework.people.models import Actor, CodePurpose, Level, Person, SignInCode, WebSession

CODE_LIFETIME = timedelta(minutes=10)
CODES_PER_HOUR = 5
ATTEMPTS_PER_CODE = 5
LONGEST_SESSION = timedelta(hours=12)


@dataclass(frozen=True)
class SignInRules:
    """The key that codes are hashed with, the idle time after which a session ends, and the source of codes.

    `behind` is how far the desk's clock is behind the world's, which telephones and providers go by: on demo data.
    """

    key: bytes
    idle: timedelta
    behind: timedelta = timedelta()
    draw: Callable[[], str] = lambda: f"{secrets.randbelow(1_000_000):06d}"

    def world_time(self, now: datetime) -> datetime:
        """Return the moment that other machines call by the desk's `now`."""
        return now + self.behind


@dataclass(frozen=True)
class OpenSession:
    """A session as the browser's cookie and the pages need it; `proved_at` is when its level was proven last."""

    id: int
    person_id: int
    csrf_token: str
    last_seen_at: datetime
    level: Level
    proved_at: datetime


@dataclass(frozen=True)
class Asking:
    """From where a code is asked or brought: the browser it is bound to, and whether the person used that before."""

    browser: str = ""
    known_device: bool = False
    purpose: CodePurpose = CodePurpose.SIGN_IN


def _code_hash(rules: SignInRules, address: str, code: str) -> str:
    return hmac.new(rules.key, f"sign-in {address} {code}".encode(), hashlib.sha256).hexdigest()


def _token_hash(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


async def request_code(
    session: AsyncSession, rules: SignInRules, address: str, now: datetime, asking: Asking | None = None
) -> None:
    """Mail a code to a known address; nothing happens for an unknown one, or after five codes in an hour.

    Browsers that the person signed in from before have five of their own, which no stranger can use up.
    """
    address = store.normalise_address(address)
    person = await store.person_by_address(session, address)
    if person is not None:
        await mail_code(session, rules, person, address, now, asking or Asking())


async def mail_code(
    session: AsyncSession, rules: SignInRules, person: Person, address: str, now: datetime, asking: Asking
) -> None:
    """Mail a code to a person, at an address that is or may become theirs; nothing after five codes in an hour."""
    if await _codes_since(session, address, now - timedelta(hours=1), asking) >= CODES_PER_HOUR:
        return
    code = rules.draw()
    session.add(
        SignInCode(
            address=address,
            person_id=person.id,
            code_hash=_code_hash(rules, address, code),
            purpose=asking.purpose,
            browser=asking.browser,
            known_device=asking.known_device,
            created_at=now,
            expires_at=now + CODE_LIFETIME,
        )
    )
    outbox.tell_address(
        session,
        kind=MailKind.SIGN_IN_CODE,
        address=address,
        language=person.language,
        context={"code": code, "minutes": int(CODE_LIFETIME.total_seconds() // 60)},
        now=now,
    )


async def _codes_since(session: AsyncSession, address: str, since: datetime, asking: Asking) -> int:
    query = select(func.count()).where(
        SignInCode.address == address,
        SignInCode.created_at > since,
        SignInCode.purpose == asking.purpose,
        SignInCode.known_device.is_(asking.known_device),
    )
    return (await session.execute(query)).scalar_one()


async def redeem_code(
    session: AsyncSession,
    rules: SignInRules,
    address: str,
    code: str,
    now: datetime,
    asking: Asking | None = None,
) -> Person | None:
    """Return the person whose code this is, and use it up; `None` for a wrong, late or used code.

    Each attempt counts against every code of this browser that is still good, so guessing ends after five attempts;
    what a stranger's browser guesses costs the person nothing.
    """
    address, asking = store.normalise_address(address), asking or Asking()
    usable = (
        (SignInCode.address == address)
        & (SignInCode.purpose == asking.purpose)
        & (SignInCode.browser == asking.browser)
        & SignInCode.used_at.is_(None)
        & (SignInCode.expires_at > now)
        & (SignInCode.attempts < ATTEMPTS_PER_CODE)
    )
    count = update(SignInCode).where(usable).values(attempts=SignInCode.attempts + 1).returning(SignInCode.id)
    tried = (await session.execute(count)).scalars().all()
    wanted = _code_hash(rules, address, "".join(code.split()))
    query = select(SignInCode).where(SignInCode.id.in_(tried), SignInCode.code_hash == wanted)
    found = (await session.execute(query.order_by(SignInCode.id.desc()).limit(1))).scalar_one_or_none()
    if found is None or found.person_id is None:
        return None
    used = await session.execute(
        update(SignInCode).where(SignInCode.id == found.id, SignInCode.used_at.is_(None)).values(used_at=now)
    )
    return await store.person(session, found.person_id) if rowcount(used) == 1 else None


async def begin_session(
    session: AsyncSession, person: Person, now: datetime, *, level: Level = Level.LOW, way: str = "mail_code"
) -> str:
    """Open a session with a new secret token and return the token: only its hash is kept."""
    token = secrets.token_urlsafe(32)
    session.add(
        WebSession(
            token_hash=_token_hash(token),
            person_id=person.id,
            csrf_token=secrets.token_urlsafe(32),
            level=int(level),
            way=way,
            proved_at=now,
            created_at=now,
            last_seen_at=now,
        )
    )
    actor = Actor(person.id, person.name, person.language)
    audit.record(session, at=now, action="signed_in", actor=actor, channel="web", details={"way": way})
    return token


async def raise_session(session: AsyncSession, session_id: int, now: datetime, level: Level, way: str) -> str:
    """Give a session a level that was just proven, and a new token, which is returned; the former is worth nothing."""
    token = secrets.token_urlsafe(32)
    held = await session.get_one(WebSession, session_id)
    held.token_hash, held.proved_at, held.last_seen_at = _token_hash(token), now, now
    held.level, held.way = max(held.level, int(level)), way
    await session.flush()
    return token


STILL_OPEN = (
    Person.active,
    WebSession.token_hash == bindparam("token_hash"),
    WebSession.ended_at.is_(None),
    WebSession.last_seen_at > bindparam("seen_after"),
    WebSession.created_at > bindparam("created_after"),
)
"""What holds for a session that did not end, did not idle, is not too old, and whose person did not leave."""

_OPEN_SESSION = select(WebSession).join(Person, Person.id == WebSession.person_id).where(*STILL_OPEN)


def asked_for(rules: SignInRules, token: str, now: datetime) -> dict[str, object]:
    """Return what `STILL_OPEN` asks about the session of a cookie."""
    return {
        "token_hash": _token_hash(token),
        "seen_after": now - rules.idle,
        "created_after": now - LONGEST_SESSION,
    }


async def find_session(session: AsyncSession, rules: SignInRules, token: str, now: datetime) -> OpenSession | None:
    """Return the session of a cookie, unless it ended, idled, is older than twelve hours, or its person left."""
    found = (await session.execute(_OPEN_SESSION, asked_for(rules, token, now))).scalar_one_or_none()
    return as_open(found) if found else None


def as_open(found: WebSession) -> OpenSession:
    """Return a session as pages need it."""
    return OpenSession(
        found.id,
        found.person_id,
        found.csrf_token,
        found.last_seen_at,
        Level(found.level),
        found.proved_at or found.created_at,
    )


async def former_session(session: AsyncSession, token: str) -> OpenSession | None:
    """Return the session that a cookie once opened, also when it idled away; not one that was ended on purpose."""
    query = select(WebSession).where(WebSession.token_hash == _token_hash(token), WebSession.ended_at.is_(None))
    found = (await session.execute(query)).scalar_one_or_none()
    return as_open(found) if found else None


async def time_left(session: AsyncSession, rules: SignInRules, session_id: int, now: datetime) -> timedelta:
    """Return how long a session lasts if nobody touches it: to the end of its idle time, or of its twelve hours."""
    held = await session.get_one(WebSession, session_id)
    return max(min(held.last_seen_at + rules.idle, held.created_at + LONGEST_SESSION) - now, timedelta())


async def touch_session(session: AsyncSession, session_id: int, now: datetime) -> None:
    """Write down that a session was used, so that its idle time begins anew."""
    await session.execute(update(WebSession).where(WebSession.id == session_id).values(last_seen_at=now))


async def end_session(session: AsyncSession, session_id: int, now: datetime) -> None:
    """End a session for good."""
    await session.execute(update(WebSession).where(WebSession.id == session_id).values(ended_at=now))


async def end_all_sessions(session: AsyncSession, person_id: int, now: datetime, *, but: int | None = None) -> None:
    """End every session of a person, but one that they may want to keep."""
    theirs = (WebSession.person_id == person_id) & WebSession.ended_at.is_(None)
    kept = WebSession.id != but if but is not None else true()
    await session.execute(update(WebSession).where(theirs, kept).values(ended_at=now))

"""Makes, finds and revokes the tokens of programs."""

import hashlib
import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.ext.asyncio import AsyncSession

from casework.api.models import ApiToken, Scope
from casework.audit import service as audit
from casework.db import rowcount
from casework.errors import InvalidInput, NotFound
from casework.people import store as people
from casework.people.models import Actor, Person, Role

PREFIX = "balie_"  # so that scanners for lost secrets know one when they see it
LONGEST_LIFE = timedelta(days=366)
LONGEST_NAME = 100
TOUCH_AFTER = timedelta(minutes=1)


@dataclass(frozen=True)
class Holder:
    """Who a token speaks for, and what it may be used for."""

    token_id: int
    actor: Actor
    scopes: frozenset[str]


def _hashed(token: str) -> str:
    """Return what is kept of a token: with 256 bits of chance in it, a plain hash cannot be turned round."""
    return hashlib.sha256(token.encode()).hexdigest()


async def person_with(session: AsyncSession, address: str) -> Person:
    """Return the person with an address. Raises `InvalidInput`."""
    person = await people.person_by_address(session, address)
    if person is None:
        raise InvalidInput({"address": f"nobody has the address {address}"})
    return person


async def make(
    session: AsyncSession,
    *,
    name: str,
    person: Person | None,
    roles: Collection[Role],
    scopes: Collection[Scope],
    life: timedelta,
    maker: Actor,
    channel: str,
    now: datetime,
) -> str:
    """Make a token for a person, or without one for a service with these roles; this is the only time it is told.

    Raises `InvalidInput`.
    """
    name = " ".join(name.split())[:LONGEST_NAME]
    wrong = {}
    if not name:
        wrong["name"] = "a name is needed, such as that of the program"
    if not scopes:
        wrong["scopes"] = "at least one scope is needed"
    if not timedelta(days=1) <= life <= LONGEST_LIFE:
        wrong["days"] = f"between 1 and {LONGEST_LIFE.days} days are possible"
    if (person is None) == (not roles):
        wrong["roles"] = "a token acts either as a person or as a service with roles"
    if wrong:
        raise InvalidInput(wrong)
    token = PREFIX + secrets.token_urlsafe(32)
    session.add(
        ApiToken(
            name=name,
            token_hash=_hashed(token),
            person_id=person.id if person else None,
            roles=sorted(role.value for role in roles),
            scopes=sorted(scope.value for scope in scopes),
            made_by=maker.name,
            made_at=now,
            expires_at=now + life,
        )
    )
    details = {"name": name, "as": person.name if person else "", "scopes": sorted(scope.value for scope in scopes)}
    audit.record(session, at=now, action="token_made", actor=maker, channel=channel, details=details)
    return token


async def revoke(session: AsyncSession, token_id: int, *, by: Actor, channel: str, now: datetime) -> None:
    """End a token for good. Raises `NotFound`, also for one that was revoked before."""
    query = update(ApiToken).where(ApiToken.id == token_id, ApiToken.revoked_at.is_(None)).values(revoked_at=now)
    if rowcount(await session.execute(query)) != 1:
        raise NotFound(f"there is no token {token_id} that is in force; `balie api list` shows them")
    name = (await session.execute(select(ApiToken.name).where(ApiToken.id == token_id))).scalar_one()
    details = {"name": name, "token": token_id}
    audit.record(session, at=now, action="token_revoked", actor=by, channel=channel, details=details)


async def find(session: AsyncSession, token: str, now: datetime) -> Holder | None:
    """Return the holder of a token, unless it is unknown, expired or revoked, or its person is no longer active."""
    query = (
        select(ApiToken, Person.active)
        .outerjoin(Person, Person.id == ApiToken.person_id)
        .where(ApiToken.token_hash == _hashed(token), ApiToken.revoked_at.is_(None), ApiToken.expires_at > now)
    )
    found = (await session.execute(query)).one_or_none()
    if found is None:
        return None
    held, active = found
    if held.person_id is None:
        actor = Actor(None, held.name, "en", frozenset(Role(role) for role in held.roles))
    elif active:
        actor = await people.actor(session, held.person_id)
    else:
        return None
    return Holder(held.id, actor, frozenset(held.scopes))


async def touch(session: AsyncSession, token_id: int, now: datetime) -> None:
    """Write down that a token was used, at most once a minute."""
    unused = ApiToken.last_used_at.is_(None) | (ApiToken.last_used_at < now - TOUCH_AFTER)
    await session.execute(update(ApiToken).where(ApiToken.id == token_id, unused).values(last_used_at=now))


async def all_tokens(session: AsyncSession) -> Sequence[tuple[ApiToken, Person | None]]:
    """Return every token that was ever made, each with its person, the newest first."""
    query = select(ApiToken, Person).outerjoin(Person, Person.id == ApiToken.person_id).order_by(ApiToken.id.desc())
    return [(token, person) for token, person in await session.execute(query)]

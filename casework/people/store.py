"""Reads about people, one question each."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from typing import Any, TypeVar

from sqlalchemy import bindparam, exists, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework import past_session
from casework.people import organisations
from casework.people.models import Actor, EmailAddress, Person, PersonRole, Role, Team
from casework.sqlite_rows import StandingQuery

# What each mail asks is put together once: putting a statement together costs more than carrying it out. Nor does it
# write what waits to be written: `people.importing` is the one who brings people, and flushes.
_ASKED = {"autoflush": False}
_PRIMARY_ADDRESS = StandingQuery(
    select(EmailAddress.address).where(EmailAddress.person_id == bindparam("person_id"), EmailAddress.is_primary)
)
_PERSON_BY_ADDRESS = (
    select(Person)
    .join(EmailAddress, EmailAddress.person_id == Person.id)
    .where(EmailAddress.address == bindparam("address"), EmailAddress.verified_at.is_not(None), Person.active)
    .execution_options(**_ASKED)
)
ROLES = StandingQuery(select(PersonRole.role).where(PersonRole.person_id == bindparam("person_id")))
"""The roles of a person, for whoever asks nothing else."""
_HANDLERS = (
    select(Person)
    .join(PersonRole, PersonRole.person_id == Person.id)
    .where(PersonRole.role == Role.HANDLER, Person.active)
    .order_by(Person.id)
    .execution_options(**_ASKED)
)
_HANDLERS_OF_TEAM = _HANDLERS.join(Team, Team.id == Person.team_id).where(Team.name == bindparam("team"))


_REMEMBERED = "people that were asked for"

Answer = TypeVar("Answer")


def remember(session: AsyncSession) -> None:
    """Have a session ask for each person once: for a transaction that works on many mails, and changes nobody."""
    session.info[_REMEMBERED] = {}


async def _once(session: AsyncSession, question: tuple[Any, ...], ask: Callable[[], Awaitable[Answer]]) -> Answer:
    """Return the answer to a question, from memory if this session remembers."""
    remembered: dict[tuple[Any, ...], Any] | None = session.info.get(_REMEMBERED)
    if remembered is None:
        return await ask()
    if question not in remembered:
        remembered[question] = await ask()
    answer: Answer = remembered[question]
    return answer


def normalise_address(address: str) -> str:
    """Return an e-mail address in the one form that is stored and compared: trimmed, lower case."""
    return address.strip().lower()


async def person(session: AsyncSession, person_id: int) -> Person:
    """Return one person, from memory if this session has met them; a missing one is a bug."""
    return await _once(session, ("person", person_id), lambda: session.get_one(Person, person_id))


async def person_and_address(session: AsyncSession, person_id: int) -> tuple[Person, str]:
    """Return a person with the address that our mails to them go to."""

    async def ask() -> tuple[Person, str]:
        [(address,)] = await past_session.find(session, _PRIMARY_ADDRESS, person_id=person_id)
        return await person(session, person_id), address

    return await _once(session, ("person and address", person_id), ask)


async def person_by_address(session: AsyncSession, address: str) -> Person | None:
    """Return the active person who owns a verified address, if any."""
    wanted = normalise_address(address)

    async def ask() -> Person | None:
        return (await session.execute(_PERSON_BY_ADDRESS, {"address": wanted})).scalar_one_or_none()

    return await _once(session, ("person by address", wanted), ask)


async def addresses(session: AsyncSession, person_id: int) -> Sequence[EmailAddress]:
    """Return all addresses of a person, the primary one first."""
    query = select(EmailAddress).where(EmailAddress.person_id == person_id)
    return (await session.execute(query.order_by(EmailAddress.is_primary.desc(), EmailAddress.id))).scalars().all()


async def primary_address(session: AsyncSession, person_id: int) -> str:
    """Return the address that our mails to a person go to."""
    query = select(EmailAddress.address).where(EmailAddress.person_id == person_id, EmailAddress.is_primary)
    return (await session.execute(query)).scalar_one()


async def primary_addresses(session: AsyncSession, person_ids: Iterable[int]) -> dict[int, str]:
    """Return the primary address of each of these people, in one query."""
    query = select(EmailAddress.person_id, EmailAddress.address).where(
        EmailAddress.is_primary, EmailAddress.person_id.in_(set(person_ids))
    )
    return {person_id: address for person_id, address in await session.execute(query)}


async def names(session: AsyncSession, person_ids: Iterable[int]) -> dict[int, str]:
    """Return the name of each of these people, in one query."""
    query = select(Person.id, Person.first_name, Person.last_name).where(Person.id.in_(set(person_ids)))
    return {person_id: f"{first} {last}" for person_id, first, last in await session.execute(query)}


async def roles(session: AsyncSession, person_id: int) -> frozenset[Role]:
    """Return the roles of a person."""

    async def ask() -> frozenset[Role]:
        held = await past_session.find(session, ROLES, person_id=person_id)
        return frozenset(Role(role) for (role,) in held)

    return await _once(session, ("roles", person_id), ask)


async def actor(session: AsyncSession, person_id: int) -> Actor:
    """Return a person as an actor, with their roles."""
    return await actor_of(session, await person(session, person_id), await roles(session, person_id))


async def actor_of(session: AsyncSession, who: Person, held: frozenset[Role]) -> Actor:
    """Return a person as an actor with these roles, who as local HR serves an organisation and its parts."""
    is_local_hr = Role.LOCAL_HR in held
    serves = await organisations.with_parts(session, who.organisation_id) if is_local_hr else frozenset()
    return Actor(who.id, who.name, who.language, held, who.organisation_id, serves=serves, shortcuts=who.shortcuts)


async def handlers(session: AsyncSession, team_name: str | None = None) -> Sequence[Person]:
    """Return the active handlers, of one team when it is named and has any; else all of them."""

    async def ask() -> Sequence[Person]:
        if team_name is not None:
            of_team = await session.execute(_HANDLERS_OF_TEAM, {"team": team_name})
            if found := of_team.scalars().all():
                return found
        return (await session.execute(_HANDLERS)).scalars().all()

    return await _once(session, ("handlers", team_name), ask)


async def advisers(session: AsyncSession, team_id: int) -> Sequence[Person]:
    """Return the active people of a team who can be asked for advice: its handlers, and those of the legal cell."""
    advises = exists().where(PersonRole.person_id == Person.id, PersonRole.role.in_((Role.HANDLER, Role.LEGAL)))
    query = select(Person).where(Person.team_id == team_id, Person.active, advises).order_by(Person.id)
    return (await session.execute(query)).scalars().all()


async def teams(session: AsyncSession) -> Sequence[Team]:
    """Return every team, by name."""
    return (await session.execute(select(Team).order_by(Team.name))).scalars().all()


async def team_names(session: AsyncSession) -> Sequence[str]:
    """Return the name of every team."""
    return (await session.execute(select(Team.name).order_by(Team.name))).scalars().all()

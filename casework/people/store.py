"""Reads about people, one question each."""

from collections.abc import Iterable, Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.people import organisations
from casework.people.models import Actor, EmailAddress, Person, PersonRole, Role, Team


def normalise_address(address: str) -> str:
    """Return an e-mail address in the one form that is stored and compared: trimmed, lower case."""
    return address.strip().lower()


async def person(session: AsyncSession, person_id: int) -> Person:
    """Return one person, from memory if this session has met them; a missing one is a bug."""
    return await session.get_one(Person, person_id)


async def person_and_address(session: AsyncSession, person_id: int) -> tuple[Person, str]:
    """Return a person with the address that our mails to them go to, in one query."""
    query = (
        select(Person, EmailAddress.address)
        .join(EmailAddress, EmailAddress.person_id == Person.id)
        .where(Person.id == person_id, EmailAddress.is_primary)
    )
    who, address = (await session.execute(query)).one()
    return who, address


async def person_by_address(session: AsyncSession, address: str) -> Person | None:
    """Return the active person who owns a verified address, if any."""
    query = (
        select(Person)
        .join(EmailAddress, EmailAddress.person_id == Person.id)
        .where(EmailAddress.address == normalise_address(address), EmailAddress.verified_at.is_not(None), Person.active)
    )
    return (await session.execute(query)).scalar_one_or_none()


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
    query = select(PersonRole.role).where(PersonRole.person_id == person_id)
    return frozenset(Role(role) for role in (await session.execute(query)).scalars())


async def actor(session: AsyncSession, person_id: int) -> Actor:
    """Return a person as an actor, with their roles."""
    who = await person(session, person_id)
    held = await roles(session, person_id)
    is_local_hr = Role.LOCAL_HR in held
    serves = await organisations.with_parts(session, who.organisation_id) if is_local_hr else frozenset()
    return Actor(who.id, who.name, who.language, held, who.organisation_id, serves=serves)


async def handlers(session: AsyncSession, team_name: str | None = None) -> Sequence[Person]:
    """Return the active handlers, of one team when it is named and has any; else all of them."""
    query = (
        select(Person)
        .join(PersonRole, PersonRole.person_id == Person.id)
        .where(PersonRole.role == Role.HANDLER, Person.active)
        .order_by(Person.id)
    )
    if team_name is not None:
        of_team = query.join(Team, Team.id == Person.team_id).where(Team.name == team_name)
        if found := (await session.execute(of_team)).scalars().all():
            return found
    return (await session.execute(query)).scalars().all()

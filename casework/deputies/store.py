"""Reads who stands in for whom, one question each."""

from collections.abc import Collection, Sequence
from datetime import date

from sqlalchemy import ColumnElement, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.deputies.models import Deputy
from casework.people.models import Person


def _in_force(first_on: date, last_on: date) -> ColumnElement[bool]:
    return Deputy.ended_at.is_(None) & (Deputy.first_on <= last_on) & (Deputy.last_on >= first_on)


async def standing_in(session: AsyncSession, person_ids: Collection[int], on: date) -> dict[int, int]:
    """Return the deputy on a day of each of these people who has one; one hop, and nobody who has left."""
    query = (
        select(Deputy.person_id, Deputy.deputy_id)
        .join(Person, Person.id == Deputy.deputy_id)
        .where(Deputy.person_id.in_(person_ids), _in_force(on, on), Person.active)
    )
    return {person_id: deputy_id for person_id, deputy_id in await session.execute(query)}


async def stands_in_for(session: AsyncSession, deputy_id: int, person_id: int, on: date) -> bool:
    """Return whether somebody is the deputy of another on a day."""
    return (await standing_in(session, [person_id], on)).get(person_id) == deputy_id


async def touching(session: AsyncSession, person_id: int, first_on: date, last_on: date) -> Sequence[Deputy]:
    """Return what is in force within these days and in which a person is the one, or the other."""
    own = or_(Deputy.person_id == person_id, Deputy.deputy_id == person_id)
    return (await session.execute(select(Deputy).where(own, _in_force(first_on, last_on)))).scalars().all()


async def of_person(session: AsyncSession, person_id: int, today: date) -> Sequence[Deputy]:
    """Return what a person has or will have to do with deputies, as either side, the earliest first."""
    own = or_(Deputy.person_id == person_id, Deputy.deputy_id == person_id)
    query = select(Deputy).where(own, Deputy.ended_at.is_(None), Deputy.last_on >= today)
    return (await session.execute(query.order_by(Deputy.first_on, Deputy.id))).scalars().all()


async def everyone(session: AsyncSession, today: date) -> Sequence[Deputy]:
    """Return every deputy of today and later, the earliest first: for admins."""
    query = select(Deputy).where(Deputy.ended_at.is_(None), Deputy.last_on >= today)
    return (await session.execute(query.order_by(Deputy.first_on, Deputy.id))).scalars().all()

"""Reads the calendar of an organisation; what it does not say itself is that of the organisation above it."""

from collections.abc import Collection, Mapping, Sequence
from datetime import date, time

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.calendars.models import ClosedDay, OpeningHours
from casework.calendars.working_time import WorkingCalendar
from casework.people import organisations


async def of_organisation(session: AsyncSession, organisation_id: int) -> WorkingCalendar:
    """Return when an organisation works: its own hours or the nearest above it, and the closed days of all of them."""
    return (await of_organisations(session, [organisation_id]))[organisation_id]


async def of_organisations(session: AsyncSession, organisation_ids: Collection[int]) -> dict[int, WorkingCalendar]:
    """Return when each of these organisations works, in three queries however many they are."""
    lines = await organisations.lines_of(session, organisation_ids)
    concerned = {one for line in lines.values() for one in line}
    closed: dict[int, set[date]] = {one: set() for one in concerned}
    query = select(ClosedDay.organisation_id, ClosedDay.on).where(ClosedDay.organisation_id.in_(concerned))
    for organisation_id, on in await session.execute(query):
        closed[organisation_id].add(on)
    asked = select(OpeningHours).where(OpeningHours.organisation_id.in_(concerned))
    hours = {row.organisation_id: row for row in (await session.execute(asked)).scalars()}
    return {one: _calendar(line, closed, hours) for one, line in lines.items()}


def _calendar(
    line: Sequence[int], closed: Mapping[int, set[date]], hours: Mapping[int, OpeningHours]
) -> WorkingCalendar:
    closed_on = frozenset(on for one in line for on in closed[one])
    own = next((hours[one] for one in line if one in hours), None)
    if own is None:
        return WorkingCalendar(closed_on=closed_on)
    return WorkingCalendar(
        opens=time.fromisoformat(own.opens),
        closes=time.fromisoformat(own.closes),
        weekdays=frozenset(int(digit) - 1 for digit in own.weekdays),
        closed_on=closed_on,
    )

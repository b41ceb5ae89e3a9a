"""Reads the calendar of an organisation; what it does not say itself is that of the organisation above it."""

from datetime import time

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.calendars.models import ClosedDay, OpeningHours
from casework.calendars.working_time import WorkingCalendar
from casework.people import organisations


async def of_organisation(session: AsyncSession, organisation_id: int) -> WorkingCalendar:
    """Return when an organisation works: its own hours or the nearest above it, and the closed days of all of them."""
    line = await organisations.line_of(session, organisation_id)
    query = select(ClosedDay.on).where(ClosedDay.organisation_id.in_(line))
    closed = frozenset((await session.execute(query)).scalars())
    hours = {
        row.organisation_id: row
        for row in (await session.execute(select(OpeningHours).where(OpeningHours.organisation_id.in_(line)))).scalars()
    }
    own = next((hours[one] for one in line if one in hours), None)
    if own is None:
        return WorkingCalendar(closed_on=closed)
    return WorkingCalendar(
        opens=time.fromisoformat(own.opens),
        closes=time.fromisoformat(own.closes),
        weekdays=frozenset(int(digit) - 1 for digit in own.weekdays),
        closed_on=closed,
    )

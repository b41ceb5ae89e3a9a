"""Finds what payroll wrote on timelines, as an admin filters the case log."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases.models import Case
from casework.messages.models import Channel, Event, EventKind
from casework.people import finding
from casework.portal.shell.log_filter import LogFilter

KINDS = (EventKind.PAY_EFFECT, EventKind.PROBLEM)


@dataclass(frozen=True)
class Entries:
    """Pairs of an event and the number of its case, the newest first, and where older ones begin, if there are any."""

    rows: Sequence[tuple[Event, str]]
    next_before: int | None


async def find(session: AsyncSession, chosen: LogFilter, before: int | None, limit: int) -> Entries:
    """Return the entries that an admin looks for, below an id."""
    if chosen.channel not in {"", Channel.SYSTEM}:
        return Entries((), None)
    query = select(Event, Case.number).join(Case, Case.id == Event.case_id).where(Event.kind.in_(KINDS))
    query = _looked_for(query, chosen)
    if before is not None:
        query = query.where(Event.id < before)
    found = await session.execute(query.order_by(Event.id.desc()).limit(limit + 1))
    rows = [(event, number) for event, number in found]
    return Entries(rows[:limit], rows[limit - 1][0].id if len(rows) > limit else None)


def _looked_for(query: Any, chosen: LogFilter) -> Any:
    if chosen.number:
        query = query.where(Case.number == chosen.number)
    if chosen.begins_at is not None:
        query = query.where(Event.at >= chosen.begins_at)
    if chosen.ends_at is not None:
        query = query.where(Event.at < chosen.ends_at)
    if chosen.person:
        query = query.where(Case.requester_id.in_(finding.ids_of(chosen.person)))
    return query

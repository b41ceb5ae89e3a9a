"""Says who has read a case, from the log of readings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, exists, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.audit.models import AuditEntry
from casework.cases.models import Case
from casework.messages.models import EventKind
from casework.people.models import PersonRole, Role

READ = "read"
FROM_REQUESTER = (EventKind.OPENED, EventKind.MESSAGE)
FROM_DESK = (EventKind.ANSWER, EventKind.QUESTION)


@dataclass(frozen=True)
class Readings:
    """Since when the latest words of each side are read by the other; `None` while they are not, or there are none.

    `seen` changes when one of the two does, and never because somebody reads again.
    """

    by_team_at: datetime | None
    by_requester_at: datetime | None
    seen: int


async def of_case(session: AsyncSession, case: Case) -> Readings:
    """Return who of the two sides has read what the other wrote last; a handler who acted on it has read it."""
    is_handler = exists().where(PersonRole.person_id == AuditEntry.actor_id, PersonRole.role == Role.HANDLER)
    by_team = await _first_after(session, case, FROM_REQUESTER, (AuditEntry.actor_id != case.requester_id) & is_handler)
    by_requester = await _first_after(session, case, FROM_DESK, AuditEntry.actor_id == case.requester_id)
    return Readings(
        by_team_at=by_team.at if by_team else None,
        by_requester_at=by_requester.at if by_requester else None,
        seen=max(by_team.id if by_team else 0, by_requester.id if by_requester else 0),
    )


async def _first_after(
    session: AsyncSession, case: Case, kinds: Sequence[EventKind], by: ColumnElement[bool]
) -> AuditEntry | None:
    """Return the first thing that these people did on a case after its last entry of these kinds."""
    written = select(func.max(AuditEntry.id)).where(AuditEntry.case_id == case.id, AuditEntry.action.in_(kinds))
    query = select(AuditEntry).where(AuditEntry.case_id == case.id, AuditEntry.id > written.scalar_subquery(), by)
    return (await session.execute(query.order_by(AuditEntry.id).limit(1))).scalar_one_or_none()


async def readers(session: AsyncSession, case: Case) -> list[tuple[str, datetime]]:
    """Return everybody who opened a case, each with the last time, the latest first."""
    last = func.max(AuditEntry.id)
    query = select(last).where(AuditEntry.case_id == case.id, AuditEntry.action == READ).group_by(AuditEntry.actor_id)
    entries = select(AuditEntry.actor, AuditEntry.at).where(AuditEntry.id.in_(query)).order_by(AuditEntry.id.desc())
    return [(actor, at) for actor, at in await session.execute(entries)]

"""Says who has read a case, from the log of readings."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ColumnElement, ScalarSelect, bindparam, exists, func, or_, select
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


def _first_after(kinds: Sequence[EventKind], by: ColumnElement[bool]) -> ScalarSelect[int | None]:
    """Return the number of the first thing that these people did on a case after its last entry of these kinds."""
    of_case = AuditEntry.case_id == bindparam("case_id")
    written = select(func.max(AuditEntry.id)).where(of_case, AuditEntry.action.in_(kinds)).scalar_subquery()
    return select(func.min(AuditEntry.id)).where(of_case, AuditEntry.id > written, by).scalar_subquery()


_IS_REQUESTER = AuditEntry.actor_id == bindparam("requester_id")
_IS_HANDLER = exists().where(PersonRole.person_id == AuditEntry.actor_id, PersonRole.role == Role.HANDLER)
_BY_TEAM = _first_after(FROM_REQUESTER, (AuditEntry.actor_id != bindparam("requester_id")) & _IS_HANDLER)
_BY_REQUESTER = _first_after(FROM_DESK, _IS_REQUESTER)
_READINGS = select(AuditEntry.id, AuditEntry.at, AuditEntry.actor_id).where(
    or_(AuditEntry.id == _BY_TEAM, AuditEntry.id == _BY_REQUESTER)
)


async def of_case(session: AsyncSession, case: Case) -> Readings:
    """Return who of the two sides has read what the other wrote last; a handler who acted on it has read it."""
    found = (await session.execute(_READINGS, {"case_id": case.id, "requester_id": case.requester_id})).all()
    return Readings(
        by_team_at=next((at for _, at, actor_id in found if actor_id != case.requester_id), None),
        by_requester_at=next((at for _, at, actor_id in found if actor_id == case.requester_id), None),
        seen=max((entry_id for entry_id, _, _ in found), default=0),
    )


async def readers(session: AsyncSession, case: Case) -> list[tuple[str, datetime]]:
    """Return everybody who opened a case, each with the last time, the latest first."""
    last = func.max(AuditEntry.id)
    query = select(last).where(AuditEntry.case_id == case.id, AuditEntry.action == READ).group_by(AuditEntry.actor_id)
    entries = select(AuditEntry.actor, AuditEntry.at).where(AuditEntry.id.in_(query)).order_by(AuditEntry.id.desc())
    return [(actor, at) for actor, at in await session.execute(entries)]

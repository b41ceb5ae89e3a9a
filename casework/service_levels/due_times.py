"""Keeps by when each case is due, so that thousands of them can be sorted and counted by it."""

from datetime import timedelta

from sqlalchemy import Select, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.approvals.models import Approval, ApprovalState
from casework.cases.models import Case, Status
from casework.db import Database
from casework.desk import Desk
from casework.service_levels import service
from casework.service_levels.models import DueTime
from casework.service_levels.running import Whose

BATCH = 100
REFRESH = timedelta(days=1)  # a calendar or a promise may have changed meanwhile
_APPROVAL_OPEN = (
    select(Approval.id)
    .where(Approval.case_id == Case.id, Approval.state == ApprovalState.OPEN)
    .correlate(Case)
    .exists()
)


async def reckon_stale(database: Database, desk: Desk) -> int:
    """Reckon again what changed since it was reckoned; returns how many cases that were."""
    count = 0
    while True:
        async with database.reading() as session:
            stale = list((await session.execute(_stale(desk))).scalars())
        if not stale:
            return count
        async with database.transaction() as session:
            for case_id in stale:
                await reckon(session, desk, case_id)
        count += len(stale)


def _stale(desk: Desk) -> Select[int]:
    return (
        select(Case.id)
        .outerjoin(DueTime, DueTime.case_id == Case.id)
        .where(
            Case.status_value != Status.CLOSED_COMPLETE,
            or_(
                DueTime.case_id.is_(None),
                DueTime.case_version != Case.version,
                DueTime.approval_open != _APPROVAL_OPEN,
                DueTime.reckoned_at < desk.clock.now() - REFRESH,
            ),
        )
        .order_by(Case.id)
        .limit(BATCH)
    )


async def reckon(session: AsyncSession, desk: Desk, case_id: int) -> None:
    """Write down by when one case is due, as it now stands."""
    case, approval_open = (await session.execute(select(Case, _APPROVAL_OPEN).where(Case.id == case_id))).one()
    stands = await service.standing(session, desk, case)
    due_at = stands.ran_out_at or stands.due_at if stands.whose is Whose.DESK else None
    await session.merge(
        DueTime(
            case_id=case_id,
            due_at=due_at,
            case_version=case.version,
            approval_open=approval_open,
            reckoned_at=desk.clock.now(),
        )
    )

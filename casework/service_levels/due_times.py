"""Keeps by when each case is due, so that thousands of them can be sorted and counted by it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Select, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from casework.approvals.models import Approval, ApprovalState
from casework.cases.models import NEVER, Case
from casework.cases.store import NOT_CLOSED
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


@dataclass(frozen=True)
class Reckoned:
    """By when a case is due, and of which state of it that holds."""

    kept: DueTime
    due_at: datetime


async def reckon_stale(database: Database, desk: Desk) -> int:
    """Reckon again what changed since it was reckoned; returns how many cases that were.

    A case that somebody else is changing meanwhile is left for the next time.
    """
    count = 0
    while True:
        async with database.reading() as session:
            stale = (await session.execute(_stale(desk))).scalars().all()
            reckoned = [await _reckon(session, desk, case_id) for case_id in stale]
        if not reckoned:
            return count
        async with database.transaction() as session:
            kept = await _keep(session, reckoned)
        if not kept:
            return count
        count += kept


def _stale(desk: Desk) -> Select[int]:
    return (
        select(Case.id)
        .outerjoin(DueTime, DueTime.case_id == Case.id)
        .where(
            NOT_CLOSED,
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


async def _reckon(session: AsyncSession, desk: Desk, case_id: int) -> Reckoned:
    """Return by when one case is due, as it now stands."""
    case, approval_open = (await session.execute(select(Case, _APPROVAL_OPEN).where(Case.id == case_id))).one()
    stands = await service.standing(session, desk, case)
    due_at = stands.ran_out_at or stands.due_at if stands.whose is Whose.DESK else None
    kept = DueTime(
        case_id=case_id, case_version=case.version, approval_open=approval_open, reckoned_at=desk.clock.now()
    )
    return Reckoned(kept, due_at or NEVER)


async def _keep(session: AsyncSession, reckoned: Sequence[Reckoned]) -> int:
    """Write down what was reckoned, but for cases that are held or have changed; returns how many it was.

    Nothing is waited for, so that this can stand in the way of nobody who waits for it.
    """
    wanted = select(Case.id, Case.version).where(Case.id.in_([one.kept.case_id for one in reckoned]))
    held = await session.execute(wanted.order_by(Case.id).with_for_update(skip_locked=True))
    versions = {case_id: version for case_id, version in held}
    still = [one for one in reckoned if versions.get(one.kept.case_id) == one.kept.case_version]
    for one in still:
        await session.merge(one.kept)
        write = update(Case).where(Case.id == one.kept.case_id).values(due_at=one.due_at)
        await session.execute(write, execution_options={"synchronize_session": False})
    return len(still)

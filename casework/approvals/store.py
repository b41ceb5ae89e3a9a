"""Reads approvals, one question each."""

from collections.abc import Sequence

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.approvals.models import Approval, ApprovalState, Asking
from casework.cases.models import Case
from casework.errors import NotFound


async def approval(session: AsyncSession, approval_id: int) -> Approval:
    """Return one approval. Raises `NotFound`."""
    found = await session.get(Approval, approval_id)
    if found is None:
        raise NotFound
    return found


# Every start page and every page of a case asks these: they are put together once.
_LAST_ROUND = select(func.max(Approval.round)).where(Approval.case_id == bindparam("case_id")).scalar_subquery()
_OF_CASE = (
    select(Approval)
    .where(Approval.case_id == bindparam("case_id"), Approval.round == _LAST_ROUND)
    .order_by(Approval.step)
)
_COUNT_WAITING = (
    select(func.count(Approval.id.distinct()))
    .join(Asking, Asking.approval_id == Approval.id)
    .where(Asking.person_id == bindparam("person_id"), Asking.ended_at.is_(None), Approval.state == ApprovalState.OPEN)
)


_WAITING = (
    select(Approval, Asking, Case)
    .join(Asking, Asking.approval_id == Approval.id)
    .join(Case, Case.id == Approval.case_id)
    .where(Asking.person_id == bindparam("person_id"), Asking.ended_at.is_(None), Approval.state == ApprovalState.OPEN)
    .order_by(Approval.id)
)


async def of_case(session: AsyncSession, case_id: int) -> Sequence[Approval]:
    """Return the approvals that count for a case: those of its last round, in their order."""
    return (await session.execute(_OF_CASE, {"case_id": case_id})).scalars().all()


async def askings(session: AsyncSession, approval_id: int) -> Sequence[Asking]:
    """Return who is asked for an approval now, in the order in which they were."""
    query = select(Asking).where(Asking.approval_id == approval_id, Asking.ended_at.is_(None))
    return (await session.execute(query.order_by(Asking.id))).scalars().all()


async def was_asked(session: AsyncSession, approval_id: int, person_id: int | None) -> bool:
    """Return whether a person is or ever was asked for an approval."""
    query = select(Asking.id).where(Asking.approval_id == approval_id, Asking.person_id == person_id).limit(1)
    return (await session.execute(query)).scalar_one_or_none() is not None


async def asking_of_mail(session: AsyncSession, mail_id: int, person_id: int) -> Asking | None:
    """Return what a mail asked a person, also if it is over by now."""
    query = select(Asking).where(Asking.mail_id == mail_id, Asking.person_id == person_id)
    return (await session.execute(query)).scalar_one_or_none()


async def waiting_for(
    session: AsyncSession, person_id: int, limit: int | None = None
) -> Sequence[tuple[Approval, Asking, Case]]:
    """Return the open approvals that a person can decide, the oldest first."""
    query = _WAITING if limit is None else _WAITING.limit(limit)
    return [(one, asking, case) for one, asking, case in await session.execute(query, {"person_id": person_id})]


async def count_waiting_for(session: AsyncSession, person_id: int) -> int:
    """Return how many approvals a person can decide."""
    return (await session.execute(_COUNT_WAITING, {"person_id": person_id})).scalar_one()


async def decided_by(session: AsyncSession, person_id: int, limit: int = 20) -> Sequence[tuple[Approval, Case]]:
    """Return the last approvals that a person gave or refused, the newest first."""
    query = (
        select(Approval, Case)
        .join(Case, Case.id == Approval.case_id)
        .where(Approval.decided_by_id == person_id)
        .order_by(Approval.decided_at.desc(), Approval.id.desc())
        .limit(limit)
    )
    return [(one, case) for one, case in await session.execute(query)]


async def open_ids(session: AsyncSession) -> Sequence[int]:
    """Return every approval that waits for somebody."""
    query = select(Approval.id).where(Approval.state == ApprovalState.OPEN).order_by(Approval.id)
    return (await session.execute(query)).scalars().all()

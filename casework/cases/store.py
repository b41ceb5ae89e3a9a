"""Reads cases, one question each."""

from collections.abc import Collection, Sequence

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases.models import Case, CaseLink, CaseWatcher, Status
from casework.errors import NotFound

WAITING_FOR_REQUESTER = (Status.AWAITING_INFO, Status.AWAITING_ACCEPTANCE)


async def by_number(session: AsyncSession, number: str) -> Case:
    """Return the case with a number. Raises `NotFound`."""
    case = (await session.execute(select(Case).where(Case.number == number.upper()))).scalar_one_or_none()
    if case is None:
        raise NotFound(f"there is no case {number}")
    return case


async def by_id(session: AsyncSession, case_id: int) -> Case:
    """Return one case; the id comes from our own tables, so a missing one is a bug."""
    return (await session.execute(select(Case).where(Case.id == case_id))).scalar_one()


async def locked(session: AsyncSession, case_id: int) -> Case:
    """Return one case as it stands now, and let nobody else change it before this transaction ends."""
    query = select(Case).where(Case.id == case_id).with_for_update()
    return (await session.execute(query, execution_options={"populate_existing": True})).scalar_one()


async def all_cases(session: AsyncSession) -> Sequence[Case]:
    """Return every case, oldest first."""
    return (await session.execute(select(Case).order_by(Case.id))).scalars().all()


async def of_requester(session: AsyncSession, person_id: int) -> Sequence[Case]:
    """Return a person's own cases, newest first."""
    query = select(Case).where(Case.requester_id == person_id).order_by(Case.id.desc())
    return (await session.execute(query)).scalars().all()


async def of_organisations(
    session: AsyncSession, organisation_ids: Collection[int], *, older_than: int | None, limit: int
) -> Sequence[Case]:
    """Return the cases of the staff of these organisations, the newest first, from before a case on if one is named."""
    query = select(Case).where(Case.organisation_id.in_(organisation_ids))
    if older_than is not None:
        query = query.where(Case.id < older_than)
    return (await session.execute(query.order_by(Case.id.desc()).limit(limit))).scalars().all()


async def waiting_for(session: AsyncSession, person_id: int) -> Sequence[Case]:
    """Return a person's own cases that wait for something from them, oldest first."""
    query = select(Case).where(Case.requester_id == person_id, Case.status_value.in_(WAITING_FOR_REQUESTER))
    return (await session.execute(query.order_by(Case.id))).scalars().all()


async def queue(session: AsyncSession, *, handler_id: int | None, limit: int = 200) -> Sequence[Case]:
    """Return the cases that are not closed: a handler's own, or with `None` those that nobody has; oldest first."""
    query = select(Case).where(Case.status_value != Status.CLOSED_COMPLETE)
    mine = Case.handler_id.is_(None) if handler_id is None else Case.handler_id == handler_id
    return (await session.execute(query.where(mine).order_by(Case.id).limit(limit))).scalars().all()


async def linked_numbers(session: AsyncSession, case_id: int) -> list[str]:
    """Return the numbers of the cases that a case goes on from, or that go on from it."""
    query = (
        select(Case.number)
        .join(CaseLink, or_(CaseLink.case_id == Case.id, CaseLink.earlier_id == Case.id))
        .where(or_(CaseLink.case_id == case_id, CaseLink.earlier_id == case_id), Case.id != case_id)
        .order_by(Case.number)
    )
    return list((await session.execute(query)).scalars().unique())


async def watcher_ids(session: AsyncSession, case_id: int) -> Sequence[int]:
    """Return who follows a case, in the order in which they began."""
    query = select(CaseWatcher.person_id).where(CaseWatcher.case_id == case_id, CaseWatcher.left_at.is_(None))
    return (await session.execute(query.order_by(CaseWatcher.id))).scalars().all()

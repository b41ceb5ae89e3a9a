"""Reads cases, one question each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from sqlalchemy import ColumnElement, Select, bindparam, func, literal_column, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases.models import Case, CaseLink, CaseWatcher, Status
from casework.errors import NotFound
from casework.messages.models import Channel, Message, MessageKind
from casework.sqlite_rows import StandingQuery

WAITING_FOR_REQUESTER = (Status.AWAITING_INFO, Status.AWAITING_ACCEPTANCE)
NOT_CLOSED = Case.status_value != literal_column(f"'{Status.CLOSED_COMPLETE}'")
"""What is not closed, written out as the indexes of the queue have it: a value given apart would not find them."""
LATEST = 1_000  # cases of an organisation that say what it uses today

# What most pages ask is put together once: putting a statement together costs more than carrying it out.
_BY_NUMBER = select(Case).where(Case.number == bindparam("number"))
OF_REQUESTER = StandingQuery(
    select(Case.number, Case.subject, Case.status_value)
    .where(Case.requester_id == bindparam("person_id"))
    .order_by(Case.id.desc())
)
"""Number, subject and status of each of a person's own cases, the newest first."""
_OPEN = (
    select(Case, func.count().over())
    .where(Case.requester_id == bindparam("person_id"), Case.status_value != Status.CLOSED_COMPLETE)
    .order_by(Case.id.desc())
    .limit(bindparam("limit"))
)
_LINKED = (
    select(Case)
    .join(CaseLink, or_(CaseLink.case_id == Case.id, CaseLink.earlier_id == Case.id))
    .where(
        or_(CaseLink.case_id == bindparam("case_id"), CaseLink.earlier_id == bindparam("case_id")),
        Case.id != bindparam("case_id"),
    )
    .order_by(Case.number)
)
_WATCHERS = (
    select(CaseWatcher.person_id)
    .where(CaseWatcher.case_id.in_(bindparam("case_ids", expanding=True)), CaseWatcher.left_at.is_(None))
    .order_by(CaseWatcher.id)
)


async def by_number(session: AsyncSession, number: str) -> Case:
    """Return the case with a number. Raises `NotFound`."""
    case = (await session.execute(_BY_NUMBER, {"number": number.upper()})).scalar_one_or_none()
    if case is None:
        raise NotFound(f"there is no case {number}")
    return case


async def by_id(session: AsyncSession, case_id: int) -> Case:
    """Return one case; the id comes from our own tables, so a missing one is a bug."""
    return (await session.execute(select(Case).where(Case.id == case_id))).scalar_one()


async def answered_since(
    session: AsyncSession, people: Collection[int], since: datetime, begun_by: Channel
) -> Sequence[tuple[Message, Case]]:
    """Return what handlers wrote to these people since a moment on cases that began in a channel, but not through it.

    The oldest comes first.
    """
    query = (
        select(Message, Case)
        .join(Case, Case.id == Message.case_id)
        .where(Case.requester_id.in_(people), Case.channel == begun_by)
        .where(Message.kind.in_((MessageKind.ANSWER, MessageKind.QUESTION)), Message.channel != begun_by)
        .where(Message.written_at >= since)
        .order_by(Message.id)
    )
    return [(message, case) for message, case in await session.execute(query)]


async def locked(session: AsyncSession, case_id: int) -> Case:
    """Return one case as it stands now, and let nobody else change it before this transaction ends."""
    query = select(Case).where(Case.id == case_id).with_for_update()
    return (await session.execute(query, execution_options={"populate_existing": True})).scalar_one()


async def merged_into(session: AsyncSession, case_id: int) -> Sequence[Case]:
    """Return the cases that go on within a case, and those that do within these, oldest first."""
    within = select(Case.id).where(Case.merged_into_id == case_id).cte("within", recursive=True)
    within = within.union(select(Case.id).where(Case.merged_into_id == within.c.id))
    query = select(Case).where(Case.id.in_(select(within.c.id))).order_by(Case.id)
    return (await session.execute(query)).scalars().all()


def with_survivors(case_ids: Select[int]) -> Select[int]:
    """Return the query for the ids of these cases and of those within which they go on."""
    reached = case_ids.cte("reached", recursive=True)
    [reached_id] = reached.c
    further = select(Case.merged_into_id).join(reached, Case.id == reached_id)
    reached = reached.union(further.where(Case.merged_into_id.is_not(None)))
    return select(*reached.c)


async def surviving(session: AsyncSession, case: Case) -> Case:
    """Return the case within which a case goes on, at the end; for any other, the case itself."""
    while case.merged_into_id is not None:
        case = await by_id(session, case.merged_into_id)
    return case


async def all_cases(session: AsyncSession) -> Sequence[Case]:
    """Return every case, oldest first."""
    return (await session.execute(select(Case).order_by(Case.id))).scalars().all()


async def of_organisations(
    session: AsyncSession, organisation_ids: Collection[int], *, older_than: int | None, limit: int
) -> Sequence[Case]:
    """Return the cases of the staff of these organisations, the newest first, from before a case on if one is named."""
    query = select(Case).where(Case.organisation_id.in_(organisation_ids))
    if older_than is not None:
        query = query.where(Case.id < older_than)
    return (await session.execute(query.order_by(Case.id.desc()).limit(limit))).scalars().all()


class Order(StrEnum):
    """In which order a person wants their cases."""

    NEWEST = "newest"
    OLDEST = "oldest"
    SUBJECT = "subject"
    STATUS = "status"


ORDERS = {
    Order.NEWEST: (Case.id.desc(),),
    Order.OLDEST: (Case.id,),
    Order.SUBJECT: (func.lower(Case.subject), Case.id.desc()),
    Order.STATUS: (Case.status_value, Case.id.desc()),
}


@dataclass(frozen=True)
class Wanted:
    """Which of their cases somebody wants to see, and in which order."""

    is_closed: bool | None = None
    form_key: str | None = None
    order: Order = Order.NEWEST


async def page_of_requester(
    session: AsyncSession, person_id: int, wanted: Wanted, *, limit: int, offset: int
) -> Sequence[Case]:
    """Return some of a person's own cases."""
    query = select(Case).where(Case.requester_id == person_id)
    if wanted.is_closed is not None:
        closed = Case.status_value == Status.CLOSED_COMPLETE
        query = query.where(closed if wanted.is_closed else ~closed)
    if wanted.form_key is not None:
        query = query.where(Case.form_key == wanted.form_key)
    query = query.order_by(*ORDERS[wanted.order]).limit(limit).offset(offset)
    return (await session.execute(query)).scalars().all()


async def open_of_requester(session: AsyncSession, person_id: int, limit: int) -> tuple[Sequence[Case], int]:
    """Return a person's own cases that are not closed, newest first, and how many there are in all."""
    rows = (await session.execute(_OPEN, {"person_id": person_id, "limit": limit})).all()
    return [case for case, _ in rows], rows[0][1] if rows else 0


async def waiting_for(session: AsyncSession, person_id: int, limit: int) -> Sequence[Case]:
    """Return a person's own cases that wait for something from them, oldest first."""
    query = select(Case).where(Case.requester_id == person_id, Case.status_value.in_(WAITING_FOR_REQUESTER))
    return (await session.execute(query.order_by(Case.id).limit(limit))).scalars().all()


async def forms_used_by(session: AsyncSession, person_id: int, limit: int) -> Sequence[str]:
    """Return the keys of the forms that a person filed, the most used first."""
    return await _most_used(session, Case.requester_id == person_id, limit)


async def forms_used_in(session: AsyncSession, organisation_id: int, limit: int) -> Sequence[str]:
    """Return the keys of the forms on which an organisation has its latest cases, the most used first."""
    latest = select(Case.id).where(Case.organisation_id == organisation_id).order_by(Case.id.desc()).limit(LATEST)
    return await _most_used(session, Case.id.in_(latest), limit)


async def _most_used(session: AsyncSession, which: ColumnElement[bool], limit: int) -> Sequence[str]:
    used = func.count().label("used")
    query = select(Case.form_key).where(which, Case.form_key.is_not(None)).group_by(Case.form_key)
    keys = (await session.execute(query.order_by(used.desc(), Case.form_key).limit(limit))).scalars()
    return [key for key in keys if key]


async def linked(session: AsyncSession, case_id: int) -> Sequence[Case]:
    """Return the cases that a case is tied to; whether somebody may know of each is for the caller to ask."""
    return (await session.execute(_LINKED, {"case_id": case_id})).scalars().unique().all()


async def watcher_ids(session: AsyncSession, *case_ids: int) -> Sequence[int]:
    """Return who follows one of these cases, each once, in the order in which they began."""
    return list(dict.fromkeys((await session.execute(_WATCHERS, {"case_ids": case_ids})).scalars()))

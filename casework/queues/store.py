"""Reads the queue: a page of it in one query, and all its counters in another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import (
    ColumnElement,
    ScalarSelect,
    Select,
    and_,
    bindparam,
    case,
    func,
    or_,
    select,
    true,
    tuple_,
    union,
)
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from casework.advice.models import Advice, AdviceState
from casework.approvals.models import Approval, ApprovalState
from casework.cases import store as cases
from casework.cases.models import NEVER, Case
from casework.cases.store import NOT_CLOSED, WAITING_FOR_REQUESTER
from casework.db import UtcDateTime
from casework.people.models import Person, Team
from casework.queues.filters import Awaited, Due, Holder, Order, QueueFilter
from casework.referral.models import Consultation, ConsultationState
from casework.search import service as search

PAGE = 50
MOST_COUNTED = 1_000  # cases of a view: nobody looks through more, and counting on would grow with the queue
_Requester, _Handler = aliased(Person), aliased(Person)
# With nothing added to it, a status would be looked up in an index of its own, and all that it finds be sorted.
_status: ColumnElement[str] = Case.status_value + ""
_FOR_REQUESTER = _status.in_(WAITING_FOR_REQUESTER)
_APPROVAL_OPEN = Case.id.in_(select(Approval.case_id).where(Approval.state == ApprovalState.OPEN))
_ADVISED_ON = union(
    select(Advice.case_id).where(Advice.state == AdviceState.OPEN),
    select(Consultation.case_id).where(Consultation.state == ConsultationState.SENT),
).subquery()
_ADVICE_OPEN = Case.id.in_(cases.with_survivors(select(_ADVISED_ON.c.case_id)))
_AWAITED = {
    Awaited.REQUESTER: _FOR_REQUESTER,
    Awaited.APPROVER: ~_FOR_REQUESTER & _APPROVAL_OPEN,
    Awaited.ADVISER: ~_FOR_REQUESTER & ~_APPROVAL_OPEN & _ADVICE_OPEN,
    Awaited.DESK: ~_FOR_REQUESTER & ~_APPROVAL_OPEN & ~_ADVICE_OPEN,
}
_WHOSE_TURN = case(
    (_FOR_REQUESTER, Awaited.REQUESTER.value),
    (_APPROVAL_OPEN, Awaited.APPROVER.value),
    (_ADVICE_OPEN, Awaited.ADVISER.value),
    else_=Awaited.DESK.value,
)


@dataclass(frozen=True)
class Standpoint:
    """Who looks at the queue and when; `soon_at` ends what is due soon, `forms_of_team` come from the catalogue."""

    person_id: int
    now: datetime
    soon_at: datetime
    forms_of_team: Mapping[str, frozenset[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class QueueRow:
    """A case in the queue, with what the list says of it."""

    case: Case
    awaited: Awaited
    requester: str
    handler: str
    language: str

    @property
    def due_at(self) -> datetime | None:
        """By when the desk has to answer, or had to; none while the clock stands still."""
        return self.case.due_at if self.case.due_at < NEVER else None


@dataclass(frozen=True)
class QueuePage:
    """Some of the queue, and where the next page begins, if there is more."""

    rows: Sequence[QueueRow]
    next_after: str = ""


def _in_queue(stand: Standpoint) -> ColumnElement[bool]:
    """Return what every view leaves out: what is closed, and one's own requests, which others work on."""
    return and_(NOT_CLOSED, Case.requester_id != stand.person_id)


def _conditions(session: AsyncSession, wanted: QueueFilter, stand: Standpoint) -> ColumnElement[bool]:
    of_team = Case.form_key.in_(stand.forms_of_team.get(wanted.team, ()))
    mine = Case.handler_id == stand.person_id
    overdue = Case.due_at <= stand.now
    soon = (Case.due_at > stand.now) & (Case.due_at <= stand.soon_at)
    asked: list[tuple[object, Callable[[], ColumnElement[bool]]]] = [
        (wanted.holder, lambda: mine if wanted.holder is Holder.MINE else Case.handler_id.is_(None)),
        (wanted.team, lambda: or_(Case.handler_id.in_(_members(wanted.team)), Case.handler_id.is_(None) & of_team)),
        (wanted.form, lambda: Case.form_key == wanted.form),
        (wanted.organisation, lambda: Case.organisation_id == wanted.organisation),
        (wanted.language, lambda: _speaks(wanted.language)),
        (wanted.status, lambda: _status == wanted.status),
        (wanted.due, lambda: overdue if wanted.due is Due.OVER else soon),
        (wanted.awaited, lambda: _AWAITED[wanted.awaited or Awaited.DESK]),
        (wanted.words, lambda: search.holding(session, wanted.words)),
    ]
    conditions: list[ColumnElement[bool]] = [condition() for value, condition in asked if value]
    return and_(true(), *conditions)


def _members(team: str) -> Select[int]:
    return select(Person.id).join(Team, Team.id == Person.team_id).where(Team.name == team)


def _speaks(language: str) -> ColumnElement[bool]:
    return select(Person.id).where(Person.id == Case.requester_id, Person.language == language).correlate(Case).exists()


async def page(session: AsyncSession, wanted: QueueFilter, stand: Standpoint, after: str = "") -> QueuePage:
    """Return the cases behind a place in the queue; a place that cannot be understood is its beginning."""
    query = (
        select(Case, _WHOSE_TURN, _Requester, _Handler.first_name, _Handler.last_name)
        .join(_Requester, _Requester.id == Case.requester_id)
        .outerjoin(_Handler, _Handler.id == Case.handler_id)
        .where(_in_queue(stand), _conditions(session, wanted, stand), *_behind(wanted.order, after))
        .order_by(*_sorting(wanted.order))
        .limit(PAGE + 1)
    )
    rows = [
        QueueRow(
            case=row, awaited=Awaited(turn), requester=requester.name, language=requester.language,
            handler=f"{first} {last}" if first else "",
        )
        for row, turn, requester, first, last in await session.execute(query)
    ]  # fmt: skip
    more = len(rows) > PAGE
    return QueuePage(rows[:PAGE], _place(wanted.order, rows[PAGE - 1].case) if more else "")


def _sorting(order: Order) -> tuple[ColumnElement[Any], ...]:
    if order is Order.DUE:
        return (Case.due_at.asc(), Case.id.asc())
    return (Case.id.desc() if order is Order.NEWEST else Case.id.asc(),)


def _place(order: Order, last: Case) -> str:
    return f"{last.due_at.isoformat()}~{last.id}" if order is Order.DUE else str(last.id)


def _behind(order: Order, after: str) -> list[ColumnElement[bool]]:
    at, _, typed = after.rpartition("~")
    if not (typed.isascii() and typed.isdigit() and len(typed) <= 12):
        return []
    case_id = int(typed)
    if order is not Order.DUE:
        return [Case.id < case_id if order is Order.NEWEST else Case.id > case_id]
    try:
        due_at = datetime.fromisoformat(at)
    except ValueError:
        return []
    if due_at.tzinfo is None:
        return []
    return [tuple_(Case.due_at, Case.id) > tuple_(bindparam("due_at", due_at, UtcDateTime), case_id)]


async def counts(session: AsyncSession, views: Sequence[QueueFilter], stand: Standpoint) -> list[int]:
    """Return how many cases each view holds, all of them with one question; beyond `MOST_COUNTED` one more than that.

    Each stops counting there, so that the answer does not take longer the more there is.
    """
    if not views:
        return []
    row = (await session.execute(select(*(_count(session, view, stand) for view in views)))).one()
    return [int(count) for count in row]


def _count(session: AsyncSession, view: QueueFilter, stand: Standpoint) -> ScalarSelect[int]:
    held = select(Case.id).where(_in_queue(stand), _conditions(session, view, stand)).order_by(*_sorting(view.order))
    return select(func.count()).select_from(held.limit(MOST_COUNTED + 1).subquery()).scalar_subquery()

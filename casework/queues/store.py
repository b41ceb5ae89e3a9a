"""Reads the queue: a page of it in one query, and all its counters in another."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import ColumnElement, Select, and_, case, func, literal, or_, select, true
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from casework.advice.models import Advice, AdviceState
from casework.approvals.models import Approval, ApprovalState
from casework.cases.models import Case, Status
from casework.cases.store import WAITING_FOR_REQUESTER
from casework.db import UtcDateTime
from casework.people.models import Person, Team
from casework.queues.filters import Awaited, Due, Holder, Order, QueueFilter
from casework.referral.models import Consultation, ConsultationState
from casework.search import service as search
from casework.service_levels.models import DueTime

PAGE = 50
_NEVER = datetime(9999, 1, 1, tzinfo=UTC)
_Requester, _Handler = aliased(Person), aliased(Person)
_APPROVAL_OPEN = (
    select(Approval.id)
    .where(Approval.case_id == Case.id, Approval.state == ApprovalState.OPEN)
    .correlate(Case)
    .exists()
)
_ADVICE_OPEN = or_(
    select(Advice.id).where(Advice.case_id == Case.id, Advice.state == AdviceState.OPEN).correlate(Case).exists(),
    select(Consultation.id)
    .where(Consultation.case_id == Case.id, Consultation.state == ConsultationState.SENT)
    .correlate(Case)
    .exists(),
)
_FOR_REQUESTER = Case.status_value.in_(WAITING_FOR_REQUESTER)
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
_due = func.coalesce(DueTime.due_at, literal(_NEVER, UtcDateTime))


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
    due_at: datetime | None
    awaited: Awaited
    requester: str
    handler: str
    language: str


@dataclass(frozen=True)
class QueuePage:
    """Some of the queue, and where the next page begins, if there is more."""

    rows: Sequence[QueueRow]
    next_after: str = ""


def _in_queue(stand: Standpoint) -> ColumnElement[bool]:
    """Return what every view leaves out: what is closed, and one's own requests, which others work on."""
    return and_(Case.status_value != Status.CLOSED_COMPLETE, Case.requester_id != stand.person_id)


def _conditions(session: AsyncSession, wanted: QueueFilter, stand: Standpoint) -> ColumnElement[bool]:
    of_team = Case.form_key.in_(stand.forms_of_team.get(wanted.team, ()))
    mine = Case.handler_id == stand.person_id
    overdue = DueTime.due_at <= stand.now
    soon = (DueTime.due_at > stand.now) & (DueTime.due_at <= stand.soon_at)
    asked: list[tuple[object, Callable[[], ColumnElement[bool]]]] = [
        (wanted.holder, lambda: mine if wanted.holder is Holder.MINE else Case.handler_id.is_(None)),
        (wanted.team, lambda: or_(Team.name == wanted.team, Case.handler_id.is_(None) & of_team)),
        (wanted.form, lambda: Case.form_key == wanted.form),
        (wanted.organisation, lambda: Case.organisation_id == wanted.organisation),
        (wanted.language, lambda: _Requester.language == wanted.language),
        (wanted.status, lambda: Case.status_value == wanted.status),
        (wanted.due, lambda: overdue if wanted.due is Due.OVER else soon),
        (wanted.awaited, lambda: _AWAITED[wanted.awaited or Awaited.DESK]),
        (wanted.words, lambda: search.holding(session, wanted.words)),
    ]
    conditions: list[ColumnElement[bool]] = [condition() for value, condition in asked if value]
    return and_(true(), *conditions)


def _joined(query: Select[*tuple[Any, ...]]) -> Select[*tuple[Any, ...]]:
    return (
        query.select_from(Case)
        .join(_Requester, _Requester.id == Case.requester_id)
        .outerjoin(_Handler, _Handler.id == Case.handler_id)
        .outerjoin(Team, Team.id == _Handler.team_id)
        .outerjoin(DueTime, DueTime.case_id == Case.id)
    )


async def page(session: AsyncSession, wanted: QueueFilter, stand: Standpoint, after: str = "") -> QueuePage:
    """Return the cases behind a place in the queue; a place that cannot be understood is its beginning."""
    query = _joined(select(Case, DueTime.due_at, _WHOSE_TURN, _Requester, _Handler.first_name, _Handler.last_name))
    query = query.where(_in_queue(stand), _conditions(session, wanted, stand), *_behind(wanted.order, after))
    query = query.order_by(*_sorting(wanted.order)).limit(PAGE + 1)
    rows = [
        QueueRow(
            case=row, due_at=due_at, awaited=Awaited(turn), requester=requester.name, language=requester.language,
            handler=f"{first} {last}" if first else "",
        )
        for row, due_at, turn, requester, first, last in await session.execute(query)
    ]  # fmt: skip
    more = len(rows) > PAGE
    return QueuePage(rows[:PAGE], _place(wanted.order, rows[PAGE - 1]) if more else "")


def _sorting(order: Order) -> tuple[ColumnElement[Any], ...]:
    if order is Order.DUE:
        return (_due.asc(), Case.id.asc())
    return (Case.id.desc() if order is Order.NEWEST else Case.id.asc(),)


def _place(order: Order, last: QueueRow) -> str:
    return f"{(last.due_at or _NEVER).isoformat()}~{last.case.id}" if order is Order.DUE else str(last.case.id)


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
    return [or_(_due > due_at, and_(_due == due_at, Case.id > case_id))]


async def counts(session: AsyncSession, views: Sequence[QueueFilter], stand: Standpoint) -> list[int]:
    """Return how many cases each view holds, all of them from one walk over the queue."""
    if not views:
        return []
    columns: list[ColumnElement[Any]] = [func.count(case((_conditions(session, view, stand), 1))) for view in views]
    query = _joined(select(*columns)).where(_in_queue(stand))
    return [int(count) for count in (await session.execute(query)).one()]

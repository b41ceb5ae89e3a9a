"""The only door to a case's status."""

from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases.models import Case, Status
from casework.clock import Clock
from casework.errors import TransitionNotAllowed
from casework.messages import service as messages
from casework.messages.models import Channel, EventKind
from casework.people.models import THE_DESK, Actor

ALLOWED: dict[Status, frozenset[Status]] = {
    Status.OPEN: frozenset(
        {Status.ASSIGNED, Status.WORK_IN_PROGRESS, Status.AWAITING_INFO, Status.AWAITING_ACCEPTANCE}
    ),
    Status.ASSIGNED: frozenset(
        {Status.OPEN, Status.WORK_IN_PROGRESS, Status.AWAITING_INFO, Status.AWAITING_ACCEPTANCE}
    ),
    Status.WORK_IN_PROGRESS: frozenset({Status.ASSIGNED, Status.AWAITING_INFO, Status.AWAITING_ACCEPTANCE}),
    Status.AWAITING_INFO: frozenset({Status.WORK_IN_PROGRESS, Status.AWAITING_ACCEPTANCE}),
    Status.AWAITING_ACCEPTANCE: frozenset({Status.WORK_IN_PROGRESS, Status.AWAITING_INFO, Status.CLOSED_COMPLETE}),
    Status.CLOSED_COMPLETE: frozenset(),
}

MERGEABLE = frozenset({Status.OPEN, Status.ASSIGNED, Status.WORK_IN_PROGRESS, Status.AWAITING_INFO})
"""From where a case can go on within another: no answer of it waits for its requester."""


def transition(session: AsyncSession, case: Case, to: Status, *, actor: Actor, channel: Channel, clock: Clock) -> None:
    """Bring a case to another status, and write it on the timeline and in the audit log.

    Raises `TransitionNotAllowed`.
    """
    if to not in ALLOWED[case.status]:
        raise TransitionNotAllowed(case.number, case.status, to)
    _write(session, case, to, actor, channel, clock.now(), None)


def close_unanswered(session: AsyncSession, case: Case, final_at: datetime, *, clock: Clock) -> None:
    """Close a case whose answer nobody accepted or refused; until `final_at` it can be opened again.

    Raises `TransitionNotAllowed`.
    """
    if case.status is not Status.AWAITING_ACCEPTANCE:
        raise TransitionNotAllowed(case.number, case.status, Status.CLOSED_COMPLETE)
    _write(session, case, Status.CLOSED_COMPLETE, THE_DESK, Channel.SYSTEM, clock.now(), final_at)


def can_reopen(case: Case, now: datetime) -> bool:
    """Return whether a case was closed because nobody answered, and its window still stands open."""
    return case.is_closed and case.final_at is not None and now < case.final_at


def reopen(session: AsyncSession, case: Case, *, actor: Actor, channel: Channel, clock: Clock) -> None:
    """Bring a case that was closed unanswered back to work. Raises `TransitionNotAllowed` for any other."""
    if not can_reopen(case, clock.now()):
        raise TransitionNotAllowed(case.number, case.status, Status.WORK_IN_PROGRESS)
    _write(session, case, Status.WORK_IN_PROGRESS, actor, channel, clock.now(), None)


def merge(session: AsyncSession, case: Case, into: Case, *, actor: Actor, channel: Channel, clock: Clock) -> None:
    """Close a case because it goes on within another one.

    Raises `TransitionNotAllowed` from any status but those of `MERGEABLE`.
    """
    if case.status not in MERGEABLE:
        raise TransitionNotAllowed(case.number, case.status, Status.CLOSED_COMPLETE)
    case.merged_into_id, case.status_before_merge = into.id, case.status_value
    _write(session, case, Status.CLOSED_COMPLETE, actor, channel, clock.now(), None)


def part(session: AsyncSession, case: Case, *, actor: Actor, channel: Channel, clock: Clock) -> None:
    """Bring a case that went on within another one back to where it stood. Raises `TransitionNotAllowed`."""
    if case.status_before_merge is None:
        raise TransitionNotAllowed(case.number, case.status, Status.WORK_IN_PROGRESS)
    to = Status(case.status_before_merge)
    case.merged_into_id = case.status_before_merge = None
    _write(session, case, to, actor, channel, clock.now(), None)


def hear_while_merged(case: Case) -> None:
    """Have a case that waits for its requester wait no longer, once it stands by itself again."""
    if case.status_before_merge == Status.AWAITING_INFO:
        case.status_before_merge = Status.WORK_IN_PROGRESS


def _write(
    session: AsyncSession,
    case: Case,
    to: Status,
    actor: Actor,
    channel: Channel,
    now: datetime,
    final_at: datetime | None,
) -> None:
    """Write the status; the day from which others may act upon a closed case stands beside it on the timeline."""
    data = {"from": case.status.value, "to": to.value}
    if final_at is not None:
        data["final_at"] = final_at.isoformat()
    case.status_value = to
    case.closed_at = now if to is Status.CLOSED_COMPLETE else None
    case.final_at = final_at
    messages.enter(session, case_id=case.id, kind=EventKind.STATUS, actor=actor, channel=channel, at=now, data=data)

"""The only door to a case's status."""

from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases.models import Case, Status
from casework.clock import Clock
from casework.errors import TransitionNotAllowed
from casework.messages import service as messages
from casework.messages.models import Channel, EventKind
from casework.people.models import Actor

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


def transition(session: AsyncSession, case: Case, to: Status, *, actor: Actor, channel: Channel, clock: Clock) -> None:
    """Bring a case to another status, and write it on the timeline and in the audit log.

    Raises `TransitionNotAllowed`.
    """
    if to not in ALLOWED[case.status]:
        raise TransitionNotAllowed(case.number, case.status, to)
    now = clock.now()
    data = {"from": case.status.value, "to": to.value}
    case.status_value = to
    case.closed_at = now if to is Status.CLOSED_COMPLETE else None
    messages.enter(session, case_id=case.id, kind=EventKind.STATUS, actor=actor, channel=channel, at=now, data=data)

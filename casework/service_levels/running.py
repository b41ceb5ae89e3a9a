"""Whose time a case has taken: walks its timeline and gives each stretch to the desk, the requester or an approver."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from casework.calendars.working_time import WorkingCalendar
from casework.cases.models import Status
from casework.messages.models import EventKind


class Whose(StrEnum):
    """Who is to act; nobody once the desk has answered. The hours of an adviser are among those of the desk."""

    DESK = "desk"
    REQUESTER = "requester"
    APPROVER = "approver"
    ADVISER = "adviser"
    NOBODY = "nobody"


APPROVAL_OPEN = {
    EventKind.APPROVAL_ASKED: True,
    EventKind.APPROVAL_GIVEN: False,
    EventKind.APPROVAL_REFUSED: False,
    EventKind.APPROVAL_DROPPED: False,
}
ADVICE_MORE = {
    EventKind.ADVICE_ASKED: 1,
    EventKind.ADVICE_GIVEN: -1,
    EventKind.ADVICE_ENDED: -1,
    EventKind.CONSULTED: 1,
    EventKind.CONSULT_ANSWERED: -1,
}
COUNTED = frozenset({EventKind.STATUS, *APPROVAL_OPEN, *ADVICE_MORE})
ANSWERED = frozenset({Status.AWAITING_ACCEPTANCE, Status.CLOSED_COMPLETE})


@dataclass(frozen=True, slots=True)
class Happening:
    """What the walk needs of an event: when, of which kind, and the status that it brought."""

    at: datetime
    kind: EventKind
    to: str = ""


@dataclass(frozen=True, slots=True)
class Standing:
    """How a case stands by the clock. `due_at` is none while the clock of the desk stands still, or has run out.

    `ran_out_at` is the moment at which the desk had used all the time that it promised.
    """

    whose: Whose
    spent: Mapping[Whose, timedelta]
    left: timedelta
    due_at: datetime | None
    ran_out_at: datetime | None = None

    @property
    def is_overdue(self) -> bool:
        """Return whether the desk has used more time than it promised."""
        return self.left < timedelta()


def stand(
    opened_at: datetime, happenings: Iterable[Happening], now: datetime, calendar: WorkingCalendar, promised: timedelta
) -> Standing:
    """Return how a case stands: working time spent by each, what is left to the desk, and by when it has to answer.

    `happenings` are those of kind `COUNTED`, in their order on the timeline.
    """
    spent = dict.fromkeys(Whose, timedelta())
    status, approval_open, advice_open, since = "", False, 0, opened_at
    ran_out_at: datetime | None = None

    def walk_to(at: datetime, whose: Whose) -> None:
        nonlocal ran_out_at
        left = promised - spent[whose]
        hours = calendar.hours_between(since, at)
        spent[whose] += hours
        if whose is Whose.DESK and advice_open:
            spent[Whose.ADVISER] += hours
        if whose is Whose.DESK and timedelta() <= left and spent[whose] > promised:
            ran_out_at = calendar.after_hours(since, left)

    for one in happenings:
        at = max(one.at, since)  # events are ordered by what they did, and two clocks may differ by a moment
        walk_to(at, _whose(status, approval_open=approval_open))
        status = one.to or status
        approval_open = APPROVAL_OPEN.get(one.kind, approval_open)
        advice_open += ADVICE_MORE.get(one.kind, 0)
        since = at
    whose = _whose(status, approval_open=approval_open)
    before = spent[Whose.DESK]
    walk_to(now, whose)
    due_at = None
    if whose is Whose.DESK and before <= promised:
        due_at = calendar.after_hours(since, promised - before)
    return Standing(whose, spent, promised - spent[Whose.DESK], due_at, ran_out_at)


def _whose(status: str, *, approval_open: bool) -> Whose:
    if status in ANSWERED:
        return Whose.NOBODY
    if status == Status.AWAITING_INFO:
        return Whose.REQUESTER
    return Whose.APPROVER if approval_open else Whose.DESK

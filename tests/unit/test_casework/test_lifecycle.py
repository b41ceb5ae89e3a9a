"""Every pair of statuses is allowed or refused, as the table of the desk says."""

from itertools import product
from typing import Any

import pytest

from casework.cases.lifecycle import transition
from casework.cases.models import Case, Status
from casework.clock import SettableClock
from casework.errors import TransitionNotAllowed
from casework.messages.models import Channel
from casework.people.models import Actor

HANNE = Actor(7, "Hanne Claes")
ALLOWED = {
    ("open", "assigned"), ("open", "work_in_progress"), ("open", "awaiting_info"), ("open", "awaiting_acceptance"),
    ("assigned", "open"), ("assigned", "work_in_progress"), ("assigned", "awaiting_info"),
    ("assigned", "awaiting_acceptance"),
    ("work_in_progress", "assigned"), ("work_in_progress", "awaiting_info"),
    ("work_in_progress", "awaiting_acceptance"),
    ("awaiting_info", "work_in_progress"), ("awaiting_info", "awaiting_acceptance"),
    ("awaiting_acceptance", "work_in_progress"), ("awaiting_acceptance", "awaiting_info"),
    ("awaiting_acceptance", "closed_complete"),
}  # fmt: skip


class Rows:
    """Stands for a session that only takes rows."""

    def __init__(self) -> None:
        self.added: list[Any] = []

    def add(self, row: Any) -> None:
        self.added.append(row)


@pytest.mark.parametrize(("from_", "to"), list(product(Status, Status)))
def test_transition_is_allowed_or_refused_for_every_pair(from_: Status, to: Status, clock: SettableClock) -> None:
    case = Case(id=1, number="HRB0000001", status_value=from_)
    rows = Rows()

    def change() -> None:
        transition(rows, case, to, actor=HANNE, channel=Channel.WEB, clock=clock)  # type: ignore[arg-type]

    if (from_.value, to.value) not in ALLOWED:
        with pytest.raises(TransitionNotAllowed):
            change()
        assert (case.status, rows.added) == (from_, [])
        return
    change()
    written = [(type(row).__name__, row.actor, row.at) for row in rows.added]
    assert case.status is to
    assert written == [("Event", "Hanne Claes", clock.now()), ("AuditEntry", "Hanne Claes", clock.now())]
    assert case.closed_at == (clock.now() if to is Status.CLOSED_COMPLETE else None)

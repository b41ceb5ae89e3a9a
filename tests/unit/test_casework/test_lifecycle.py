"""Every pair of statuses is allowed or refused, as the table of the desk says."""

from itertools import product

import pytest
from sqlalchemy.ext.asyncio import AsyncSession

from casework.audit import service as audit
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


@pytest.mark.parametrize(("from_", "to"), list(product(Status, Status)))
def test_transition_is_allowed_or_refused_for_every_pair(from_: Status, to: Status, clock: SettableClock) -> None:
    case = Case(id=1, number="HRB0000001", status_value=from_)
    session = AsyncSession()  # without a database: what is to be written stays in it

    def change() -> None:
        transition(session, case, to, actor=HANNE, channel=Channel.WEB, clock=clock)

    if (from_.value, to.value) not in ALLOWED:
        with pytest.raises(TransitionNotAllowed):
            change()
        assert (case.status, list(session.new), dict(session.info)) == (from_, [], {})
        return
    change()
    written = [(row.actor, row.at) for row in session.new]
    logged = [(entry.columns["actor"], entry.columns["at"]) for entry in session.info[audit.GATHERED]]
    assert case.status is to
    assert (written, logged) == ([("Hanne Claes", clock.now())], [("Hanne Claes", clock.now())])
    assert case.closed_at == (clock.now() if to is Status.CLOSED_COMPLETE else None)

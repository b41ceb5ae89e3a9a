"""The one policy of who may do what with a case."""

from enum import StrEnum

from casework.cases.models import Case
from casework.errors import NotFound, NotPermitted
from casework.people.models import Actor, Role


class Action(StrEnum):
    """What somebody may want to do with a case."""

    READ = "read"
    READ_NOTES = "read_notes"
    WRITE = "write"
    DECIDE = "decide"
    HANDLE = "handle"


def may(actor: Actor, action: Action, case: Case) -> bool:
    """Return whether an actor may do something with a case; a requester never handles their own case."""
    own = actor.person_id is not None and actor.person_id == case.requester_id
    match action:
        case Action.READ:
            return own or actor.has(Role.HANDLER, Role.ADMIN)
        case Action.READ_NOTES:
            return not own and actor.has(Role.HANDLER, Role.ADMIN)
        case Action.WRITE | Action.DECIDE:
            return own
        case Action.HANDLE:
            return not own and actor.has(Role.HANDLER)


def require(actor: Actor, action: Action, case: Case) -> None:
    """Raise `NotPermitted`, or `NotFound` when even the existence of the case is none of the actor's business."""
    if may(actor, action, case):
        return
    if action is Action.READ or not may(actor, Action.READ, case):
        raise NotFound(case.number)
    raise NotPermitted

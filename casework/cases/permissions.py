"""The one policy of who may do what with a case."""

from enum import StrEnum

from casework.cases.models import Case
from casework.errors import NotFound, NotPermitted
from casework.people.models import Actor, Role


class Action(StrEnum):
    """What somebody may want to do with a case."""

    READ = "read"
    READ_NOTES = "read_notes"
    READ_HEALTH = "read_health"
    ADD = "add"
    WRITE = "write"
    DECIDE = "decide"
    HANDLE = "handle"


def may(actor: Actor, action: Action, case: Case) -> bool:
    """Return whether an actor may do something with a case; a requester never handles their own case.

    Local HR follows the cases of the organisations that it serves, and adds to those that it filed itself.
    """
    own = actor.person_id is not None and actor.person_id == case.requester_id
    serves = actor.has(Role.LOCAL_HR) and case.organisation_id in actor.serves
    match action:
        case Action.READ:
            return own or actor.has(Role.HANDLER, Role.ADMIN) or serves
        case Action.READ_HEALTH:
            return own or actor.has(Role.HANDLER, Role.ADMIN)
        case Action.ADD:
            return own or (serves and actor.person_id == case.filed_by_id)
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

"""The one policy of who may do what: with a case, with a document on it, and with the keys of other people."""

from enum import StrEnum

from casework.cases.models import Case
from casework.errors import NotFound, NotPermitted
from casework.people.models import Actor, Role


class Action(StrEnum):
    """What somebody may want to do."""

    READ = "read"
    READ_DOCUMENT = "read_document"
    READ_NOTES = "read_notes"
    WRITE = "write"
    DECIDE = "decide"
    HANDLE = "handle"
    REGISTER_KEYS = "register_keys"


def may(
    actor: Actor,
    action: Action,
    case: Case | None = None,
    *,
    sensitivity: str | None = None,
    organisation_id: int | None = None,
) -> bool:
    """Return whether an actor may do something; a requester never handles their own case.

    `case` is what most actions are about; `sensitivity` is that of the document to read; `organisation_id` is where
    the person works to whom a key is handed out, and is left out to ask whether there is anybody.
    """
    if case is None or action is Action.REGISTER_KEYS:
        return case is None and action is Action.REGISTER_KEYS and _may_register(actor, organisation_id)
    own = actor.person_id is not None and actor.person_id == case.requester_id
    match action:
        case Action.READ:
            return own or actor.has(Role.HANDLER, Role.ADMIN)
        case Action.READ_DOCUMENT:
            staff = (Role.HANDLER,) if sensitivity else (Role.HANDLER, Role.ADMIN)
            return own or actor.has(*staff)
        case Action.READ_NOTES:
            return not own and actor.has(Role.HANDLER, Role.ADMIN)
        case Action.WRITE | Action.DECIDE:
            return own
        case _:
            return not own and actor.has(Role.HANDLER)


def _may_register(actor: Actor, organisation_id: int | None) -> bool:
    """Return whether an actor may hand out keys: an admin to everybody, local HR within its own organisation."""
    if actor.has(Role.ADMIN):
        return True
    return actor.has(Role.LOCAL_HR) and organisation_id in {None, actor.organisation_id}


def require(actor: Actor, action: Action, case: Case | None = None, *, sensitivity: str | None = None) -> None:
    """Raise `NotPermitted`, or `NotFound` when even the existence of the case is none of the actor's business."""
    if may(actor, action, case, sensitivity=sensitivity):
        return
    if case is not None and (action is Action.READ or not may(actor, Action.READ, case)):
        raise NotFound(case.number)
    raise NotPermitted

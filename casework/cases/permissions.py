"""The one policy of who may do what: with a case, with a document on it, with others' keys, and in which area."""

from enum import StrEnum

from casework.cases.models import Case
from casework.errors import NotFound, NotPermitted
from casework.people.models import Actor, Role


class Action(StrEnum):
    """What somebody may want to do."""

    READ = "read"
    READ_DOCUMENT = "read_document"
    READ_NOTES = "read_notes"
    ADD = "add"
    WRITE = "write"
    DECIDE = "decide"
    HANDLE = "handle"
    REGISTER_KEYS = "register_keys"
    WORK = "work"
    FOLLOW_STAFF = "follow_staff"
    RUN_PAY = "run_pay"
    ADMINISTER = "administer"


# The areas of the portal, each with the roles that it is for; in some, what is shown depends on the case besides.
AREAS = {
    Action.WORK: frozenset({Role.HANDLER}),
    Action.FOLLOW_STAFF: frozenset({Role.LOCAL_HR}),
    Action.RUN_PAY: frozenset({Role.PAYROLL, Role.ADMIN}),
    Action.ADMINISTER: frozenset({Role.ADMIN}),
}


def may(
    actor: Actor,
    action: Action,
    case: Case | None = None,
    *,
    sensitivity: str | None = None,
    organisation_id: int | None = None,
) -> bool:
    """Return whether an actor may do something; a requester never handles their own case.

    Local HR follows the cases of the organisations that it serves, and adds to those that it filed itself.
    `case` is what most actions are about, and none of an area; `sensitivity` is that of the document to read;
    `organisation_id` is where the person works to whom a key is handed out, and is left out to ask whether there is
    anybody.
    """
    if case is None:
        return _may_without_a_case(actor, action, organisation_id)
    own = actor.person_id is not None and actor.person_id == case.requester_id
    serves = actor.has(Role.LOCAL_HR) and case.organisation_id in actor.serves
    staff = actor.has(Role.HANDLER, Role.ADMIN)
    match action:
        case Action.READ:
            allowed = own or staff or serves
        case Action.READ_DOCUMENT if sensitivity is not None:
            allowed = own or actor.has(Role.HANDLER)
        case Action.READ_DOCUMENT:
            allowed = own or staff or serves
        case Action.ADD:
            allowed = own or (serves and actor.person_id == case.filed_by_id)
        case Action.READ_NOTES:
            allowed = not own and staff
        case Action.WRITE | Action.DECIDE:
            allowed = own
        case Action.HANDLE:
            allowed = not own and actor.has(Role.HANDLER)
        case _:
            allowed = False
    return allowed


def _may_without_a_case(actor: Actor, action: Action, organisation_id: int | None) -> bool:
    if action is Action.REGISTER_KEYS:
        return _may_register(actor, organisation_id)
    return actor.has(*AREAS.get(action, ()))


def _may_register(actor: Actor, organisation_id: int | None) -> bool:
    """Return whether an actor may hand out keys: an admin to everybody, local HR within its own organisation."""
    if actor.has(Role.ADMIN):
        return True
    return actor.has(Role.LOCAL_HR) and organisation_id in {None, actor.organisation_id}


def require(actor: Actor, action: Action, case: Case | None = None, *, sensitivity: str | None = None) -> None:
    """Raise `NotPermitted`, or `NotFound` when even the existence of the case is none of the actor's business."""
    if may(actor, action, case, sensitivity=sensitivity):
        return
    if case is not None and (action in {Action.READ, Action.READ_DOCUMENT} or not may(actor, Action.READ, case)):
        raise NotFound(case.number)
    raise NotPermitted

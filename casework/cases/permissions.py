"""The one policy of who may do what: with a case, a document on it, a form, others' keys or deputies, in which area."""

from collections.abc import Collection
from enum import StrEnum

from casework.cases.models import Case
from casework.catalogue.models import Audience
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
    NAME_DEPUTY = "name_deputy"
    SEE_EVERY_CASE = "see_every_case"
    FILE = "file"
    FILE_FOR_STAFF = "file_for_staff"
    WORK = "work"
    FOLLOW_STAFF = "follow_staff"
    RUN_PAY = "run_pay"
    ADMINISTER = "administer"


# The areas of the portal, each with the roles that it is for; in some, what is shown depends on the case besides.
AREAS = {
    Action.WORK: frozenset({Role.HANDLER}),
    Action.SEE_EVERY_CASE: frozenset({Role.HANDLER, Role.ADMIN}),
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
    person_id: int | None = None,
    audience: Collection[Audience] = (),
) -> bool:
    """Return whether an actor may do something; a requester never handles their own case.

    Local HR follows the cases of the organisations that it serves, and adds to those that it filed itself.
    `case` is what most actions are about, and none of an area; `sensitivity` is that of the document to read;
    `organisation_id` is where the person works to whom a key is handed out, and is left out to ask whether there is
    anybody; `person_id` is for whom a deputy is named; `audience` is for whom the form is that is filed.
    """
    match action:
        case Action.REGISTER_KEYS:
            return case is None and _may_register(actor, organisation_id)
        case Action.NAME_DEPUTY:
            own = person_id is not None and actor.person_id == person_id
            return case is None and (own or actor.has(Role.ADMIN))
        case Action.FILE | Action.FILE_FOR_STAFF:
            return case is None and _may_file(actor, action, audience)
        case _ if case is None:
            return actor.has(*AREAS.get(action, ()))
    return _may_with(actor, action, case, sensitivity)


def _may_with(actor: Actor, action: Action, case: Case, sensitivity: str | None) -> bool:
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


def _may_file(actor: Actor, action: Action, audience: Collection[Audience]) -> bool:
    """Return whether a form is for an actor, as everybody is an employee, or theirs to file for a colleague."""
    is_local_hr = actor.has(Role.LOCAL_HR)
    if action is Action.FILE_FOR_STAFF:
        return is_local_hr and {Audience.EMPLOYEE, Audience.LOCAL_HR} <= set(audience)
    return Audience.EMPLOYEE in audience or (is_local_hr and Audience.LOCAL_HR in audience)


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

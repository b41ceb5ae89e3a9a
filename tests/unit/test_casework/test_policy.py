"""The policy as a table: role x organisation x action x sensitivity, one row for what is allowed, all else refused."""

import itertools

import pytest

from casework.cases.models import Case
from casework.cases.permissions import AREAS, Action, may, require
from casework.catalogue.models import Audience
from casework.errors import NotFound, NotPermitted
from casework.people.models import Actor, Role

HEALTH = "health"
OF_OTHERS = {Action.REGISTER_KEYS, Action.NAME_DEPUTY, Action.FILE, Action.FILE_FOR_STAFF}
ON_A_CASE = tuple(action for action in Action if action not in {*OF_OTHERS, *AREAS})
CASE = Case(number="HRB0000001", requester_id=1, organisation_id=7, filed_by_id=10)
PEOPLE = {
    "requester": Actor(1, "An", roles=frozenset({Role.EMPLOYEE}), organisation_id=7),
    "requester who is a handler": Actor(1, "An", roles=frozenset({Role.HANDLER}), organisation_id=7),
    "colleague": Actor(2, "Luc", roles=frozenset({Role.EMPLOYEE}), organisation_id=7),
    "stranger": Actor(3, "Greta", roles=frozenset({Role.EMPLOYEE}), organisation_id=8),
    "local HR": Actor(4, "Mia", roles=frozenset({Role.LOCAL_HR}), organisation_id=7),
    "local HR elsewhere": Actor(5, "Tom", roles=frozenset({Role.LOCAL_HR}), organisation_id=8),
    "local HR who serves there": Actor(
        11, "Eva", roles=frozenset({Role.LOCAL_HR}), organisation_id=6, serves=frozenset({6, 7})
    ),
    "local HR who filed it": Actor(
        10, "Jan", roles=frozenset({Role.LOCAL_HR}), organisation_id=7, serves=frozenset({7})
    ),
    "employee with an organisation in the list": Actor(
        12, "Bo", roles=frozenset({Role.EMPLOYEE}), serves=frozenset({7})
    ),
    "handler": Actor(6, "Hanne", roles=frozenset({Role.HANDLER}), organisation_id=9),
    "legal": Actor(7, "Lien", roles=frozenset({Role.LEGAL}), organisation_id=9),
    "payroll officer": Actor(8, "Pia", roles=frozenset({Role.PAYROLL}), organisation_id=9),
    "admin": Actor(9, "Ada", roles=frozenset({Role.ADMIN}), organisation_id=9),
    "the desk itself": Actor(None, "Balie"),
}
READS, PAPERS, NOTES = (Action.READ, None), (Action.READ_DOCUMENT, None), (Action.READ_NOTES, None)
HEALTH_PAPERS, WRITES, DECIDES, HANDLES = (
    (Action.READ_DOCUMENT, HEALTH),
    (Action.WRITE, None),
    (Action.DECIDE, None),
    (Action.HANDLE, None),
)
ADDS = (Action.ADD, None)
OWN = {ADDS, READS, PAPERS, HEALTH_PAPERS, WRITES, DECIDES}
ALLOWED = {
    "requester": OWN,
    "requester who is a handler": OWN,
    "handler": {READS, PAPERS, HEALTH_PAPERS, NOTES, HANDLES},
    "admin": {READS, PAPERS, NOTES},
    "local HR who serves there": {READS, PAPERS},
    "local HR who filed it": {READS, PAPERS, ADDS},
}


@pytest.mark.parametrize("who", list(PEOPLE))
def test_each_may_do_with_a_case_what_the_table_says_and_nothing_else(who):
    asked = [(action, None) for action in ON_A_CASE] + [HEALTH_PAPERS]
    allowed = {
        (action, sensitivity)
        for action, sensitivity in asked
        if may(PEOPLE[who], action, CASE, sensitivity=sensitivity)
    }
    assert allowed == ALLOWED.get(who, set())


@pytest.mark.parametrize("who", list(PEOPLE))
def test_keys_are_handed_out_by_admins_and_by_local_hr_at_home(who):
    homes = {place for place in (7, 8, 9) if may(PEOPLE[who], Action.REGISTER_KEYS, organisation_id=place)}
    assert homes == {"admin": {7, 8, 9}, "local HR": {7}, "local HR elsewhere": {8}, "local HR who filed it": {7}}.get(
        who, set()
    )
    assert not may(PEOPLE[who], Action.REGISTER_KEYS, CASE)


LOCAL_HR = {Action.FOLLOW_STAFF}
ADMITTED = {
    "requester who is a handler": {Action.WORK, Action.SEE_EVERY_CASE},
    "handler": {Action.WORK, Action.SEE_EVERY_CASE},
    "local HR": LOCAL_HR,
    "local HR elsewhere": LOCAL_HR,
    "local HR who serves there": LOCAL_HR,
    "local HR who filed it": LOCAL_HR,
    "payroll officer": {Action.RUN_PAY},
    "admin": {Action.RUN_PAY, Action.ADMINISTER, Action.SEE_EVERY_CASE},
}


@pytest.mark.parametrize("who", list(PEOPLE))
def test_each_is_let_into_the_areas_that_the_table_names_whatever_the_case(who):
    assert {area for area in AREAS if may(PEOPLE[who], area)} == ADMITTED.get(who, set())
    assert [area for area in AREAS if may(PEOPLE[who], area, CASE)] == []


@pytest.mark.parametrize("who", list(PEOPLE))
def test_a_deputy_is_named_by_oneself_or_by_an_admin(who):
    own = PEOPLE[who].person_id
    named = {person_id for person_id in (1, 2, None) if may(PEOPLE[who], Action.NAME_DEPUTY, person_id=person_id)}
    assert named == ({1, 2, None} if who == "admin" else {own} & {1, 2})
    assert not may(PEOPLE[who], Action.NAME_DEPUTY, CASE, person_id=own)


BOTH = (Audience.EMPLOYEE, Audience.LOCAL_HR)
IS_LOCAL_HR = [who for who in PEOPLE if who.startswith("local HR")]


@pytest.mark.parametrize("who", list(PEOPLE))
def test_a_form_is_filed_by_whom_it_is_for_and_for_a_colleague_by_local_hr(who):
    audiences = {"employees": (Audience.EMPLOYEE,), "local HR": (Audience.LOCAL_HR,), "both": BOTH, "nobody": ()}
    filed = {
        action: {name for name, audience in audiences.items() if may(PEOPLE[who], action, audience=audience)}
        for action in (Action.FILE, Action.FILE_FOR_STAFF)
    }
    local_hr = who in IS_LOCAL_HR
    assert filed == {
        Action.FILE: {"employees", "both", "local HR"} if local_hr else {"employees", "both"},
        Action.FILE_FOR_STAFF: {"both"} if local_hr else set(),
    }
    assert not may(PEOPLE[who], Action.FILE, CASE, audience=BOTH)


def test_no_action_on_a_case_is_allowed_without_a_case():
    assert [pair for pair in itertools.product(PEOPLE, ON_A_CASE) if may(PEOPLE[pair[0]], pair[1])] == []


@pytest.mark.parametrize(
    ("who", "action", "error"),
    [
        ("colleague", Action.READ, NotFound),
        ("colleague", Action.WRITE, NotFound),
        ("local HR", Action.HANDLE, NotFound),
        ("handler", Action.WRITE, NotPermitted),
        ("requester", Action.HANDLE, NotPermitted),
        ("admin", Action.DECIDE, NotPermitted),
    ],
)
def test_whoever_may_not_know_of_a_case_is_told_that_there_is_none(who, action, error):
    with pytest.raises(error):
        require(PEOPLE[who], action, CASE)

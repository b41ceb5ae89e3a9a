"""The policy as a table: role x organisation x action x sensitivity, one row for what is allowed, all else refused."""

import itertools

import pytest

from casework.cases.models import Case
from casework.cases.permissions import AREAS, Action, may, require
from casework.errors import NotFound, NotPermitted
from casework.people.models import Actor, Role

HEALTH = "health"
ON_A_CASE = tuple(action for action in Action if action not in {Action.REGISTER_KEYS, *AREAS})
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
    "requester who is a handler": {Action.WORK},
    "handler": {Action.WORK},
    "local HR": LOCAL_HR,
    "local HR elsewhere": LOCAL_HR,
    "local HR who serves there": LOCAL_HR,
    "local HR who filed it": LOCAL_HR,
    "payroll officer": {Action.RUN_PAY},
    "admin": {Action.RUN_PAY, Action.ADMINISTER},
}


@pytest.mark.parametrize("who", list(PEOPLE))
def test_each_is_let_into_the_areas_that_the_table_names_whatever_the_case(who):
    assert {area for area in AREAS if may(PEOPLE[who], area)} == ADMITTED.get(who, set())
    assert [area for area in AREAS if may(PEOPLE[who], area, CASE)] == []


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

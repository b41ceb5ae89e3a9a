"""The desk gives out the cases that nobody has: by rule, language and load, to nobody who is away, with its reason."""

from datetime import date

import pytest
from factories import make_case, make_cast
from hypothesis import given
from hypothesis import strategies as st

from casework.assignment import rules, service
from casework.assignment.rules import Rule
from casework.assignment.service import Candidate
from casework.cases import handing_over, handling, store
from casework.catalogue.errors import CatalogueError
from casework.catalogue.service import load_catalogue
from casework.deputies import service as deputies
from casework.deputies.service import Days
from casework.messages import store as messages
from casework.messages.models import Channel
from casework.people.models import Person

EVERYTHING = "most_open: 5\nrules:\n  - name: Everything\n"
CATALOGUE = load_catalogue()


def load(text):
    return rules.load(text, "rules.yaml", CATALOGUE)


async def give_out(database, desk, text=EVERYTHING):
    """Give out what waits; returns the names of those who have each case now."""
    async with database.reading() as session:
        found = await service.waiting(session)
    for case_id in found:
        async with database.transaction() as session:
            await service.assign(session, desk, load(text), case_id)
    async with database.reading() as session:
        held = await store.all_cases(session)
        return [(await session.get_one(Person, one.handler_id)).first_name if one.handler_id else "" for one in held]


async def open_cases(database, desk, *names):
    async with database.transaction() as session:
        cast = await make_cast(session)
        for name in names:
            await make_case(session, desk, getattr(cast, name))
    return cast


async def test_a_case_goes_to_who_speaks_its_language_and_then_to_who_has_the_least(database, desk):
    await open_cases(database, desk, "an", "an", "luc", "greta", "greta")
    assert await give_out(database, desk) == ["Hanne", "Hanne", "Omar", "Omar", "Hanne"]


async def test_the_reason_is_kept_for_handlers_alone(database, desk):
    await open_cases(database, desk, "an")
    await give_out(database, desk)
    async with database.reading() as session:
        told = await messages.timeline(session, 1, with_notes=True)
        shown = await messages.timeline(session, 1, with_notes=False)
    assert [(entry.actor, entry.data) for entry in told if entry.kind == "routed"] == [
        ("Balie", {"handler": "Hanne Claes", "rule": "Everything", "load": "0", "candidates": "2", "language": "same"})
    ]
    assert [entry.kind.value for entry in shown] == ["opened", "assigned", "status"]


async def test_nobody_who_is_away_gets_a_case(database, desk):
    cast = await open_cases(database, desk, "an")
    days = Days(date(2026, 9, 14), date(2026, 9, 18))
    async with database.transaction() as session:
        await deputies.name_deputy(session, desk, cast.hanne, cast.hanne.person_id, cast.omar.person_id, days)
    assert await give_out(database, desk) == ["Omar"]


async def test_a_case_for_which_there_is_nobody_stays_in_the_queue(database, desk):
    await open_cases(database, desk, "greta", "an")
    same = "most_open: 1\nrules:\n  - {name: Same, same_language: yes}\n".replace("yes", "true")
    assert await give_out(database, desk, same) == ["", "Hanne"]
    async with database.reading() as session:
        assert await service.waiting(session) == [1]


async def test_nobody_gets_more_than_they_can_carry(database, desk):
    await open_cases(database, desk, "an", "an", "an")
    assert await give_out(database, desk, EVERYTHING.replace("5", "1")) == ["Hanne", "Omar", ""]


async def test_a_skill_an_organisation_and_a_form_narrow_a_rule(database, desk):
    cast = await open_cases(database, desk, "an", "greta", "an")
    async with database.transaction() as session:
        case = await store.by_number(session, "HRB0000003")
        await handling.classify(session, desk, case, cast.hanne, "household", {}, Channel.WEB)
    text = """most_open: 5
skills:
  family: [H201]
rules:
  - {name: Family, forms: [household], skill: family}
  - {name: Justice, organisations: [FOD Justitie]}
"""
    assert await give_out(database, desk, text) == ["", "Hanne", "Omar"]


async def test_what_somebody_put_back_is_left_to_people_and_ones_own_request_to_others(database, desk):
    cast = await open_cases(database, desk, "an", "hanne")
    async with database.transaction() as session:
        case = await store.by_number(session, "HRB0000001")
        await handling.claim(session, desk, case, cast.hanne, Channel.WEB)
        await handing_over.give_back(session, desk, case, cast.hanne, "", Channel.WEB)
    assert await give_out(database, desk) == ["", "Omar"]


CANDIDATES = st.lists(
    st.tuples(st.integers(1, 99), st.integers(0, 9), st.booleans()), unique_by=lambda one: one[0], max_size=8
).map(lambda rows: [Candidate(Person(id=row[0]), row[1], row[2]) for row in rows])


@given(CANDIDATES)
def test_nobody_fitter_is_passed_over_whatever_their_order(candidates):
    best = service.choose(candidates)
    assert (best is None) == (not candidates)
    if best is not None:
        assert service.choose(candidates[::-1]) == best
        fitter = [one for one in candidates if one.same_language >= best.same_language and one.load < best.load]
        assert [one for one in fitter if one.same_language == best.same_language] == []
        assert best.same_language == any(one.same_language for one in candidates)


def test_the_first_rule_that_holds_decides():
    read = load("most_open: 5\nrules:\n  - {name: French, languages: [fr]}\n  - {name: All, team: Dossierbeheer}\n")
    assert [read.of(None, "FOD Justitie", language) for language in ("fr", "de")] == [
        Rule("French", languages=frozenset({"fr"})), Rule("All", team="Dossierbeheer"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("most_open: 0\nrules:\n  - name: A\n", 1, "'most_open' has to be a whole number from 1 to 10000"),
        ("most_open: 5\nrules:\n  - {name: A, forms: [nothing]}\n", 3, "there is no form 'nothing'"),
        ("most_open: 5\nrules:\n  - {name: A, languages: [xx]}\n", 3, "there is no language 'xx'; known are nl"),
        ("most_open: 5\nrules:\n  - {name: A, skill: x}\n", 3, "the skill 'x' does not stand under 'skills'"),
        ("most_open: 5\nrules: []\n", 2, "'rules' has to hold at least one rule"),
    ],
)  # fmt: skip
def test_a_rule_that_cannot_be_followed_is_refused_with_its_line(text, line, reason):
    with pytest.raises(CatalogueError) as refused:
        load(text)
    assert (refused.value.line, reason in str(refused.value)) == (line, True)

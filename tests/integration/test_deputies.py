"""Deputies never make a chain or a circle, whatever is named in whatever order; and who is told in whose place."""

import asyncio
from datetime import date, timedelta
from itertools import product

import hierarchy
import pytest
from hierarchy import Staff, mails, only
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.cases import handling, replies
from casework.cases import service as cases
from casework.deputies import service
from casework.deputies.models import Deputy
from casework.deputies.service import Days, Unfit, UnfitDeputy
from casework.messages import store as messages
from casework.messages.models import Channel
from casework.messages.service import Words

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
FIRST = date(2026, 9, 15)
NAMES = ("tom", "mia", "sam")


@pytest.fixture
async def staff(database) -> Staff:
    async with database.transaction() as session:
        return await hierarchy.bring_staff(session)


async def name(database, desk, person, deputy, first=0, last=5) -> Unfit | None:
    days = Days(FIRST + timedelta(days=first), FIRST + timedelta(days=last))
    try:
        async with database.transaction() as session:
            await service.name_deputy(session, desk, person, person.person_id, deputy.person_id, days)
    except UnfitDeputy as unfit:
        return unfit.reason
    return None


@only_sqlite
async def test_one_cannot_have_two_deputies_nor_a_deputy_who_is_away_nor_name_one_while_being_one(
    database, desk, staff
):
    assert await name(database, desk, staff.mia, staff.sam) is None
    assert await name(database, desk, staff.mia, staff.lou, 5, 9) is Unfit.HAS_ONE
    assert await name(database, desk, staff.tom, staff.mia) is Unfit.IS_AWAY
    assert await name(database, desk, staff.sam, staff.tom) is Unfit.IS_ONE
    assert await name(database, desk, staff.sam, staff.mia) is Unfit.IS_ONE
    assert await name(database, desk, staff.sam, staff.tom, 6, 9) is None
    assert await name(database, desk, staff.mia, staff.mia, 20, 21) is Unfit.ONESELF
    assert await name(database, desk, staff.lou, staff.tom, -9, -1) is Unfit.WRONG_DAYS
    assert await name(database, desk, staff.lou, staff.tom, 0, 400) is Unfit.WRONG_DAYS


async def test_two_who_name_each_other_at_one_moment_do_not_both_succeed(database, desk, staff):
    outcomes = await asyncio.gather(
        name(database, desk, staff.mia, staff.sam), name(database, desk, staff.sam, staff.mia)
    )

    assert sorted(map(str, outcomes)) == ["None", "is_one"]


NAMINGS = st.lists(
    st.tuples(st.sampled_from(list(product(NAMES, NAMES))), st.integers(0, 8), st.integers(0, 4)), max_size=12
)


@settings(deadline=None)
@given(namings=NAMINGS)
def test_no_order_of_namings_makes_a_chain_or_a_circle(namings):
    kept: list[Deputy] = []
    for (person, deputy), first, length in namings:
        days = Days(FIRST + timedelta(days=first), FIRST + timedelta(days=first + length))
        named = Deputy(
            person_id=NAMES.index(person), deputy_id=NAMES.index(deputy), first_on=days.first_on, last_on=days.last_on
        )
        about = [one for one in kept if {one.person_id, one.deputy_id} & {named.person_id, named.deputy_id}]
        touching = [one for one in about if one.first_on <= days.last_on and one.last_on >= days.first_on]
        if service.why_unfit(touching, named.person_id, named.deputy_id, days, FIRST) is None:
            kept.append(named)

    for on in (FIRST + timedelta(days=number) for number in range(13)):
        standing_in = [(one.person_id, one.deputy_id) for one in kept if one.first_on <= on <= one.last_on]
        assert len({person for person, _ in standing_in}) == len(standing_in)
        assert {person for person, _ in standing_in} & {deputy for _, deputy in standing_in} == set()


async def claimed(database, desk, staff):
    async with database.transaction() as session:
        request = cases.Request(subject="My leave", words=Words("How many days?", Channel.WEB))
        case = await cases.open_case(session, desk, staff.an, request)
        await handling.claim(session, desk, case, staff.hanne, Channel.WEB)
        return case


@only_sqlite
async def test_the_deputy_of_an_absent_handler_is_told_and_answers_for_them(database, desk, staff):
    case = await claimed(database, desk, staff)
    await name(database, desk, staff.hanne, staff.omar)
    async with database.transaction() as session:
        found = await cases_by_id(session, case.id)
        await cases.add_message(session, desk, found, staff.an, Words("And next year?", Channel.WEB))
        await replies.apply_reply(session, desk, found, staff.omar, Words("Twelve.", Channel.WEB))

    assert only("update", await mails(database)) == ["hanne@balie.example", "omar@balie.example"]
    async with database.reading() as session:
        told = await messages.timeline(session, case.id, with_notes=False)
    answer = next(one for one in told if one.kind.value == "answer")
    assert (answer.actor, answer.data) == ("Omar Diallo", {"for": "Hanne Claes"})


@only_sqlite
async def test_a_deputy_who_is_no_handler_reads_nothing_of_a_handlers_cases(database, desk, staff):
    case = await claimed(database, desk, staff)
    await name(database, desk, staff.hanne, staff.sam)
    async with database.transaction() as session:
        found = await cases_by_id(session, case.id)
        await cases.add_message(session, desk, found, staff.an, Words("And next year?", Channel.WEB))

    assert only("update", await mails(database)) == ["hanne@balie.example"]


async def cases_by_id(session, case_id):
    from casework.cases import store

    return await store.by_id(session, case_id)

"""Who is asked for an approval, what their decision does, and that it is taken once, on both databases."""

import asyncio
from dataclasses import replace
from datetime import date, timedelta

import hierarchy
import pytest
from hierarchy import Staff, file_reduction, mails, only
from sqlalchemy import select, update

from casework.approvals import service as approvals
from casework.approvals import store
from casework.audit.models import AuditEntry
from casework.cases import handling
from casework.cases import store as cases
from casework.cases.models import Case
from casework.catalogue import loader
from casework.deputies import service as deputies
from casework.deputies.service import Days
from casework.errors import NotFound, TransitionNotAllowed
from casework.messages import store as messages
from casework.messages.models import Channel, MessageKind
from casework.messages.service import Words
from casework.people.models import Person

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
TODAY = date(2026, 9, 15)


@pytest.fixture
async def staff(database) -> Staff:
    async with database.transaction() as session:
        return await hierarchy.bring_staff(session)


@pytest.fixture
async def case(database, desk, staff) -> Case:
    async with database.transaction() as session:
        return await file_reduction(session, desk, staff.an)


async def decide(database, desk, approval_id, actor, *, approved=True, reason=""):
    async with database.transaction() as session:
        return await approvals.decide(
            session, desk, approval_id, actor, approved=approved, reason=reason, channel=Channel.WEB
        )


async def reroute(database, desk):
    async with database.transaction() as session:
        for one in await store.open_ids(session):
            await approvals.reroute(session, desk, one)


async def states(database, case) -> list[tuple[str, str]]:
    return [(one.rule, one.state) for one in await hierarchy.approvals_of(database, case)]


async def told(database, case) -> list[tuple[str, str, dict]]:
    """Return what the timeline says of approvals."""
    async with database.reading() as session:
        entries = await messages.timeline(session, case.id, with_notes=False)
    return [(one.kind.value, one.actor, one.data) for one in entries if one.kind.value.startswith("approval")]


async def asked(database, actor) -> list[str]:
    async with database.reading() as session:
        return [case.number for _, _, case in await store.waiting_for(session, actor.person_id)]


async def test_the_manager_is_asked_and_everybody_sees_whom_it_waits_for(database, desk, staff, case):
    assert await states(database, case) == [("manager", "open")]
    assert await told(database, case) == [("approval_asked", "Balie", {"step": 1, "names": "Mia Lambert"})]
    assert await asked(database, staff.mia) == [case.number]
    assert only("approval_request", await mails(database)) == ["mia@health.example"]


async def test_a_given_approval_stands_for_the_named_document(database, desk, staff, case):
    form = desk.catalogue.form("work_regime_reduction")
    async with database.reading() as session:
        assert await approvals.granted(session, form, case) == ()
    [one] = await hierarchy.approvals_of(database, case)

    await decide(database, desk, one.id, staff.mia, reason="Fine with me")

    async with database.transaction() as session:
        found = await cases.by_id(session, case.id)
        assert await approvals.granted(session, form, found) == ("manager_agreement",)
        missing = await handling.classify(session, desk, found, staff.hanne, form.key, {}, Channel.WEB)
    assert missing == ()
    given = ("approval_given", "Mia Lambert", {"step": 1, "comment": "Fine with me"})
    assert (await told(database, case))[-1] == given
    assert sorted(only("approval_news", await mails(database))) == [
        "an@health.example", "hanne@balie.example", "omar@balie.example",
    ]  # fmt: skip


async def test_a_refusal_tells_the_reason_and_leaves_the_document_lacking(database, desk, staff, case):
    [one] = await hierarchy.approvals_of(database, case)
    await decide(database, desk, one.id, staff.mia, approved=False, reason="Not in October")

    form = desk.catalogue.form("work_regime_reduction")
    async with database.transaction() as session:
        found = await cases.by_id(session, case.id)
        missing = await handling.classify(session, desk, found, staff.hanne, form.key, {}, Channel.WEB)
    assert missing == ("manager_agreement",)
    assert await states(database, case) == [("manager", "refused")]
    assert (await told(database, case))[-1][2]["comment"] == "Not in October"
    assert await asked(database, staff.mia) == []


@pytest.mark.parametrize("name", ["an", "tom", "lou", "hanne", "omar", "ada", "gil"])
@only_sqlite
async def test_nobody_who_was_not_asked_decides_or_learns_that_there_is_something_to_decide(
    database, desk, staff, case, name
):
    [one] = await hierarchy.approvals_of(database, case)

    with pytest.raises(NotFound):
        await decide(database, desk, one.id, getattr(staff, name))

    assert await states(database, case) == [("manager", "open")]


async def test_of_decisions_at_one_moment_one_is_taken_and_the_others_find_it(database, desk, staff, case):
    [one] = await hierarchy.approvals_of(database, case)

    async def try_(approved: bool) -> str:
        try:
            await decide(database, desk, one.id, staff.mia, approved=approved)
        except approvals.AlreadyDecided:
            return "already"
        return "given" if approved else "refused"

    outcomes = await asyncio.gather(*(try_(number % 2 == 0) for number in range(6)))

    taken = [outcome for outcome in outcomes if outcome != "already"]
    assert len(taken) == 1
    assert await states(database, case) == [("manager", taken[0])]
    assert len(only("approval_news", await mails(database))) == 3


async def test_an_approval_moves_when_the_manager_changes_and_the_former_one_cannot_decide(database, desk, staff, case):
    [one] = await hierarchy.approvals_of(database, case)
    async with database.transaction() as session:
        await session.execute(
            update(Person).where(Person.id == staff.an.person_id).values(manager_id=staff.sam.person_id)
        )
    # The former manager is quicker than the turn of the schedule.
    with pytest.raises(approvals.AlreadyDecided):
        await decide(database, desk, one.id, staff.mia)
    await reroute(database, desk)
    await reroute(database, desk)

    assert (await asked(database, staff.mia), await asked(database, staff.sam)) == ([], [case.number])
    assert [entry[2].get("names") for entry in await told(database, case)] == ["Mia Lambert", "Sam Maes"]
    assert only("approval_request", await mails(database)) == ["mia@health.example", "sam@health.example"]
    await decide(database, desk, one.id, staff.sam)
    assert await states(database, case) == [("manager", "given")]


@only_sqlite
async def test_whoever_is_their_own_manager_is_passed_over_for_the_one_above(database, desk, staff):
    async with database.transaction() as session:
        await session.execute(
            update(Person).where(Person.id == staff.tom.person_id).values(manager_id=staff.tom.person_id)
        )
        case = await file_reduction(session, desk, staff.tom)

    # Nobody stands above the director, so it is local HR.
    assert await asked(database, staff.lou) == [case.number]
    assert await asked(database, staff.tom) == []


@only_sqlite
async def test_a_manager_who_left_is_passed_over(database, desk, staff):
    async with database.transaction() as session:
        await session.execute(update(Person).where(Person.id == staff.mia.person_id).values(active=False))
        await file_reduction(session, desk, staff.an)

    assert await asked(database, staff.tom) == ["HRB0000001"]


@only_sqlite
async def test_whoever_filed_for_somebody_does_not_approve_it(database, desk, staff):
    async with database.transaction() as session:
        await session.execute(
            update(Person).where(Person.id == staff.an.person_id).values(manager_id=staff.lou.person_id)
        )
        await file_reduction(session, desk, staff.an, filed_by=staff.lou)

    assert await asked(database, staff.lou) == []
    assert await asked(database, staff.tom) == ["HRB0000001"]


@only_sqlite
async def test_where_the_chart_knows_nobody_the_timeline_says_so(database, desk, staff):
    async with database.transaction() as session:
        case = await file_reduction(session, desk, staff.hanne)

    assert await told(database, case) == [("approval_asked", "Balie", {"step": 1, "names": ""})]


@only_sqlite
async def test_an_agreement_on_paper_is_not_asked_again(database, desk, staff):
    async with database.transaction() as session:
        case = await file_reduction(session, desk, staff.an, regime="early_return")
    assert await states(database, case) == []


@only_sqlite
async def test_nothing_is_asked_while_the_form_lacks_an_answer(database, desk, staff):
    async with database.transaction() as session:
        case = await file_reduction(session, desk, staff.an, start="")
    assert await states(database, case) == []


async def test_a_request_that_changed_is_asked_anew(database, desk, staff, case):
    [one] = await hierarchy.approvals_of(database, case)
    await decide(database, desk, one.id, staff.mia)

    async with database.transaction() as session:
        found = await cases.by_id(session, case.id)
        answers = {"start": "2026-11-01"}
        missing = await handling.classify(
            session, desk, found, staff.hanne, "work_regime_reduction", answers, Channel.WEB
        )
    assert missing == ()  # as the form stood when it was classified
    [anew] = await hierarchy.approvals_of(database, case)
    assert (anew.round, anew.state, anew.fields["start"]) == (2, "open", "2026-11-01")
    assert await asked(database, staff.mia) == [case.number]


@only_sqlite
async def test_another_form_drops_what_was_asked(database, desk, staff, case):
    async with database.transaction() as session:
        found = await cases.by_id(session, case.id)
        await handling.classify(session, desk, found, staff.hanne, "household", {}, Channel.WEB)

    assert await states(database, case) == [("manager", "dropped")]
    assert await asked(database, staff.mia) == []


STEPS = """{satisfies: [manager_agreement], steps: [
            {by: manager}, {by: managers_manager, when_not: {regime: [four_day_week]}}, {by: local_hr}]}"""


def in_steps(desk):
    """Return a desk whose form wants more than one approval."""
    from importlib.resources import files

    text = files("casework.catalogue").joinpath("catalogue.yaml").read_text("utf-8")
    text = text.replace("{by: manager, satisfies: [manager_agreement]}", STEPS)
    return replace(desk, catalogue=loader.load(text, "catalogue.yaml"))


@pytest.mark.parametrize(
    ("regime", "chain"),
    [
        ("four_day_week", [("manager", "mia"), ("local_hr", "lou")]),
        ("long_absence", [("manager", "mia"), ("managers_manager", "tom"), ("local_hr", "lou")]),
    ],
)
@only_sqlite
async def test_steps_are_asked_one_after_the_other_and_count_when_the_last_is_given(
    database, desk, staff, regime, chain
):
    desk = in_steps(desk)
    async with database.transaction() as session:
        case = await file_reduction(session, desk, staff.an, regime=regime)
    form = desk.catalogue.form("work_regime_reduction")

    for number, (rule, name) in enumerate(chain):
        rows = await hierarchy.approvals_of(database, case)
        assert [one.rule for one in rows] == [rule for rule, _ in chain]
        assert [one.state for one in rows] == ["given"] * number + ["open"] + ["waiting"] * (len(chain) - number - 1)
        async with database.reading() as session:
            assert await approvals.granted(session, form, case) == ()
        assert rows[number].rule == rule
        await decide(database, desk, rows[number].id, getattr(staff, name))

    async with database.reading() as session:
        assert await approvals.granted(session, form, case) == ("manager_agreement",)


@only_sqlite
async def test_a_refusal_stops_the_steps_behind_it(database, desk, staff):
    desk = in_steps(desk)
    async with database.transaction() as session:
        case = await file_reduction(session, desk, staff.an)
    first = (await hierarchy.approvals_of(database, case))[0]
    await decide(database, desk, first.id, staff.mia, approved=False)

    assert await states(database, case) == [("manager", "refused"), ("local_hr", "dropped")]
    assert await asked(database, staff.lou) == []


@only_sqlite
async def test_words_of_an_approver_are_a_message_and_decide_nothing(database, desk, staff, case):
    [one] = await hierarchy.approvals_of(database, case)
    async with database.transaction() as session:
        await approvals.say(session, desk, one.id, staff.mia, Words("Could you begin later?", Channel.MAIL))

    assert await states(database, case) == [("manager", "open")]
    async with database.reading() as session:
        last = (await messages.timeline(session, case.id, with_notes=False))[-1]
    assert (last.kind.value, last.actor, last.text) == ("message", "Mia Lambert", "Could you begin later?")
    assert "an@health.example" in only("approval_news", await mails(database))


@only_sqlite
async def test_nobody_approves_on_a_closed_case(database, desk, staff, case):
    [one] = await hierarchy.approvals_of(database, case)
    async with database.transaction() as session:
        found = await cases.by_id(session, case.id)
        words = Words("No.", Channel.WEB)
        await handling.write_to_requester(session, desk, found, staff.hanne, words, kind=MessageKind.ANSWER)
    from casework.cases import service

    async with database.transaction() as session:
        found = await cases.by_id(session, case.id)
        await service.decide(session, desk, found, staff.an, accepted=True, comment="", channel=Channel.WEB)

    with pytest.raises(TransitionNotAllowed):
        await decide(database, desk, one.id, staff.mia)
    await reroute(database, desk)
    assert (await states(database, case), await asked(database, staff.mia)) == ([("manager", "dropped")], [])


async def stand_in(database, desk, person, deputy, first_on=TODAY, last_on=TODAY + timedelta(days=7)):
    async with database.transaction() as session:
        return await deputies.name_deputy(
            session, desk, person, person.person_id, deputy.person_id, Days(first_on, last_on)
        )


async def test_a_deputy_is_asked_too_and_acts_for_the_absent_one(database, desk, staff, case):
    await stand_in(database, desk, staff.mia, staff.sam)
    await reroute(database, desk)
    assert only("deputy", await mails(database)) == ["sam@health.example"]
    assert await asked(database, staff.sam) == [case.number]
    [one] = await hierarchy.approvals_of(database, case)

    await decide(database, desk, one.id, staff.sam)

    given = ("approval_given", "Sam Maes", {"step": 1, "comment": "", "for": "Mia Lambert"})
    assert (await told(database, case))[-1] == given
    async with database.reading() as session:
        query = select(AuditEntry).where(AuditEntry.action == "approval_given")
        entry = (await session.execute(query)).scalar_one()
    assert (entry.actor, entry.details["for"]) == ("Sam Maes", "Mia Lambert")
    [decided] = await hierarchy.approvals_of(database, case)
    assert (decided.decided_by_id, decided.acted_for_id) == (staff.sam.person_id, staff.mia.person_id)


@only_sqlite
async def test_a_deputy_ends_by_itself(database, desk, clock, staff, case):
    await stand_in(database, desk, staff.mia, staff.sam)
    await reroute(database, desk)
    [one] = await hierarchy.approvals_of(database, case)
    clock.advance(timedelta(days=8))

    with pytest.raises(approvals.AlreadyDecided):
        await decide(database, desk, one.id, staff.sam)
    await reroute(database, desk)
    assert (await asked(database, staff.sam), await asked(database, staff.mia)) == ([], [case.number])


@only_sqlite
async def test_the_requester_as_deputy_of_their_manager_does_not_approve_their_own_request(database, desk, staff, case):
    await stand_in(database, desk, staff.mia, staff.an)
    await reroute(database, desk)
    [one] = await hierarchy.approvals_of(database, case)

    assert await asked(database, staff.an) == []
    with pytest.raises(NotFound):
        await decide(database, desk, one.id, staff.an)

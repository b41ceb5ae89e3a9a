"""From a closed case to pay: exactly once, to the cent, and what cannot be done is shown and stops nobody."""

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from factories import Cast, close_case, make_case
from pay_office import AN, hire
from sqlalchemy import select
from structlog.testing import capture_logs

from casework.cases import handling
from casework.cases.models import Case
from casework.clock import SettableClock
from casework.db import Database
from casework.desk import Desk
from casework.messages import store as messages
from casework.messages.models import Channel, EventKind
from casework.people.models import Actor
from payroll.effects import counterfacts, store
from payroll.effects.counterfacts import NothingToSettle
from payroll.effects.models import EffectState
from payroll.effects.service import apply_closed_cases
from payroll.engine import parameters
from payroll.facts import store as facts_store
from payroll.facts.models import Fact, FactKind
from payroll.runs import problems
from payroll.settings import PayrollSettings

TWO_CHILDREN = {"kind": "change", "effective": "2026-09-01", "children": "2"}
SETTINGS = PayrollSettings()
LAW = parameters.packaged()


async def _closed_case(
    database: Database, desk: Desk, cast: Cast, form: str, answers: Mapping[str, str], requester: Actor | None = None
) -> Case:
    async with database.transaction() as session:
        return await close_case(session, desk, cast, form, answers, requester)


async def _apply(database: Database, desk: Desk) -> int:
    return await apply_closed_cases(database, desk.clock, desk.catalogue, LAW, SETTINGS)


async def _events(database: Database, case: Case, kind: EventKind) -> list[dict[str, Any]]:
    async with database.reading() as session:
        timeline = await messages.timeline(session, case.id, with_notes=True)
    return [entry.data for entry in timeline if entry.kind is kind]


async def _facts(database: Database, case: Case) -> list[tuple[dict[str, Any], date, date | None]]:
    async with database.reading() as session:
        facts = await store.facts_of_case(session, case.number)
    return [(fact.values, fact.valid_from, fact.valid_to) for fact in facts]


async def _state(database: Database, case: Case) -> list[str]:
    async with database.reading() as session:
        return [effect.state for effect in await store.of_case(session, case.id)]


async def _problems(database: Database, case: Case) -> list[tuple[str, str | None, date | None]]:
    async with database.reading() as session:
        return [(one.rule, one.period, one.on) for one in await problems.of_case(session, case.id)]


async def _households(database: Database, cast: Cast) -> list[tuple[Mapping[str, Any], date]]:
    async with database.reading() as session:
        known = await facts_store.of_person(session, cast.an.person_id or 0, FactKind.HOUSEHOLD)
    return [
        (span.values, span.first_on) for span in facts_store.in_force(known, FactKind.HOUSEHOLD, facts_store.LATEST)
    ]


def _household(**changes: str | int) -> dict[str, str | int]:
    return {"civil_status": "single", "spouse_income": "none", "children": 0, "other_dependants": 0, **changes}


async def test_household_change_becomes_a_fact_and_says_what_changes_in_pay(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN)
    case = await _closed_case(database, desk, cast, "household", TWO_CHILDREN)

    await _apply(database, desk)

    # Two children are 1656 euro a year off the tax: 138 a month.
    assert await _facts(database, case) == [({"children": 2}, date(2026, 9, 1), None)]
    assert await _events(database, case, EventKind.PAY_EFFECT) == [
        {
            "months": [
                {"period": "2026-09", "wage_type": "withholding_tax", "amount": "-138.00"},
                {"period": "2026-09", "wage_type": "net", "amount": "138.00"},
            ]
        }
    ]
    assert await _state(database, case) == [EffectState.COMPLETE]
    assert await _problems(database, case) == []


async def test_closed_case_is_applied_once_however_often_the_job_runs(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN)
    case = await _closed_case(database, desk, cast, "household", TWO_CHILDREN)

    for _ in range(3):
        await _apply(database, desk)
        clock.advance(timedelta(days=1))

    assert len(await _facts(database, case)) == 1
    assert len(await _events(database, case, EventKind.PAY_EFFECT)) == 1


async def test_closed_case_is_applied_once_by_two_workers_at_the_same_time(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN)
    closed = [await _closed_case(database, desk, cast, "household", TWO_CHILDREN) for _ in range(3)]
    other = Database(database.url)

    await asyncio.gather(_apply(database, desk), _apply(other, desk), _apply(database, desk))
    await other.close()

    # The second and the third case say what is already known: they are applied, and bring no fact.
    assert [len(await _facts(database, case)) for case in closed] == [1, 0, 0]
    assert [len(await _events(database, case, EventKind.PAY_EFFECT)) for case in closed] == [1, 1, 1]
    assert [await _state(database, case) for case in closed] == [[EffectState.COMPLETE]] * 3


async def test_an_open_case_changes_nothing(database: Database, desk: Desk, clock: SettableClock, cast: Cast) -> None:
    await hire(database, clock, AN)
    async with database.transaction() as session:
        case = await make_case(session, desk, cast.an)
        await handling.classify(session, desk, case, cast.hanne, "household", TWO_CHILDREN, Channel.WEB)

    assert await _apply(database, desk) == 0
    assert await _facts(database, case) == []


async def test_change_from_an_earlier_month_shows_every_month_that_it_touches(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN.replace("2026-01-01", "2026-08-01"))
    answers = {**TWO_CHILDREN, "effective": "2026-06-15"}
    case = await _closed_case(database, desk, cast, "household", {**answers, "civil_status": "widowed",
                                                                    "other_dependants": "0"})  # fmt: skip

    await _apply(database, desk)

    events = await _events(database, case, EventKind.PAY_EFFECT)
    assert [(one["period"], one["wage_type"], one["amount"]) for one in events[0]["months"]] == [
        ("2026-08", "withholding_tax", "-138.00"),
        ("2026-08", "net", "138.00"),
        ("2026-09", "withholding_tax", "-138.00"),
        ("2026-09", "net", "138.00"),
    ]


async def test_change_keeps_what_the_form_leaves_open_also_on_later_days(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast
) -> None:
    await hire(
        database,
        clock,
        "E100,2026-01-01,,3000.00,1,married,own,1,0,hired",
        "E100,2026-09-10,,3000.00,1,divorced,none,1,1,divorced",
    )
    case = await _closed_case(database, desk, cast, "household", TWO_CHILDREN)

    await _apply(database, desk)

    assert await _facts(database, case) == [({"children": 2}, date(2026, 9, 1), None)]
    assert await _households(database, cast) == [
        (_household(civil_status="married", spouse_income="own", children=1), date(2026, 1, 1)),
        (_household(civil_status="married", spouse_income="own", children=2), date(2026, 9, 1)),
        (_household(civil_status="divorced", children=2, other_dependants=1), date(2026, 9, 10)),
    ]


async def test_months_without_law_tables_are_shown_with_table_and_date_and_block_nothing(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN)
    clock.at = datetime(2026, 11, 21, 9, 0, tzinfo=UTC)
    case = await _closed_case(database, desk, cast, "household", TWO_CHILDREN)

    await _apply(database, desk)

    assert await _state(database, case) == [EffectState.APPLIED]
    assert len(await _facts(database, case)) == 1
    shown = await _events(database, case, EventKind.PAY_EFFECT)
    assert {month["period"] for month in shown[0]["months"]} == {"2026-09"}
    found = await _problems(database, case)
    assert [(period, on) for _, period, on in found] == [
        ("2026-10", date(2026, 10, 31)),
        ("2026-11", date(2026, 11, 30)),
    ]
    assert all("withholding_tax" in rule for rule, _, _ in found)
    told = await _events(database, case, EventKind.PROBLEM)
    assert [one["on"] for one in told[0]["problems"]] == ["2026-10-31", "2026-11-30"]


async def test_months_that_the_law_tables_cover_later_are_shown_then(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN)
    clock.at = datetime(2026, 10, 21, 9, 0, tzinfo=UTC)
    case = await _closed_case(database, desk, cast, "household", TWO_CHILDREN)
    await _apply(database, desk)
    signed = LAW
    for table in LAW.tables:
        signed = signed.signed(table, date(2026, 12, 31))
    clock.advance(SETTINGS.retry_after)

    await apply_closed_cases(database, clock, desk.catalogue, signed, SETTINGS)

    first, second = await _events(database, case, EventKind.PAY_EFFECT)
    assert {month["period"] for month in first["months"]} == {"2026-09"}
    assert second["months"] == [
        {"period": "2026-10", "wage_type": "withholding_tax", "amount": "-138.00"},
        {"period": "2026-10", "wage_type": "net", "amount": "138.00"},
    ]
    assert await _state(database, case) == [EffectState.COMPLETE]
    assert await _problems(database, case) == []


async def test_case_without_a_known_household_waits_and_is_applied_when_one_is_imported(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast
) -> None:
    case = await _closed_case(database, desk, cast, "household", TWO_CHILDREN)
    other = await _closed_case(
        database, desk, cast, "household",
        {**TWO_CHILDREN, "civil_status": "single", "other_dependants": "0"}, requester=cast.greta,
    )  # fmt: skip

    await _apply(database, desk)
    assert await _state(database, case) == [EffectState.PROBLEM]
    assert await _state(database, other) == [EffectState.COMPLETE]
    assert await _problems(database, case) == [("household", None, date(2026, 9, 1))]
    assert await _apply(database, desk) == 0

    await hire(database, clock, AN)
    await _apply(database, desk)

    assert await _state(database, case) == [EffectState.COMPLETE]
    assert await _problems(database, case) == []
    assert len(await _events(database, case, EventKind.PROBLEM)) == 1


@pytest.mark.parametrize(
    ("answers", "rule"),
    [
        ({"kind": "change", "children": "2"}, "effective"),
        ({"kind": "change", "effective": "2026-09-01"}, "form"),
        ({"kind": "change", "effective": "2026-09-01", "civil_status": "married"}, "spouse_income"),
    ],
)
async def test_form_that_leaves_pay_to_a_guess_becomes_a_problem(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast, answers: dict[str, str], rule: str
) -> None:
    await hire(database, clock, AN)
    case = await _closed_case(database, desk, cast, "household", answers)

    await _apply(database, desk)
    clock.advance(SETTINGS.retry_after)
    await _apply(database, desk)

    assert await _state(database, case) == [EffectState.PROBLEM]
    assert [found for found, _, _ in await _problems(database, case)] == [rule]
    assert len(await _events(database, case, EventKind.PROBLEM)) == 1
    assert await _facts(database, case) == []


async def test_form_that_no_rule_reads_becomes_a_fact_and_waits_for_an_officer_who_settles_it(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN)
    answers = {"kind": "regular", "start": "2026-09-01"}
    case = await _closed_case(database, desk, cast, "telework", answers)

    assert await _apply(database, desk) == 1
    clock.advance(timedelta(days=2))
    assert await _apply(database, desk) == 0

    assert await _facts(database, case) == [({"telework": "regular"}, date(2026, 9, 1), None)]
    assert await _state(database, case) == [EffectState.KEPT]
    assert await _events(database, case, EventKind.PAY_EFFECT) == []
    async with database.reading() as session:
        shown = await problems.all_problems(session)
    assert [(one.employee, one.case, one.rule, one.message) for one in shown] == [
        (
            "E100",
            case.number,
            "no_rule",
            "the facts of telework are kept, and no rule of the engine works out days_month: enter the amount",
        )
    ]

    async with database.transaction() as session:
        await counterfacts.settle(session, clock, case.number, cast.ada, Channel.WEB, "allowance entered")
    assert await _state(database, case) == [EffectState.COMPLETE]
    assert await _problems(database, case) == []
    with pytest.raises(NothingToSettle):
        async with database.transaction() as session:
            await counterfacts.settle(session, clock, case.number, cast.ada, Channel.WEB, "again")


async def test_form_without_an_effect_on_pay_is_passed_over(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast
) -> None:
    case = await _closed_case(database, desk, cast, "fiscal_sheet", {"income_year": "2025"})

    assert await _apply(database, desk) == 0
    assert await _state(database, case) == []


async def test_case_on_a_form_that_the_catalogue_lost_is_a_problem(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast
) -> None:
    case = await _closed_case(database, desk, cast, "household", TWO_CHILDREN)
    themes = tuple(
        replace(theme, forms=tuple(form for form in theme.forms if form.key != "household"))
        for theme in desk.catalogue.themes
    )

    await apply_closed_cases(database, clock, replace(desk.catalogue, themes=themes), LAW, SETTINGS)

    assert await _problems(database, case) == [("unknown_form", None, None)]


async def test_case_that_breaks_the_program_is_shown_and_stops_no_other(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN, AN.replace("E100", "E102"))
    broken = await _closed_case(database, desk, cast, "household", TWO_CHILDREN)
    good = await _closed_case(database, desk, cast, "household", TWO_CHILDREN, requester=cast.greta)
    async with database.transaction() as session:
        query = select(Fact).where(Fact.person_id == cast.an.person_id, Fact.kind == FactKind.HOUSEHOLD)
        fact = (await session.execute(query)).scalar_one()
        fact.values = _household(civil_status="of a kind that no version of the program wrote")

    with capture_logs() as logged:
        await _apply(database, desk)

    assert await _state(database, good) == [EffectState.COMPLETE]
    assert await _state(database, broken) == [EffectState.PROBLEM]
    assert await _problems(database, broken) == [("program", None, None)]
    assert [(entry["event"], entry["case_id"]) for entry in logged] == [("case_not_applied", broken.id)]
    assert await _apply(database, desk) == 0

"""Closed tickets of the other forms, entries of other systems and counter-facts: months, slips and differences."""

from collections.abc import Mapping
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
from factories import Cast, close_case, make_case
from pay_office import AN, LUC, equip, hire, settle
from sqlalchemy import select

from casework.audit.models import AuditEntry
from casework.cases import handling
from casework.cases.models import Case
from casework.clock import SettableClock
from casework.db import Database
from casework.desk import Desk
from casework.messages.models import Channel
from casework.people.models import Actor
from payroll.effects import counterfacts, difference, preview, store
from payroll.effects.counterfacts import NothingToTakeBack
from payroll.effects.models import EffectState
from payroll.effects.service import apply_closed_cases
from payroll.engine import parameters
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.facts import door
from payroll.facts import service as facts
from payroll.repayments import service as repayments
from payroll.repayments.service import InstalmentsInvalid, PlanSettled, TermOver, TermRunning, ToldInvalid
from payroll.runs import problems, report
from payroll.runs.service import run_period
from payroll.settings import PayrollSettings

SETTINGS = PayrollSettings()
LAW = parameters.packaged()
AUGUST, SEPTEMBER = PayMonth(2026, 8), PayMonth(2026, 9)
REGIME = {"regime": "four_day_week", "start": "2026-09-01", "statute": "contractual"}


async def _closed(
    database: Database, desk: Desk, cast: Cast, form: str, answers: Mapping[str, str], requester: Actor | None = None
) -> Case:
    async with database.transaction() as session:
        case = await close_case(session, desk, cast, form, answers, requester)
    await apply_closed_cases(database, desk.clock, desk.catalogue, LAW, SETTINGS)
    return case


async def _run(database: Database, clock: SettableClock, month: PayMonth = SEPTEMBER) -> dict[str, dict[str, Any]]:
    run_id = await run_period(database, clock, LAW, SETTINGS, month)
    async with database.reading() as session:
        printed = (await report.of_run(session, run_id)).as_json()
    return {result["employee_number"]: result for result in printed["results"]}


async def _state(database: Database, case: Case) -> str:
    async with database.reading() as session:
        (effect,) = await store.of_case(session, case.id)
    return effect.state


async def _enter(database: Database, clock: SettableClock, what: str, *rows: str) -> tuple[int, int, list[str]]:
    doorway = door.DOORWAYS[what]
    entries, unreadable = doorway.read("\n".join((",".join(doorway.columns), *rows)))
    assert unreadable == []
    async with database.transaction() as session:
        done = await door.enter(session, clock, doorway, entries, "Ada Bakker")
    return done.added, done.unchanged, [f"{one.line}: {one.reason}" for one in done.problems]


def _gross(booked: Mapping[str, Any]) -> list[tuple[str, str, str | None]]:
    return [(one["period"], one["amount"], one["case"]) for one in booked["differences"] if one["wage_type"] == "gross"]


async def test_four_day_week_pays_four_fifths_and_an_early_return_pays_the_whole_again(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN, LUC)
    case = await _closed(database, desk, cast, "work_regime_reduction", REGIME)
    assert await _state(database, case) == EffectState.COMPLETE
    assert (await _run(database, clock))["E100"]["gross"] == "2400.00"

    back = await _closed(
        database, desk, cast, "work_regime_reduction",
        {"regime": "early_return", "start": "2026-09-16", "statute": "contractual"},
    )  # fmt: skip
    booked = await _run(database, clock)

    # Eleven of the 22 working days of September at four fifths, eleven at the whole: 1200.00 and 1500.00.
    assert booked["E100"]["gross"] == "2700.00"
    assert _gross(booked["E100"]) == [("2026-09", "300.00", back.number)]
    assert booked["E101"]["differences"] == []


async def test_unpaid_leave_that_is_settled_late_takes_its_working_days_back_from_a_closed_month(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN, LUC)
    await _run(database, clock, AUGUST)
    case = await _closed(
        database, desk, cast, "work_regime_reduction",
        {"regime": "long_absence", "start": "2026-08-17", "end": "2026-08-28", "statute": "contractual"},
    )  # fmt: skip

    booked = await _run(database, clock)

    # Ten of the 21 working days of August: 3000.00 less 3000.00 x 11 / 21, truncated to 1571.42.
    assert _gross(booked["E100"]) == [("2026-08", "-1428.58", case.number)]
    assert booked["E100"]["gross"] == "3000.00"
    assert booked["E101"]["differences"] == []


async def test_exit_of_a_colleague_ends_pay_and_is_not_told_to_local_hr(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN, LUC)
    local_hr = Actor(
        cast.luc.person_id, cast.luc.name, cast.luc.language, cast.luc.roles, cast.luc.organisation_id,
        serves=frozenset({cast.luc.organisation_id or 0}),
    )  # fmt: skip
    case = await _closed(database, desk, cast, "pension", {"last_day": "2026-09-15", "statute": "contractual"})
    stranger = await _closed(
        database, desk, cast, "exit", {"employee": "E102", "last_day": "2026-09-15"}, requester=local_hr
    )

    booked = await _run(database, clock)

    # Eleven of 22 working days, up to and with the fifteenth.
    assert booked["E100"]["gross"] == "1500.00"
    assert await _state(database, case) == EffectState.COMPLETE
    assert await _state(database, stranger) == EffectState.PROBLEM
    async with database.reading() as session:
        assert [one.rule for one in await problems.of_case(session, stranger.id)] == ["person"]


async def test_entries_of_another_system_come_in_once_and_are_corrected_by_another_entry(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN, LUC)
    taxi = "EXP-1,E100,2026-09-10,taxi,25.50,,mission to Liège,"

    assert await _enter(database, clock, "expenses", taxi) == (1, 0, [])
    assert await _enter(database, clock, "expenses", taxi, taxi) == (0, 2, [])
    first = await _run(database, clock)
    assert await _enter(database, clock, "expenses", "EXP-2,E100,,,,,typing error,EXP-1") == (1, 0, [])
    assert await _enter(database, clock, "expenses", "EXP-2,E100,,,,,typing error,EXP-1") == (0, 1, [])
    assert await _enter(database, clock, "expenses", taxi.replace("EXP-1", "EXP-3").replace("25.50", "20.50")) == (
        1,
        0,
        [],
    )
    second = await _run(database, clock)

    assert (first["E100"]["net"], second["E100"]["net"]) == ("2286.84", "2281.84")
    assert sum(float(one["amount"]) for one in second["E100"]["differences"] if one["wage_type"] == "net") == -5.0
    assert second["E101"]["differences"] == []
    assert await _enter(
        database, clock, "expenses", taxi.replace("25.50", "99.00"), "EXP-9,E999,2026-09-10,taxi,1.00,,,",
        "EXP-10,E101,,,,,not mine,EXP-3",
    ) == (0, 0, [
        "2: reference 'EXP-1' has come in and said something else; cancel it, and use another number",
        "3: employee_number 'E999' is nobody's; import people first",
        "4: no entry 'EXP-3' of this employee has come in",
    ])  # fmt: skip


async def test_absences_and_allowances_come_in_by_the_same_door(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN, LUC)
    await _enter(database, clock, "absences", "ABS-1,E100,2026-09-01,2026-09-15,unpaid_leave,unpaid,,")
    await _enter(database, clock, "absences", "ABS-2,E101,2026-09-01,2026-09-15,sickness,paid,,")
    await _enter(database, clock, "allowances", "ALL-1,E101,2026-09-01,,bilingualism,110.00,taxable,,")

    booked = await _run(database, clock)

    assert (booked["E100"]["gross"], booked["E101"]["gross"]) == ("1500.00", "3000.00")
    assert booked["E101"]["net"] > "2040.00"


async def test_expense_in_a_month_without_pay_is_a_problem_and_not_lost(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN.replace("2026-01-01,,", "2026-01-01,2026-08-31,"), LUC)
    await _enter(database, clock, "expenses", "EXP-1,E100,2026-09-10,taxi,25.50,,,")

    await _run(database, clock)

    async with database.reading() as session:
        assert [(one.employee, one.rule) for one in await problems.all_problems(session)] == [("E100", "one_off")]


async def test_scale_whose_amounts_nobody_loaded_is_a_problem_and_an_amount_stands_before_it(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN)
    await _closed(
        database, desk, cast, "household",
        {"kind": "change", "effective": "2026-09-01", "civil_status": "single", "children": "0",
         "other_dependants": "0"},
        cast.luc,
    )  # fmt: skip
    assert await _enter(
        database, clock, "scales", "CAR-1,E100,2026-09-01,,B1,5 years,,,,,", "CAR-2,E101,2026-09-14,,B2,10 years,,,,,"
    ) == (2, 0, [])

    booked = await _run(database, clock)

    assert sorted(booked) == ["E100"]
    async with database.reading() as session:
        found = [(one.employee, one.rule, one.on) for one in await problems.all_problems(session)]
    assert found == [("E101", "scales", date(2026, 9, 14))]


async def test_ticket_that_is_taken_back_books_counter_facts_and_the_opposite_difference(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN)
    case = await _closed(
        database, desk, cast, "household", {"kind": "change", "effective": "2026-08-01", "children": "2"}
    )
    await _run(database, clock, AUGUST)

    async with database.transaction() as session:
        taken = await counterfacts.take_back(session, clock, case.number, cast.ada, Channel.WEB, "wrong person")
    booked = await _run(database, clock)

    assert taken == 1
    assert [(one["period"], one["wage_type"], one["amount"], one["case"]) for one in booked["E100"]["differences"]] == [
        ("2026-08", "withholding_tax", "138.00", case.number),
        ("2026-08", "net", "-138.00", case.number),
    ]
    async with database.reading() as session:
        assert len(await store.facts_of_case(session, case.number)) == 2
        actions = (await session.execute(select(AuditEntry.action))).scalars().all()
    assert "take_back_pay_facts" in actions
    with pytest.raises(NothingToTakeBack):
        async with database.transaction() as session:
            await counterfacts.take_back(session, clock, case.number, cast.ada, Channel.WEB, "again")
    await apply_closed_cases(database, clock, desk.catalogue, LAW, SETTINGS)
    assert (await _run(database, clock))["E100"]["differences"] == []


def _taxed_otherwise(folder: Path) -> ParameterSet:
    """Return the law with other figures for the children, as if somebody had rewritten a table in force."""
    table = Path(parameters.__file__).parent / "law" / "family_reductions.yaml"
    changed = folder / table.name
    changed.write_text(table.read_text("utf-8").replace('"1656', '"1836'), "utf-8")
    return parameters.with_replacements({table.stem: changed})


async def test_difference_of_a_ticket_is_the_same_whatever_becomes_known_or_law_later(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast, tmp_path: Path
) -> None:
    await hire(database, clock, AN)
    case = await _closed(
        database, desk, cast, "household", {"kind": "change", "effective": "2026-08-10", "children": "2"}
    )

    async def printed(law: ParameterSet = LAW) -> tuple[dict[str, Any], list[str]]:
        async with database.reading() as session:
            found = await difference.of_case(session, clock, desk.catalogue, law, case.number.lower())
        return found.as_json(), list(found.now_differs)

    first, differs = await printed()
    assert first["state"] == "complete"
    assert [(month["period"], month["lines"][-1]) for month in first["months"]] == [
        ("2026-08", {"wage_type": "net", "without": "2258.76", "with": "2396.76", "difference": "138.00"}),
        ("2026-09", {"wage_type": "net", "without": "2261.34", "with": "2399.34", "difference": "138.00"}),
    ]
    assert differs == []

    clock.advance(timedelta(days=3 * 365))
    await hire(database, clock, AN.replace("3000.00", "4100.00").replace(",none,0,", ",none,3,"))
    async with database.transaction() as session:
        await counterfacts.take_back(session, clock, case.number, cast.ada, Channel.WEB, "years later")

    assert await printed() == (first, [])
    again, differs = await printed(_taxed_otherwise(tmp_path))
    assert (again, differs) == (first, ["2026-08", "2026-09"])


async def test_preview_is_what_the_ticket_then_does_and_writes_nothing(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN)
    async with database.transaction() as session:
        case = await make_case(session, desk, cast.an)
        answers = {"kind": "change", "effective": "2026-08-10", "children": "2"}
        await handling.classify(session, desk, case, cast.hanne, "household", answers, Channel.WEB)
        moment = await facts.known_moment(session, clock) + facts.TICK
        expected = await preview.of_case(session, desk.catalogue, LAW, case, moment)
        nothing = await store.facts_of_case(session, case.number)
        printed = await difference.of_case(session, clock, desk.catalogue, LAW, case.number)

    assert expected is not None
    assert [(month.period, month.net) for month in expected.months] == [("2026-08", 13800), ("2026-09", 13800)]
    assert (expected.net, expected.problems, expected.unclear) == (27600, [], None)
    assert nothing == []
    assert (printed.state, [month["period"] for month in printed.months]) == ("expected", ["2026-08", "2026-09"])


async def test_negative_net_becomes_one_plan_that_waits_for_the_objection_term(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN, LUC)
    summer = [await _run(database, clock, month) for month in (PayMonth(2026, 6), PayMonth(2026, 7), AUGUST)]
    await _closed(database, desk, cast, "pension", {"last_day": "2026-05-31", "statute": "contractual"})
    last = await run_period(database, clock, LAW, SETTINGS, SEPTEMBER)
    await equip(database)
    for run_id in range(1, last + 1):
        await settle(database, clock, run_id, cast.ada, cast.omar)

    async with database.reading() as session:
        (plan,) = await repayments.standing(session)
        (problem,) = [one for one in await problems.all_problems(session) if one.rule == "repayment"]
    # Three months of net are recovered, and September brings nothing.
    assert plan.owed == sum(int(month["E100"]["net"].replace(".", "")) for month in summer) == 676236
    assert (problem.employee, problem.on) == ("E100", None)

    async def decide(what: str, **how: Any) -> None:
        async with database.transaction() as session:
            await getattr(repayments, what)(session, clock, plan.id, cast.ada, Channel.WEB, **how)

    clock.advance(timedelta(days=40))
    with pytest.raises(TermRunning):  # nobody has told them, however long ago the run was approved
        await decide("agree", instalments=3, since=PayMonth(2026, 11))
    for wrong in (date(2026, 9, 14), date(2026, 10, 26)):
        with pytest.raises(ToldInvalid):
            await decide("told", on=wrong)
    await decide("told", on=date(2026, 10, 25))
    async with database.reading() as session:
        assert [one.on for one in await problems.all_problems(session) if one.rule == "repayment"] == [
            date(2026, 11, 24)
        ]
    with pytest.raises(TermRunning):
        await decide("agree", instalments=3, since=PayMonth(2026, 11))
    clock.advance(timedelta(days=31))
    with pytest.raises(TermOver):
        await decide("object_to", reason="I left in June")
    with pytest.raises(InstalmentsInvalid):
        await decide("agree", instalments=0, since=PayMonth(2026, 11))
    await decide("agree", instalments=2, since=PayMonth(2026, 11))
    with pytest.raises(PlanSettled):
        await decide("waive", reason="too late")
    async with database.reading() as session:
        assert [one.rule for one in await problems.all_problems(session) if one.rule == "repayment"] == []

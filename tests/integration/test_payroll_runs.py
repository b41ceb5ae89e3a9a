"""A period is run once and corrected by differences: to the cent, with the month and the case they come from."""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
from factories import Cast
from pay_office import AN, GRETA, LUC, hire
from sqlalchemy import delete, func, select, update

from casework.clock import SettableClock
from casework.db import Database
from payroll.engine import parameters
from payroll.engine.periods import PayMonth
from payroll.facts import service
from payroll.facts.models import FactKind, FactSource
from payroll.facts.service import Origin
from payroll.facts.timeline import FOREVER, Span
from payroll.runs import report, store
from payroll.runs.models import PayResult, PayRun, PayRunPart, RunState
from payroll.runs.service import do_part, run_period
from payroll.settings import PayrollSettings

LAW = parameters.packaged()
SETTINGS = PayrollSettings(people_per_part=2)
AUGUST, SEPTEMBER = PayMonth(2026, 8), PayMonth(2026, 9)


async def _settle(
    database: Database, clock: SettableClock, person_id: int | None, number: str, since: date, **household: str | int
) -> None:
    """Write the fact that a closed case becomes."""
    values = {"civil_status": "single", "spouse_income": "none", "children": 0, "other_dependants": 0, **household}
    assert person_id is not None
    async with database.transaction() as session:
        moment = await service.next_moment(session, clock)
        origin = Origin(FactSource.CASE, "Balie", f"{number} household", case_number=number, effect="tax_status")
        service.record(session, person_id, FactKind.HOUSEHOLD, [Span(since, FOREVER, values)], origin, moment)


async def _run(database: Database, clock: SettableClock, month: PayMonth = SEPTEMBER) -> dict[str, Any]:
    run_id = await run_period(database, clock, LAW, SETTINGS, month)
    async with database.reading() as session:
        return (await report.of_run(session, run_id)).as_json()


def _booked(printed: Mapping[str, Any], employee: str) -> list[tuple[str, str, str, str | None]]:
    for result in printed["results"]:
        if result["employee_number"] == employee:
            return [(one["period"], one["wage_type"], one["amount"], one["case"]) for one in result["differences"]]
    return []


def _change(period: str, amount: str, case: str | None) -> list[tuple[str, str, str, str | None]]:
    """Return how a change of the withholding tax alone is booked."""
    opposite = amount.removeprefix("-") if amount.startswith("-") else f"-{amount}"
    return [(period, "withholding_tax", amount, case), (period, "net", opposite, case)]


async def test_first_run_stores_each_month_to_the_cent(database: Database, clock: SettableClock, cast: Cast) -> None:
    await hire(database, clock, AN, LUC)

    printed = await _run(database, clock)

    # Contractual: 3000.00 - 392.10 + work bonus 110.54 = 2718.44 taxable; tax 474.50 - 36.63; special 19.24.
    # Statutory: 3000.00 - 225.00 - 106.50 = 2668.50 taxable, no work bonus.
    # The quarter: 30.99 + 1.10 % of (9000.00 - 6570.54) is 57.71, and three advances of 19.24 are 57.72.
    assert printed["people"] == 2
    assert printed["problems"] == []
    assert printed["results"][0] == {
        "employee_number": "E100",
        "gross": "3000.00",
        "withholding_tax": "437.87",
        "net": "2261.34",
        "differences": [],
    }
    async with database.reading() as session:
        stored = await store.latest_results(session, "2026-09", (1, 99))
    assert stored[cast.an.person_id or 0].amounts == {
        "gross": 300000,
        "contribution": 39210,
        "work_bonus_a": 11054,
        "special_contribution": 1924,
        "special_contribution_quarter": -1,
        "withholding_tax": 43787,
        "taxable": 271844,
        "net": 226134,
    }
    assert stored[cast.an.person_id or 0].parameters["work_bonus"] == "2026-09-01"
    assert stored[cast.luc.person_id or 0].amounts["taxable"] == 266850


async def test_second_run_without_news_books_nothing_and_prints_the_same_bytes(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN, LUC, GRETA)

    first = await _run(database, clock)
    second = await _run(database, clock)
    third = await _run(database, clock)

    assert json.dumps(first) == json.dumps(second) == json.dumps(third)
    async with database.reading() as session:
        assert (await session.execute(select(func.count(PayResult.id)))).scalar_one() == 3


async def test_second_run_books_only_the_difference_with_its_case(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN, LUC)
    await _run(database, clock)
    await _settle(database, clock, cast.an.person_id, "HRB0000007", date(2026, 9, 1), children=2)

    printed = await _run(database, clock)
    again = await _run(database, clock)

    assert _booked(printed, "E100") == _change("2026-09", "-138.00", "HRB0000007")
    assert _booked(printed, "E101") == []
    assert printed["results"][0]["net"] == "2399.34"
    assert _booked(again, "E100") == []
    assert again["results"][0]["net"] == "2399.34"


async def test_differences_of_two_cases_and_an_import_are_booked_apart(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN)
    await _run(database, clock)
    await _settle(database, clock, cast.an.person_id, "HRB0000001", date(2026, 9, 1), children=1)
    await _settle(database, clock, cast.an.person_id, "HRB0000002", date(2026, 9, 1), children=2)
    await hire(database, clock, "E100,2026-09-01,,3000.00,1,single,none,0,1,one more dependant")

    printed = await _run(database, clock)

    # 624 and 1656 a year for one and two children, 624 for another dependant: 52, 138 and 52 a month.
    assert _booked(printed, "E100") == [
        ("2026-09", "withholding_tax", "86.00", None),
        ("2026-09", "withholding_tax", "-52.00", "HRB0000001"),
        ("2026-09", "withholding_tax", "-86.00", "HRB0000002"),
        ("2026-09", "net", "-86.00", None),
        ("2026-09", "net", "52.00", "HRB0000001"),
        ("2026-09", "net", "86.00", "HRB0000002"),
    ]


async def test_late_fact_books_the_closed_months_it_touches_in_the_next_run(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN, LUC)
    for month in (PayMonth(2026, 6), PayMonth(2026, 7), AUGUST):
        await _run(database, clock, month)
    await _settle(database, clock, cast.an.person_id, "HRB0000003", date(2026, 7, 15), children=2)

    printed = await _run(database, clock)
    again = await _run(database, clock)

    assert _booked(printed, "E100") == [
        *_change("2026-07", "-138.00", "HRB0000003"),
        *_change("2026-08", "-138.00", "HRB0000003"),
    ]
    assert _booked(printed, "E101") == []
    assert printed["results"][0]["net"] == "2399.34"
    assert _booked(again, "E100") == []


async def test_a_second_late_fact_is_compared_with_the_latest_result_and_not_with_the_first(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN)
    await _run(database, clock, AUGUST)
    await _settle(database, clock, cast.an.person_id, "HRB0000001", date(2026, 8, 1), children=2)
    await _run(database, clock)
    await _settle(database, clock, cast.an.person_id, "HRB0000002", date(2026, 8, 1), children=1)

    printed = await _run(database, clock)

    assert _booked(printed, "E100") == [
        *_change("2026-08", "86.00", "HRB0000002"),
        *_change("2026-09", "86.00", "HRB0000002"),
    ]


async def test_person_who_was_hired_late_is_owed_the_months_that_were_run_without_them(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, LUC)
    await _run(database, clock, AUGUST)
    await hire(database, clock, "E100,2026-08-01,2026-08-31,3000.00,1,single,none,0,0,hired for August")

    printed = await _run(database, clock)

    assert ("2026-08", "gross", "3000.00", None) in _booked(printed, "E100")
    assert printed["results"][0]["gross"] == "0.00"
    assert printed["people"] == 2


async def test_pay_that_ends_in_the_past_takes_the_whole_month_back(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN)
    await _run(database, clock, AUGUST)
    await hire(database, clock, "E100,2026-08-01,,0.00,1,single,none,0,0,left in July")

    printed = await _run(database, clock)

    assert ("2026-08", "gross", "-3000.00", None) in _booked(printed, "E100")
    assert ("2026-08", "net", "-2268.68", None) not in _booked(printed, "E100")
    assert printed["results"][0]["net"] == "19.24"  # the advance of July: nothing is due on 3000.00 in a quarter


async def test_month_that_the_law_tables_do_not_cover_is_one_problem_with_table_and_date(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN, GRETA)

    printed = await _run(database, clock, PayMonth(2026, 11))

    assert (printed["people"], printed["results"]) == (0, [])
    assert [(one["employee"], one["period"], one["on"]) for one in printed["problems"]] == [
        (None, "2026-11", "2026-11-30")
    ]
    assert "withholding_tax" in printed["problems"][0]["rule"]
    assert "2026-11-30" in printed["problems"][0]["message"]


async def test_problem_of_one_person_stops_nobody_else_and_goes_when_it_is_settled(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN)
    pay = {"gross_month": 300000, "fraction_numerator": 1, "fraction_denominator": 1, "statute": "statutory"}
    async with database.transaction() as session:
        moment = await service.next_moment(session, clock)
        origin = Origin(FactSource.IMPORT, "Ada Bakker", "without a household")
        assert cast.luc.person_id is not None
        span = Span(date(2026, 1, 1), FOREVER, pay)
        service.record(session, cast.luc.person_id, FactKind.PAY, [span], origin, moment)

    broken = await _run(database, clock)
    await hire(database, clock, LUC)
    whole = await _run(database, clock)

    assert [result["employee_number"] for result in broken["results"]] == ["E100"]
    assert [(one["employee"], one["rule"], one["on"]) for one in broken["problems"]] == [
        ("E101", "household", "2026-09-30")
    ]
    assert [result["employee_number"] for result in whole["results"]] == ["E100", "E101"]
    assert whole["problems"] == []
    assert _booked(whole, "E101") == []


async def test_statute_that_changes_within_a_month_is_a_problem(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN)
    pay = {"gross_month": 300000, "fraction_numerator": 1, "fraction_denominator": 1, "statute": "statutory"}
    async with database.transaction() as session:
        moment = await service.next_moment(session, clock)
        origin = Origin(FactSource.IMPORT, "Ada Bakker", "appointed")
        assert cast.an.person_id is not None
        span = Span(date(2026, 9, 10), FOREVER, pay)
        service.record(session, cast.an.person_id, FactKind.PAY, [span], origin, moment)

    printed = await _run(database, clock)

    assert [(one["employee"], one["rule"]) for one in printed["problems"]] == [("E100", "statute")]


@pytest.mark.parametrize(
    ("rows", "gross"),
    [
        # September 2026 has 22 working days, and 12 of them from the 15th on.
        (("E100,2026-09-15,,3000.00,1,single,none,0,0,hired",), "1636.36"),
        (("E100,2026-01-01,2026-09-14,3000.00,1,single,none,0,0,leaves",), "1363.63"),
        (("E100,2026-01-01,,3000.00,0.8,single,none,0,0,four fifths",), "2400.00"),
        (
            (
                "E100,2026-01-01,2026-09-14,3000.00,1,single,none,0,0,full time",
                "E100,2026-09-15,,3000.00,0.5,single,none,0,0,half time",
            ),
            "2181.82",
        ),
        (("E100,2026-01-01,,3333.33,0.3333,single,none,0,0,truncated",), "1110.99"),
    ],
)
async def test_part_of_a_month_and_part_of_full_time_are_paid_by_working_days(
    database: Database, clock: SettableClock, cast: Cast, rows: tuple[str, ...], gross: str
) -> None:
    await hire(database, clock, *rows)

    printed = await _run(database, clock)

    assert printed["results"][0]["gross"] == gross


async def test_household_of_a_month_is_that_of_the_last_paid_day(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN)
    await _run(database, clock)
    await _settle(database, clock, cast.an.person_id, "HRB0000001", date(2026, 9, 30), children=2)

    assert _booked(await _run(database, clock), "E100") == _change("2026-09", "-138.00", "HRB0000001")


async def test_two_workers_that_run_a_period_at_the_same_time_share_one_run(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN, LUC, GRETA)
    other = Database(database.url)

    first, second = await asyncio.gather(_run(database, clock), _run(other, clock))
    await other.close()

    assert first["results"] == second["results"]
    async with database.reading() as session:
        assert (await session.execute(select(func.count(PayResult.id)))).scalar_one() == 3


async def test_worker_with_other_law_tables_leaves_the_parts_of_a_run_to_who_began_it(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN)
    run_id = await run_period(database, clock, LAW, SETTINGS, PayMonth(2026, 9))
    async with database.transaction() as session:  # as if it had been killed before its part was done
        await session.execute(delete(PayResult))
        await session.execute(update(PayRunPart).values(done_at=None))
        await session.execute(update(PayRun).values(state=RunState.OPEN))

    await do_part(database, clock, LAW.signed("work_bonus", date(2026, 12, 31)), run_id, 0)
    left = await _paid(database)
    await do_part(database, clock, LAW, run_id, 0)

    assert (left, await _paid(database)) == (0, 1)


async def _paid(database: Database) -> int:
    async with database.reading() as session:
        return (await session.execute(select(func.count(PayResult.id)))).scalar_one()


async def test_interrupted_run_goes_on_with_what_it_knew_before_another_begins(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN, LUC, GRETA)
    whole = await _run(database, clock, AUGUST)
    async with database.transaction() as session:
        # As after a kill between the two parts: the first is stored, the second is not, the run is open.
        await session.execute(update(PayRun).values(state=RunState.OPEN, finished_at=None))
        part = (await session.execute(select(PayRunPart).where(PayRunPart.part == 1))).scalar_one()
        of_greta = select(PayResult).where(PayResult.person_id == cast.greta.person_id)
        last = (await session.execute(of_greta)).scalar_one()
        part.done_at = None
        await session.delete(last)
    clock.advance(timedelta(days=1))
    await _settle(database, clock, cast.greta.person_id, "HRB0000001", date(2026, 8, 1), civil_status="married",
                  children=2)  # fmt: skip

    september = await _run(database, clock)

    async with database.reading() as session:
        runs = (await session.execute(select(PayRun).order_by(PayRun.id))).scalars().all()
        resumed = (await report.of_run(session, runs[0].id)).as_json()
    assert [(run.period, run.number, run.state) for run in runs] == [
        ("2026-08", 1, "calculated"),
        ("2026-09", 1, "calculated"),
    ]
    assert json.dumps(resumed) == json.dumps(whole)
    assert {period for period, _, _, _ in _booked(september, "E102")} == {"2026-08"}


async def test_report_of_an_earlier_run_stays_the_same_bytes(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN)
    run_id = await run_period(database, clock, LAW, SETTINGS, SEPTEMBER)
    async with database.reading() as session:
        before = (await report.of_run(session, run_id)).as_json()
    clock.at = datetime(2029, 1, 1, tzinfo=UTC)
    await _settle(database, clock, cast.an.person_id, "HRB0000001", date(2026, 9, 1), children=2)
    await _run(database, clock)

    async with database.reading() as session:
        after = (await report.of_run(session, run_id)).as_json()

    assert json.dumps(before) == json.dumps(after)

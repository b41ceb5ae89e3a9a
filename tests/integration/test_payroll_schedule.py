"""The daily calculation: once per turn whoever asks, a preview that books nothing."""

import asyncio
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

from factories import make_cast
from pay_office import AN, enter, hire
from sqlalchemy import func, select, update

from casework.clock import SettableClock
from casework.db import Database
from payroll.engine import parameters
from payroll.engine.periods import PayMonth
from payroll.runs import problems, store
from payroll.runs.models import JobClaim, MonthPart, PayResult
from payroll.runs.schedule import calculate_open_months
from payroll.runs.service import run_period
from payroll.settings import PayrollSettings

LAW = parameters.packaged()
SETTINGS = PayrollSettings(people_per_part=1)


async def _begin(database: Database, clock: SettableClock, *rows: str) -> None:
    async with database.transaction() as session:
        await make_cast(session)
    await hire(database, clock, *rows)


async def _calculations(database: Database) -> list[tuple[str, int, int, int, int]]:
    async with database.reading() as session:
        return [
            (one.period, one.people, one.gross, one.withholding_tax, one.net)
            for one in await store.calculations(session)
        ]


async def test_calculate_open_months_totals_the_present_month_and_books_nothing(
    database: Database, clock: SettableClock
) -> None:
    await _begin(database, clock, AN, AN.replace("E100", "E102"))

    did = await calculate_open_months(database, clock, LAW, SETTINGS)

    assert did is True
    assert await _calculations(database) == [("2026-09", 2, 600000, 2 * 43787, 2 * 226134)]
    async with database.reading() as session:
        assert (await session.execute(select(func.count(PayResult.id)))).scalar_one() == 0


async def test_calculate_open_months_does_the_work_of_a_turn_once(database: Database, clock: SettableClock) -> None:
    await _begin(database, clock, AN)
    other = Database(database.url)

    did = await asyncio.gather(
        *(calculate_open_months(one, clock, LAW, SETTINGS) for one in (database, other, database))
    )
    await other.close()

    assert sorted(did) == [False, False, True]
    assert await calculate_open_months(database, clock, LAW, SETTINGS) is False
    clock.advance(SETTINGS.calculation_every)
    assert await calculate_open_months(database, clock, LAW, SETTINGS) is True
    async with database.reading() as session:
        assert (await session.execute(select(func.count(JobClaim.turn)))).scalar_one() == 2


async def test_calculate_open_months_looks_again_at_run_months_about_which_something_became_known(
    database: Database, clock: SettableClock
) -> None:
    await _begin(database, clock, AN)
    for month in (7, 8):
        await run_period(database, clock, LAW, SETTINGS, PayMonth(2026, month))
    await hire(database, clock, "E100,2026-08-01,,3000.00,1,single,none,2,0,children")

    await calculate_open_months(database, clock, LAW, SETTINGS)

    assert [period for period, *_ in await _calculations(database)] == ["2026-08", "2026-09"]


async def test_calculate_open_months_looks_again_at_the_month_whose_payment_counts_the_days_that_became_known(
    database: Database, clock: SettableClock
) -> None:
    await _begin(database, clock, AN.replace("2026-01-01", "2025-01-01"))
    for month in (4, 5):
        await run_period(database, clock, LAW, SETTINGS, PayMonth(2026, month))
    await enter(database, clock, "absences", "L-1,E100,2025-03-01,2025-03-31,long_absence,unpaid,,")

    await calculate_open_months(database, clock, LAW, SETTINGS)

    assert [period for period, *_ in await _calculations(database)] == ["2026-05", "2026-09"]


async def test_calculate_open_months_counts_nobody_whose_payment_beside_the_month_waits(
    database: Database, clock: SettableClock
) -> None:
    # Nothing is due to who began this year; the holiday pay of the other one waits for its table.
    await _begin(database, clock, AN.replace("2026-01-01", "2025-01-01"), AN.replace("E100", "E102"))
    clock.at = datetime(2026, 5, 20, 8, tzinfo=UTC)
    missing = replace(LAW.tables["holiday_pay"], periods=())

    await calculate_open_months(database, clock, replace(LAW, tables={**LAW.tables, "holiday_pay": missing}), SETTINGS)

    assert [(people, gross) for _, people, gross, *_ in await _calculations(database)] == [(1, 300000)]
    async with database.reading() as session:
        assert [(one.employee, one.rule) for one in await problems.all_problems(session)] == [("E100", "holiday_pay")]


async def test_calculate_open_months_shows_law_tables_that_end_and_forgets_it_when_the_month_has_passed(
    database: Database, clock: SettableClock
) -> None:
    await _begin(database, clock, AN)
    clock.at = datetime(2026, 10, 31, 22, 30, tzinfo=UTC)  # still October in Belgium
    every_hour = PayrollSettings(calculation_every=timedelta(hours=1))

    await calculate_open_months(database, clock, LAW, every_hour)
    async with database.reading() as session:
        october = [(one.period, one.on) for one in await problems.all_problems(session)]
    clock.advance(timedelta(hours=1))
    await calculate_open_months(database, clock, LAW, every_hour)
    async with database.reading() as session:
        november = [(one.period, one.on) for one in await problems.all_problems(session)]

    assert october == [("2026-10", date(2026, 10, 31))]
    assert november == [("2026-11", date(2026, 11, 30))]
    assert await _calculations(database) == [("2026-11", 0, 0, 0, 0)]


async def test_calculate_open_months_calculates_only_whom_something_became_known_about(
    database: Database, clock: SettableClock
) -> None:
    await _begin(database, clock, AN, AN.replace("E100", "E102"))
    every_hour = PayrollSettings(calculation_every=timedelta(hours=1), people_per_part=1)
    await calculate_open_months(database, clock, LAW, every_hour)
    async with database.transaction() as session:  # what was kept says by its own amount that it was not made again
        await session.execute(update(MonthPart).values(gross=1))
    await hire(database, clock, AN.replace("E100", "E102").replace("3000.00", "4000.00").replace("hired", "raise"))

    clock.advance(timedelta(hours=1))
    await calculate_open_months(database, clock, LAW, every_hour)
    [(_, people, gross, *_)] = await _calculations(database)
    clock.advance(timedelta(hours=1))
    await calculate_open_months(database, clock, LAW.signed("work_bonus", date(2026, 12, 31)), every_hour)

    assert (people, gross) == (2, 400000 + 1)
    assert [one[2] for one in await _calculations(database)] == [400000 + 300000]


async def test_calculate_open_months_keeps_the_problems_of_whom_it_does_not_calculate_again(
    database: Database, clock: SettableClock
) -> None:
    await _begin(database, clock, AN)
    clock.at = datetime(2026, 10, 20, 8, tzinfo=UTC)
    every_hour = PayrollSettings(calculation_every=timedelta(hours=1), people_per_part=1)
    shown = []

    for _ in range(2):
        await calculate_open_months(database, clock, LAW, every_hour)
        async with database.reading() as session:
            shown.append([(one.rule, one.period, one.on, one.message) for one in await problems.all_problems(session)])
        clock.advance(timedelta(hours=1))

    assert len(shown[0]) == 1
    assert shown[1] == shown[0]

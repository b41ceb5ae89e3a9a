"""Holiday pay and the end-of-year allowance: stated by an officer, taxed apart, and stopped where no rule decides."""

from decimal import Decimal
from pathlib import Path

import pytest
from factories import Cast, make_cast
from pay_office import AN, LUC, SEPTEMBER, SETTINGS, equip, hire, run, settle
from sqlalchemy import select
from unit.test_payroll_engine import reference

from casework.clock import SettableClock
from casework.db import Database
from payroll import calculator
from payroll.declarations import quarter, year_ledger
from payroll.engine import law_file, parameters
from payroll.engine.parameters import ParameterSet
from payroll.facts import door
from payroll.runs import problems
from payroll.runs.models import PayResult
from payroll.runs.service import run_period

HOLIDAY = "HP-1,E100,2026-09-01,holiday pay,2000.00,holiday_pay,worked out,"
END_OF_YEAR = "EY-1,E100,2026-09-01,end of year,700.00,end_of_year_allowance,worked out,"


@pytest.fixture
async def cast(database: Database, clock: SettableClock) -> Cast:
    async with database.transaction() as session:
        cast = await make_cast(session)
    await equip(database)
    await hire(database, clock, AN, LUC)
    return cast


async def _enter(database: Database, clock: SettableClock, what: str, *rows: str) -> list[str]:
    doorway = door.DOORWAYS[what]
    entries, unreadable = doorway.read("\n".join((",".join(doorway.columns), *rows)))
    async with database.transaction() as session:
        done = await door.enter(session, clock, doorway, entries, "Ada Bakker")
    return [one.reason for one in (*unreadable, *done.problems)]


async def _amounts(database: Database, person_id: int | None) -> dict[str, int]:
    async with database.reading() as session:
        query = select(PayResult.amounts).where(PayResult.person_id == person_id).order_by(PayResult.id.desc())
        return dict((await session.execute(query.limit(1))).scalar_one())


async def _problems(database: Database) -> list[tuple[str | None, str]]:
    async with database.reading() as session:
        return [(one.employee, one.rule) for one in await problems.all_problems(session)]


def _cents(amount: Decimal) -> int:
    return int(amount * 100)


async def test_both_stand_beside_the_month_and_are_taxed_by_twelve_months_of_pay(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    assert await _enter(database, clock, "expenses", HOLIDAY, END_OF_YEAR) == []

    await settle(database, clock, await run(database, clock), cast.ada)

    kinds = (("holiday_pay", "2000.00"), ("exceptional", "700.00"))
    paid = [reference.exceptional("2026-09-30", kind, Decimal(amount), 36000, {}) for kind, amount in kinds]
    amounts = await _amounts(database, cast.an.person_id)
    assert {name: cents for name, cents in amounts.items() if name.startswith(("exceptional", "end", "holiday"))} == {
        "holiday_pay": 200000,
        "end_of_year_allowance": 70000,
        "exceptional_contribution": 26140,  # 13.07 % of each
        "end_of_year_contribution": 9149,
        "exceptional_withholding_tax": sum(_cents(one["withholding_tax"]) for one in paid),
    }
    # The allowance is pay of the quarter: 30.99 + 1.10 % of (9700.00 - 6570.54) is 65.41, three advances 57.72.
    assert amounts["special_contribution_quarter"] == 769
    assert amounts["net"] == 226133 - 769 + sum(_cents(one["net"]) for one in paid)


@pytest.mark.parametrize(
    ("entries", "retention", "missing"),
    [
        ((HOLIDAY,), ["261.40"], ()),
        ((END_OF_YEAR,), [], quarter.MISSING_FOR_ALLOWANCE),
        ((HOLIDAY, END_OF_YEAR), ["261.40"], quarter.MISSING_FOR_ALLOWANCE),
    ],
)
async def test_quarter_keeps_it_out_of_ordinary_pay_and_names_what_has_no_code(
    database: Database,
    clock: SettableClock,
    cast: Cast,
    entries: tuple[str, ...],
    retention: list[str],
    missing: tuple[str, ...],
) -> None:
    await _enter(database, clock, "expenses", *entries)
    await settle(database, clock, await run(database, clock), cast.ada)

    async with database.reading() as session:
        runs = await year_ledger.settled_runs(session)
        rows = await quarter.rows(session, await year_ledger.of_months(session, runs, quarter.months(2026, 3)))

    assert rows[0]["remunerations"] == [{"code": "1", "amount": "3000.00"}]
    assert [one["amount"] for one in rows[0]["blocks"] if one["code"] == "870"] == retention
    assert rows[0]["missing"] == [*quarter.MISSING, *missing]


async def test_allowance_of_statutory_staff_waits_for_an_officer_and_stops_nobody_else(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await _enter(database, clock, "expenses", END_OF_YEAR.replace("E100", "E101"))

    first = await run(database, clock)

    assert await _problems(database) == [("E101", "paid_apart")]
    assert (await _amounts(database, cast.an.person_id))["net"] == 226134

    assert await _enter(database, clock, "expenses", "EY-2,E101,,,,,by hand,EY-1") == []
    for run_id in (first, await run(database, clock)):
        await settle(database, clock, run_id, cast.ada)
    assert await _problems(database) == []


async def test_in_a_month_without_pay_the_contract_decides_the_percentage(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await _enter(database, clock, "absences", "A-1,E100,2026-09-01,2026-09-30,long_absence,unpaid,,")
    await _enter(database, clock, "expenses", HOLIDAY)
    await run(database, clock)

    paid = reference.exceptional("2026-09-30", "holiday_pay", Decimal("2000.00"), 36000, {})
    amounts = await _amounts(database, cast.an.person_id)
    # July and August: 4.22 % of (6000.00 - 5836.14) is 6.91, of two advances of 19.24.
    assert (amounts.get("gross", 0), amounts["net"]) == (0, _cents(paid["net"]) + 2 * 1924 - 691)


async def test_a_table_that_does_not_cover_the_month_stops_only_those_to_whom_something_is_due(
    database: Database, clock: SettableClock, cast: Cast, tmp_path: Path
) -> None:
    await _enter(database, clock, "expenses", HOLIDAY)

    await run_period(database, clock, _not_verified(tmp_path), SETTINGS, SEPTEMBER)

    assert await _problems(database) == [("E100", "exceptional_payments")]
    assert (await _amounts(database, cast.luc.person_id))["net"] == 219614


def _not_verified(folder: Path) -> ParameterSet:
    text = (Path(law_file.__file__).parent / "law" / "exceptional_payments.yaml").read_text(encoding="utf-8")
    shorter = folder / "exceptional_payments.yaml"
    shorter.write_text(text.replace('verified_until: "2026-09-30"', 'verified_until: "2026-08-31"'), encoding="utf-8")
    return parameters.with_replacements({"exceptional_payments": shorter})


async def test_neither_is_paid_every_month(database: Database, clock: SettableClock, cast: Cast) -> None:
    row = "AL-1,E100,2026-09-01,,holiday,100.00,holiday_pay,,"
    assert await _enter(database, clock, "allowances", row) == [
        "treatment 'holiday_pay' is paid once and not every month; import it with the expenses"
    ]


@pytest.mark.parametrize(
    ("allowance", "rate"),
    [
        # 12 x 2870.00 is 34440.00, at most 34640.00: 43.41 %. With what is paid beside it, it is more: 46.44 %.
        (None, "43.41"),
        ("A-1,E100,2026-01-01,,haard,64.94,household_residence,,", "46.44"),
        ("A-1,E100,2026-09-16,,bilingualism,64.94,taxable,,", "46.44"),  # as on the last paid day, of a whole month
        ("A-1,E100,2026-01-01,2026-08-31,bilingualism,64.94,taxable,,", "43.41"),
        ("A-1,E100,2026-01-01,,parking,64.94,untaxed,,", "43.41"),
    ],
)
async def test_normal_annual_pay_counts_the_allowances_that_are_pay_and_calculate_says_the_same(
    database: Database, clock: SettableClock, cast: Cast, allowance: str | None, rate: str
) -> None:
    await hire(database, clock, AN.replace("3000.00", "2870.00"))
    await _enter(database, clock, "expenses", END_OF_YEAR)
    if allowance:
        await _enter(database, clock, "allowances", allowance)

    await run(database, clock)

    pay = "35219.28" if rate == "46.44" else "34440.00"
    asked = {"pay_date": "2026-09-30", "kind": "exceptional", "amount": "700.00", "annual_reference": pay}
    [calculated] = calculator.results([asked], parameters.packaged())
    assert (calculated["rate_pct"], calculated["contribution"]) == (rate, "91.49")
    tax = (await _amounts(database, cast.an.person_id))["exceptional_withholding_tax"]
    assert tax == _cents(Decimal(str(calculated["withholding_tax"])))

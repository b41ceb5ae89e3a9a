"""The special contribution of a quarter is settled with the last pay in it: through the service, reckoned by hand.

An earns 3000.00 and lives alone: an advance of 10.33 + 1.10 % of (3000.00 - 2190.18) = 19.24 in each month.
"""

import json
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from factories import Cast, close_case
from lxml import etree
from pay_office import AN, LAW, LUC, SETTINGS, enter, hire, open_office, run, settle
from sqlalchemy import select

from casework.clock import SettableClock
from casework.db import Database
from casework.desk import Desk
from casework.people import store as people
from casework.people.models import PersonRole, Role
from payroll import paying
from payroll.declarations import outputs, periods
from payroll.effects import difference
from payroll.effects.months_touched import changes_of
from payroll.effects.service import apply_closed_cases
from payroll.engine import parameters
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.facts import service as facts
from payroll.facts import store as facts_store
from payroll.facts.models import FactKind, FactSource
from payroll.facts.service import Origin
from payroll.facts.timeline import Span
from payroll.payslips import explanation
from payroll.payslips.models import PaySlip
from payroll.payslips.slip import Slip
from payroll.runs import problems, store
from payroll.runs.problems import Problem

APRIL, MAY, JUNE, JULY, AUGUST, SEPTEMBER = (PayMonth(2026, month) for month in range(4, 10))
LINE = "special_contribution_quarter"
AMOUNT = "34,10\N{NO-BREAK SPACE}EUR"
SETTLES = {
    "nl": f"Bijzondere bijdrage, afrekening van het kwartaal: {AMOUNT}, het verschil tussen wat op de wedde van het "
    "kwartaal verschuldigd is en wat er al van ingehouden is",
    "fr": f"Cotisation spéciale, décompte du trimestre : {AMOUNT}, la différence entre ce qui est dû sur "
    "le traitement du trimestre et ce qui en a déjà été retenu",
    "de": f"Sonderbeitrag, Abrechnung des Quartals: {AMOUNT}, der Unterschied zwischen dem, was auf das Gehalt des "
    "Quartals geschuldet ist, und dem, was davon bereits einbehalten wurde",
    "en": f"Special contribution, settlement of the quarter: {AMOUNT}, the difference between what "
    "is due on the pay of the quarter and what was already withheld of it",
}


@pytest.fixture
async def cast(database: Database, clock: SettableClock) -> Cast:
    return await open_office(database, clock, datetime(2026, 1, 10, 8, 0, tzinfo=UTC))


async def _run(database: Database, clock: SettableClock, *months: PayMonth, law: ParameterSet = LAW) -> int:
    """Run months one after the other, each in its own time; return the last run."""
    for month in months:
        clock.at = max(clock.at, datetime(month.year, month.month, 20, 8, 0, tzinfo=UTC))
        run_id = await run(database, clock, month, law=law)
    return run_id


async def _settled(database: Database, cast: Cast, month: PayMonth) -> int | None:
    """Return what settles the quarter in An's month, or None where the month has no such line."""
    async with database.reading() as session:
        results = await store.latest_results(session, str(month), (1, 99))
    return results[cast.an.person_id or 0].amounts.get(LINE)


async def _booked(database: Database, cast: Cast, run_id: int) -> list[tuple[str, int, str | None]]:
    """Return how a run books the line on An's earlier months; nothing is booked on anybody else."""
    async with database.reading() as session:
        booked = await store.differences_of_run(session, run_id)
    assert set(booked) <= {cast.an.person_id}
    return [
        (one.period, one.amount, one.case) for one in booked.get(cast.an.person_id or 0, ()) if one.wage_type == LINE
    ]


async def test_an_end_of_year_allowance_is_settled_and_stands_in_every_output(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN)
    await enter(database, clock, "expenses", "E-1,E100,2026-09-01,end of year,2500.00,end_of_year_allowance,,")
    for month in (JULY, AUGUST, SEPTEMBER):
        run_id = await _run(database, clock, month)
        await settle(database, clock, run_id, cast.ada)
        await paying.close(database, clock, run_id, cast.ada, "web")

    # 82.05 + 3.38 % of (11500.00 - 11211.00) is 91.82; three advances of 19.24 are 57.72.
    assert await _settled(database, cast, SEPTEMBER) == 9182 - 5772 == 3410
    async with database.reading() as session:
        kept = (await session.execute(select(PaySlip).where(PaySlip.run_id == run_id))).scalars().one()
        [book] = [one for one in await outputs.of_run(session, run_id) if one.kind == "journal"]
        journal = (await outputs.read(session, book.id))[1].decode().splitlines()
    slip = Slip.of(kept.content)
    assert [(line.wage_type, line.amount) for line in slip.months[0].lines if line.wage_type == LINE] == [(LINE, -3410)]
    assert slip.months[0].parameters[LINE] == "2022-04-01"
    assert "454,Social security,2026-09,special_contribution_quarter,0.00,34.10" in journal
    told = [next(one for one in explanation.told(slip, language) if "34" in one) for language in SETTLES]
    assert told == [f"{words} (RSZ/ONSS, BBSZ/CSSS; wet/loi 30/03/1994 art. 106-112)." for words in SETTLES.values()]
    declared = json.loads((await periods.make_quarter(database, clock, 2026, 3)).content)
    assert {one["code"]: one["amount"] for one in declared["blocks"]}["856"] == "91.82"
    sheets = etree.fromstring((await periods.make_year(database, clock, 2026)).content)
    assert [one.text for one in sheets.iterfind(".//f10_2075")] == ["9182"]
    await paying.reconcile(database, run_id)


async def test_the_last_month_alone_settles_and_a_second_run_books_nothing(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN, LUC)
    await _run(database, clock, APRIL, MAY, JUNE)
    again = await _run(database, clock, JUNE)

    # 30.99 + 1.10 % of (9000.00 - 6570.54) is 57.71, a cent less than the advances.
    assert [await _settled(database, cast, month) for month in (APRIL, MAY, JUNE)] == [None, None, -1]
    async with database.reading() as session:
        assert await store.differences_of_run(session, again) == {}


@pytest.mark.parametrize(
    ("hired", "month", "settled"),
    [
        # Joins in September: 3000.00 in a quarter owes nothing.
        (["E100,2026-09-01,,3000.00,1,single,none,0,0,hired"], SEPTEMBER, -1924),
        # Married, both with an income, since September: 43.32 + 1.10 % of 2429.46 is 70.04 by the household of the last
        # days; the advances were 19.24, 19.24 and 14.44 + 1.10 % of 809.82 = 23.35.
        (["E100,2026-01-01,,3000.00,1,single,none,0,0,-", "E100,2026-09-01,,,,married,own,0,0,-"], SEPTEMBER,
         7004 - 2 * 1924 - 2335),
        # A spouse without an income: the same amounts here, and no end at 154.92. 3 x 6000.00: 43.32 + 1.10 % of
        # 11429.46 = 169.04; the advances 14.44 + 1.10 % of 3809.82 = 56.35.
        (["E100,2026-01-01,,6000.00,1,married,none,0,0,-"], SEPTEMBER, 16904 - 3 * 5635),
        # With one: ends at 154.92, and each month at 51.64.
        (["E100,2026-01-01,,6000.00,1,married,own,0,0,-"], SEPTEMBER, None),
        # The least of a couple with two incomes: 15.45 a quarter, 5.15 a month; half a month of 1000.00 owed none.
        (["E100,2026-07-01,2026-07-31,1000.00,1,married,own,0,0,-", "E100,2026-08-01,,1200.00,1,married,own,0,0,-"],
         SEPTEMBER, 1545 - 2 * 515),
    ],
)  # fmt: skip
async def test_what_a_quarter_owes_by_household_and_days(
    database: Database, clock: SettableClock, cast: Cast, hired: list[str], month: PayMonth, settled: int | None
) -> None:
    await hire(database, clock, *hired)

    await _run(database, clock, month)

    assert await _settled(database, cast, month) == settled


async def test_who_leaves_in_the_quarter_is_settled_with_the_last_pay(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN.replace("2026-01-01,,", "2026-01-01,2026-08-14,"), LUC)

    await _run(database, clock, JULY, AUGUST, SEPTEMBER)

    # August: 10 of 21 working days are 1428.57, without an advance; 4428.57 in a quarter owes nothing.
    assert [await _settled(database, cast, month) for month in (JULY, AUGUST)] == [None, -1924]
    async with database.reading() as session:
        assert (cast.an.person_id or 0) not in await store.latest_results(session, "2026-09", (1, 99))


async def test_an_exit_that_is_known_late_settles_the_month_that_became_the_last(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN, LUC)
    await _run(database, clock, JULY, AUGUST)
    async with database.transaction() as session:
        session.add(PersonRole(person_id=cast.luc.person_id, role=Role.LOCAL_HR))
        await session.flush()
        local_hr = await people.actor(session, cast.luc.person_id or 0)
        answers = {"employee": "E100", "last_day": "2026-07-31"}
        case = await close_case(session, desk, cast, "exit", answers, local_hr)
    await apply_closed_cases(database, clock, desk.catalogue, LAW, SETTINGS)

    run_id = await _run(database, clock, SEPTEMBER)

    assert await _booked(database, cast, run_id) == [("2026-07", -1924, case.number)]
    assert await _booked(database, cast, await _run(database, clock, SEPTEMBER)) == []
    async with database.reading() as session:
        shown = await difference.of_case(session, clock, desk.catalogue, LAW, case.number)
    assert [month["period"] for month in shown.months] == ["2026-07", "2026-08"]
    assert [line["wage_type"] for line in shown.months[0]["lines"]] == [LINE, "net"]


async def test_a_contract_that_is_renewed_after_the_run_is_settled_at_the_end_of_the_quarter_after_all(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN.replace("2026-01-01,,", "2026-07-01,2026-07-31,"), LUC)
    await _run(database, clock, JULY)
    assert await _settled(database, cast, JULY) == -1924

    await hire(database, clock, AN.replace("2026-01-01,,", "2026-08-01,,"))
    run_id = await _run(database, clock, AUGUST)

    assert await _booked(database, cast, run_id) == [("2026-07", 1924, None)]
    await _run(database, clock, SEPTEMBER)
    assert [await _settled(database, cast, month) for month in (JULY, AUGUST, SEPTEMBER)] == [None, None, -1]


async def test_an_allowance_that_is_paid_after_the_exit_settles_once_more(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    clock.at = datetime(2025, 1, 10, 8, 0, tzinfo=UTC)
    await hire(database, clock, "E100,2025-01-01,2025-10-15,3000.00,1,married,own,0,0,hired")

    await _run(database, clock, PayMonth(2025, 10), PayMonth(2025, 11))

    # 11 of 23 working days are 1434.78: an advance of 5.15, and nothing is due on so little in a quarter. With the
    # allowance of 937.56 + 900.00 + 214.24 it is 3486.58, on which the least is due.
    settled = [await _settled(database, cast, month) for month in (PayMonth(2025, 10), PayMonth(2025, 11))]
    assert settled == [-515, 1545]


async def test_a_marriage_after_the_exit_settles_nothing_with_the_holiday_pay(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    clock.at = datetime(2025, 1, 10, 8, 0, tzinfo=UTC)
    await hire(database, clock, "E100,2025-01-01,2026-04-30,7000.00,1,single,none,0,0,hired")
    await _run(database, clock, APRIL)
    at_home = {"civil_status": "married", "spouse_income": "own", "children": 0, "other_dependants": 0}
    async with database.transaction() as session:
        moment = await facts.next_moment(session, clock)
        origin = Origin(FactSource.IMPORT, "Ada Bakker", "married")
        days = Span(date(2026, 5, 2), date(2026, 12, 31), at_home)
        facts.record(session, cast.an.person_id or 0, FactKind.HOUSEHOLD, [days], origin, moment)

    await _run(database, clock, MAY)

    # 30.99 + 1.10 % of (7000.00 - 6570.54) is 35.71, of which April withheld 60.94; married it would have been 48.04.
    assert [await _settled(database, cast, month) for month in (APRIL, MAY)] == [3571 - 6094, None]


async def test_late_pay_settles_its_quarter_anew_with_the_month_of_origin(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN, LUC)
    await _run(database, clock, APRIL, MAY, JUNE)
    await hire(database, clock, "E100,2026-04-01,2026-04-30,4000.00,1,single,none,0,0,a month at another desk")

    run_id = await _run(database, clock, JULY)

    # 30.99 + 1.10 % of 3429.46 is 68.71; the advances 27.35 + 3.38 % of 263.00 = 36.24, and twice 19.24: 6.01 too much.
    assert await _settled(database, cast, JUNE) == 6871 - 3624 - 2 * 1924 == -601
    assert await _booked(database, cast, run_id) == [("2026-06", -600, None)]


@pytest.mark.parametrize("is_signed", [False, True])
async def test_what_settles_arrears_waits_with_them_in_a_run_and_beforehand(
    database: Database, clock: SettableClock, cast: Cast, is_signed: bool
) -> None:
    law = LAW.signed("arrears", date(2026, 1, 31)) if is_signed else LAW
    clock.at = datetime(2025, 1, 10, 8, 0, tzinfo=UTC)
    await hire(database, clock, AN.replace("2026", "2025"))
    october, december = PayMonth(2025, 10), PayMonth(2025, 12)
    await _run(database, clock, october, december, law=law)
    clock.at = datetime(2026, 1, 5, 8, 0, tzinfo=UTC)
    await hire(database, clock, "E100,2025-10-01,2025-10-31,4000.00,1,single,none,0,0,a month at another desk")
    async with database.reading() as session:
        known = await facts_store.all_of_person(session, cast.an.person_id or 0)
    seen = changes_of(known, cast.an.person_id or 0, (october, december), clock.now(), law, PayMonth(2026, 1))

    run_id = await _run(database, clock, PayMonth(2026, 1), law=law)

    assert bool(await _booked(database, cast, run_id)) is is_signed
    async with database.reading() as session:
        waiting = [(one.rule, one.period) for one in await problems.all_problems(session)]
    assert waiting == ([] if is_signed else [("arrears", "2025-10"), ("arrears", "2025-12")])
    assert [isinstance(one, Problem) for one in seen.values()] == [not is_signed] * 2


async def test_a_household_of_one_month_alone_changes_the_advance_and_not_what_the_quarter_comes_to(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN)
    await _run(database, clock, APRIL, MAY, JUNE)
    await hire(database, clock, "E100,2026-04-01,2026-04-30,,,married,own,0,0,for a month")

    run_id = await _run(database, clock, JULY)

    assert await _booked(database, cast, run_id) == [("2026-06", -(2335 - 1924), None)]


async def test_who_cannot_be_settled_is_a_problem_that_names_the_month_and_stops_nobody_else(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, LUC, AN.replace("2026-01-01", "2026-08-01"))
    pay = {"gross_month": 300000, "fraction_numerator": 1, "fraction_denominator": 1, "statute": "contractual"}
    async with database.transaction() as session:
        origin = Origin(FactSource.IMPORT, "Ada Bakker", "without a household")
        days = Span(JULY.first_on, JULY.last_on, pay)
        moment = await facts.next_moment(session, clock)
        facts.record(session, cast.an.person_id or 0, FactKind.PAY, [days], origin, moment)

    await _run(database, clock, SEPTEMBER)

    async with database.reading() as session:
        found = [(one.employee, one.rule, one.period, one.on) for one in await problems.all_problems(session)]
        results = await store.latest_results(session, "2026-09", (1, 99))
    assert found == [("E100", "household", "2026-07", date(2026, 7, 31))]
    assert set(results) == {cast.luc.person_id}


async def test_a_quarter_that_nobody_verified_waits_for_a_signature(
    database: Database, clock: SettableClock, cast: Cast, tmp_path: Path
) -> None:
    await hire(database, clock, AN, LUC.replace("2026-01-01,,", "2026-01-01,2026-08-14,"))
    ours = (parameters.LAW / f"{LINE}.yaml").read_text(encoding="utf-8")
    table = tmp_path / f"{LINE}.yaml"
    table.write_text(ours.replace('verified_until: "2026-09-30"', 'verified_until: "2026-07-31"'), encoding="utf-8")
    law = parameters.with_replacements({LINE: table})

    await _run(database, clock, AUGUST, SEPTEMBER, law=law)
    async with database.reading() as session:
        found = {(one.employee, one.rule, one.on) for one in await problems.all_problems(session)}
    await _run(database, clock, SEPTEMBER, law=law.signed(LINE, date(2026, 9, 30)))

    assert found == {("E101", LINE, date(2026, 8, 31)), (None, LINE, date(2026, 9, 30))}  # who left is named
    assert await _settled(database, cast, SEPTEMBER) == -1


async def test_an_allowance_of_the_quarter_of_which_nobody_verified_the_month_is_not_left_out_in_silence(
    database: Database, clock: SettableClock, cast: Cast, tmp_path: Path
) -> None:
    await hire(database, clock, AN.replace("2026-01-01", "2025-01-01"))
    ours = (parameters.LAW / "yearly_payments.yaml").read_text(encoding="utf-8")
    table = tmp_path / "yearly_payments.yaml"
    table.write_text(ours.replace('verified_until: "2026-09-30"', 'verified_until: "2025-10-31"'), encoding="utf-8")
    law = parameters.with_replacements({"yearly_payments": table})

    await run(database, clock, PayMonth(2025, 12), law=law)

    async with database.reading() as session:
        found = [(one.employee, one.rule, one.period) for one in await problems.all_problems(session)]
    assert found == [(None, "yearly_payments", "2025-11")]

"""Holiday pay and the end-of-year allowance by themselves, after an exit and late; and arrears of an earlier year."""

from datetime import UTC, date, datetime
from decimal import Decimal
from fractions import Fraction
from pathlib import Path

import pytest
from factories import Cast, close_case, make_case
from pay_office import LAW, SETTINGS, enter, hire, open_office, run, settle
from sqlalchemy import select
from unit.test_payroll_engine import reference

from casework.cases import handling
from casework.clock import SettableClock
from casework.db import Database
from casework.desk import Desk
from casework.messages.models import Channel
from payroll.effects import preview
from payroll.effects.months_touched import MonthChange, change_of, months_touched
from payroll.effects.service import apply_closed_cases
from payroll.engine import own_law, parameters
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.facts import service as facts
from payroll.facts import store as facts_store
from payroll.facts.models import FactKind, FactSource
from payroll.facts.service import Origin
from payroll.facts.timeline import FOREVER, Span
from payroll.runs import problems, store
from payroll.runs.models import PayResult

MAY, NOVEMBER = PayMonth(2026, 5), PayMonth(2025, 11)
AN = "E100,2025-01-01,,3000.00,1,single,none,0,0,hired"
SIGNED_UNTIL = date(2026, 12, 31)


@pytest.fixture
async def cast(database: Database, clock: SettableClock) -> Cast:
    return await open_office(database, clock, datetime(2025, 1, 10, 8, 0, tzinfo=UTC))


@pytest.fixture
def signed() -> ParameterSet:
    return LAW.signed("pay_after_exit", SIGNED_UNTIL)


async def _run(database: Database, clock: SettableClock, month: PayMonth, law: ParameterSet = LAW) -> int:
    clock.at = datetime(month.year, month.month, 20, 8, 0, tzinfo=UTC)
    return await run(database, clock, month, law=law)


async def _amounts(database: Database, cast: Cast, month: PayMonth) -> dict[str, int]:
    async with database.reading() as session:
        query = select(PayResult).where(PayResult.person_id == cast.an.person_id, PayResult.period == str(month))
        rows = (await session.execute(query.order_by(PayResult.id.desc()))).scalars().all()
        return dict(rows[0].amounts) if rows else {}


async def _problems(database: Database) -> list[tuple[str | None, str]]:
    async with database.reading() as session:
        return [(one.employee, one.rule) for one in await problems.all_problems(session)]


async def test_a_whole_year_pays_92_percent_of_march_and_only_in_may(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN)
    for month in (PayMonth(2026, 4), MAY):
        await _run(database, clock, month)

    paid = reference.exceptional("2026-05-31", "holiday_pay", Decimal("2760.00"), 36000, {})
    ordinary = await _amounts(database, cast, PayMonth(2026, 4))
    amounts = await _amounts(database, cast, MAY)
    assert "holiday_pay" not in ordinary
    assert amounts["holiday_pay"] == 276000
    assert amounts["exceptional_contribution"] == 36073  # 13.07 % of 2760.00
    assert amounts["net"] - ordinary["net"] == int(paid["net"] * 100)


async def test_what_an_officer_stated_in_the_year_stands_before_the_rule(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN)
    await enter(database, clock, "expenses", "HP,E100,2026-02-10,at the exit of another job,100.00,holiday_pay,,")

    await _run(database, clock, MAY)

    assert "holiday_pay" not in await _amounts(database, cast, MAY)


async def test_holiday_pay_rests_on_the_last_paid_days_of_march_and_on_an_allowance_stated_for_them(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN.replace("3000.00,1,", "3000.00,0.8,"))
    await enter(database, clock, "allowances", "A-1,E100,2026-01-01,,haard,80.00,household_residence,,")
    await enter(database, clock, "absences", "L-1,E100,2026-03-16,2026-04-30,long_absence,unpaid,,")

    await _run(database, clock, MAY)

    # 92 % of 3000.00 and of 80.00 / 0.8, each for the four fifths that were performed of 2025.
    assert (await _amounts(database, cast, MAY))["holiday_pay"] == 220800 + 7360


async def test_leave_of_the_year_before_that_is_known_after_may_books_the_difference_there_alone(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN, AN.replace("E100", "E101"))
    await _run(database, clock, MAY)
    # The whole of March 2025 without pay: eleven of twelve months were performed.
    await enter(database, clock, "absences", "L-1,E100,2025-03-01,2025-03-31,long_absence,unpaid,,")

    run_id = await _run(database, clock, PayMonth(2026, 6))

    less = 276000 - int(Fraction("2760.00") * Fraction(11, 12) * 100)
    async with database.reading() as session:
        booked = await store.differences_of_run(session, run_id)
        known = await facts_store.all_of_person(session, cast.an.person_id or 0)
    assert less == 23000
    assert list(booked) == [cast.an.person_id]
    assert {(one.period, one.wage_type, one.amount) for one in booked[cast.an.person_id or 0]} >= {
        ("2026-05", "holiday_pay", -23000),
        ("2026-05", "exceptional_contribution", -3006),  # 13.07 % of 2530.00 is 330.67
    }
    days = (date(2025, 3, 1), date(2025, 3, 31))
    touched = months_touched(known, *days, clock.now(), LAW)
    # December settles the quarter of the allowance of November, which counts March too.
    assert [str(month) for month in touched] == ["2025-03", "2025-05", "2025-11", "2025-12", "2026-05"]


async def test_holiday_pay_that_an_officer_paid_at_the_exit_is_not_paid_once_more_in_the_next_may(
    database: Database, clock: SettableClock, cast: Cast, signed: ParameterSet
) -> None:
    await hire(database, clock, AN.replace("2025-01-01,,", "2025-01-01,2025-06-30,"))
    await enter(database, clock, "expenses", "HP,E100,2025-06-30,at the exit,1380.00,holiday_pay,,")

    await _run(database, clock, MAY, signed)

    assert (await _amounts(database, cast, MAY), await _problems(database)) == ({}, [])


@pytest.mark.parametrize("is_signed", [False, True])
async def test_who_left_before_the_month_it_rests_on_waits_for_a_signature(
    database: Database, clock: SettableClock, cast: Cast, signed: ParameterSet, is_signed: bool
) -> None:
    # Paid from January to August: eight of nine months; 937.56, 2.5 % of 36000.00, and the least monthly part.
    await hire(database, clock, AN.replace("2025-01-01,,", "2025-01-01,2025-08-31,"))

    run_id = await _run(database, clock, NOVEMBER, signed if is_signed else LAW)

    amounts = await _amounts(database, cast, NOVEMBER)
    if not is_signed:
        assert (amounts, await _problems(database)) == ({}, [("E100", "pay_after_exit")])
        return
    parts = [int(Fraction(part) * Fraction(8, 9)) for part in (93756, 90000, 21424)]
    assert amounts["end_of_year_allowance"] == sum(parts) == 182381
    assert amounts["end_of_year_contribution"] == 23837  # 13.07 %
    assert "gross" not in amounts
    await settle(database, clock, run_id, cast.ada)
    async with database.reading() as session:
        query = select(PayResult.parameters).where(PayResult.run_id == run_id)
        versions = (await session.execute(query)).scalar_one()
    assert versions["pay_after_exit"] == "2024-01-01 signed"


async def test_who_left_after_march_gets_the_holiday_pay_in_may_all_the_same(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN.replace("2025-01-01,,", "2025-01-01,2026-04-15,"))

    run_id = await _run(database, clock, MAY)
    await settle(database, clock, run_id, cast.ada)

    amounts = await _amounts(database, cast, MAY)
    paid = reference.exceptional("2026-05-31", "holiday_pay", Decimal("2760.00"), 36000, {})
    assert (amounts["holiday_pay"], amounts["net"]) == (276000, int(paid["net"] * 100))
    assert await _problems(database) == []


async def test_holiday_pay_that_an_officer_states_after_the_exit_is_paid_and_other_amounts_are_not(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN)
    await enter(database, clock, "expenses", "HP,E100,2026-06-10,at the exit,2000.00,holiday_pay,,")
    async with database.transaction() as session:
        gone = Span(date(2026, 6, 1), FOREVER, {"employed": "no", "because": "exit"})
        origin = Origin(FactSource.OFFICER, "Ada Bakker", "left")
        moment = await facts.next_moment(session, clock)
        facts.record(session, cast.an.person_id or 0, FactKind.EMPLOYMENT, [gone], origin, moment)

    await _run(database, clock, PayMonth(2026, 6))

    paid = reference.exceptional("2026-06-30", "holiday_pay", Decimal("2000.00"), 36000, {})
    amounts = await _amounts(database, cast, PayMonth(2026, 6))
    assert (amounts.get("gross"), amounts["net"]) == (None, int(paid["net"] * 100))
    assert await _problems(database) == []

    await enter(database, clock, "expenses", "EX,E100,2026-06-10,taxi,20.00,untaxed,,")
    await _run(database, clock, PayMonth(2026, 6))
    assert await _problems(database) == [("E100", "one_off")]


async def test_holiday_pay_that_is_stated_after_the_exit_is_not_lost_where_the_scale_lacks_its_statute(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await enter(database, clock, "expenses", "HP,E100,2026-06-10,at the exit,2000.00,holiday_pay,,")
    async with database.transaction() as session:
        origin = Origin(FactSource.OFFICER, "Ada Bakker", "left")
        moment = await facts.next_moment(session, clock)
        for kind, values in (
            (FactKind.SCALE, {"scale": "A", "step": "1"}),
            (FactKind.EMPLOYMENT, {"employed": "no", "because": "exit"}),
        ):
            spans = [Span(date(2026, 1, 1), FOREVER, values)]
            facts.record(session, cast.an.person_id or 0, kind, spans, origin, moment)

    await _run(database, clock, PayMonth(2026, 6))

    assert await _problems(database) == [("E100", "scale")]


@pytest.mark.parametrize("is_signed", [False, True])
async def test_more_pay_of_an_earlier_year_waits_for_a_signature_and_less_tax_does_not(
    database: Database, clock: SettableClock, cast: Cast, is_signed: bool
) -> None:
    law = LAW.signed("arrears", SIGNED_UNTIL) if is_signed else LAW
    december = PayMonth(2025, 12)
    await hire(database, clock, AN, AN.replace("E100", "E101"))
    await _run(database, clock, december, law)
    clock.at = datetime(2026, 1, 5, 8, tzinfo=UTC)
    await hire(
        database, clock, "E100,2025-12-01,2025-12-31,3100.00,1,single,none,0,0,a raise that was forgotten",
        "E101,2025-12-01,2025-12-31,3000.00,1,single,none,2,0,children whom nobody had heard of",
    )  # fmt: skip

    run_id = await _run(database, clock, PayMonth(2026, 1), law)

    async with database.reading() as session:
        booked = await store.differences_of_run(session, run_id)
        query = select(PayResult.parameters).where(PayResult.run_id == run_id, PayResult.period == "2025-12")
        versions = (await session.execute(query.order_by(PayResult.person_id))).scalars().all()
    gross = [one.amount for one in booked.get(cast.an.person_id or 0, ()) if one.wage_type == "gross"]
    assert cast.luc.person_id in booked
    assert gross == ([10000] if is_signed else [])
    assert [one.get("arrears") for one in versions] == (["2024-01-01 signed", None] if is_signed else [None])
    assert await _problems(database) == ([] if is_signed else [("E100", "arrears")])
    for person, is_shown in ((cast.an.person_id or 0, is_signed), (cast.luc.person_id or 0, True)):
        async with database.reading() as session:
            known = await facts_store.all_of_person(session, person)
            learned = max(one.known_from for one in known)
            paid_with = await store.paid_with(session, person, learned)
        change = change_of(known, person, december, learned, law, paid_with)
        assert isinstance(change, MonthChange) is is_shown  # what is shown beforehand is what a run pays


@pytest.mark.parametrize("is_signed", [False, True])
async def test_what_becomes_known_after_the_run_of_december_is_seen_beforehand_as_january_books_it(
    database: Database, desk: Desk, clock: SettableClock, cast: Cast, is_signed: bool
) -> None:
    law = LAW.signed("arrears", SIGNED_UNTIL) if is_signed else LAW
    await hire(database, clock, AN)
    clock.at = datetime(2025, 12, 10, 8, tzinfo=UTC)
    answers = {"allowance": "bilingualism", "language_article": "art8", "question": "?", "start": "2025-12-01",
               "end": "2025-12-31"}  # fmt: skip
    async with database.transaction() as session:
        case = await make_case(session, desk, cast.an)
        await handling.classify(session, desk, case, cast.hanne, "allowances", answers, Channel.WEB)

    async def seen() -> tuple[list[str], list[tuple[str, str | None]]]:
        async with database.reading() as session:
            moment = await facts.known_moment(session, clock) + facts.TICK
            expected = await preview.of_case(session, desk.catalogue, law, case, moment)
        assert expected is not None
        return [one.period for one in expected.months], [(one.rule, one.period) for one in expected.problems]

    assert await seen() == (["2025-12"], [])  # the run of December is still to come, and pays it
    await _run(database, clock, PayMonth(2025, 12), law)
    clock.at = datetime(2025, 12, 22, 8, tzinfo=UTC)
    assert await seen() == ((["2025-12"], []) if is_signed else ([], [("arrears", "2025-12")]))

    async with database.transaction() as session:
        closed = await close_case(session, desk, cast, "allowances", answers)
    await apply_closed_cases(database, clock, desk.catalogue, law, SETTINGS)
    run_id = await _run(database, clock, PayMonth(2026, 1), law)

    async with database.reading() as session:
        booked = await store.differences_of_run(session, run_id)
    of_december = [(one.wage_type, one.amount, one.case) for one in booked.get(cast.an.person_id or 0, ())]
    assert (("language_allowance", 4244, closed.number) in of_december) == is_signed  # 20.00 x 2.1223
    assert ("E100", "arrears") not in await _problems(database) if is_signed else of_december == []
    if not is_signed:
        assert ("E100", "arrears") in await _problems(database)


async def test_the_run_of_december_that_is_run_again_in_january_pays_arrears_too(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await hire(database, clock, AN)
    await _run(database, clock, PayMonth(2025, 12))
    clock.at = datetime(2026, 1, 5, 8, tzinfo=UTC)
    await hire(database, clock, "E100,2025-12-01,2025-12-31,3100.00,1,single,none,0,0,a raise that was forgotten")

    run_id = await run(database, clock, PayMonth(2025, 12))

    async with database.reading() as session:
        assert await store.differences_of_run(session, run_id) == {}
    assert await _problems(database) == [("E100", "arrears")]


async def test_a_payment_that_rests_on_a_month_before_the_hiring_is_a_problem_of_that_person(
    database: Database, clock: SettableClock, cast: Cast, tmp_path: Path
) -> None:
    folder, name = tmp_path / "own", "yearly_payments.yaml"
    folder.mkdir()
    ours = (parameters.LAW / name).read_text(encoding="utf-8")
    own = ours.replace('end_of_year_allowance_rests_on: "10"', 'end_of_year_allowance_rests_on: "2"')
    (folder / name).write_text(own, encoding="utf-8")
    await hire(database, clock, AN.replace("2025-01-01,,", "2025-05-01,,"), AN.replace("E100", "E101"))

    await _run(database, clock, NOVEMBER, own_law.read(folder))

    assert await _problems(database) == [("E100", "yearly_payments")]
    async with database.reading() as session:
        paid = (await session.execute(select(PayResult.person_id))).scalars().all()
    assert paid == [cast.luc.person_id]

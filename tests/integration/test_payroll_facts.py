"""Facts in the database: imported twice as safely as once, and resolved at any moment of knowledge."""

import asyncio
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta

from factories import bring_people
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.clock import SettableClock
from casework.db import Database
from casework.people.importing import RowProblem
from casework.people.models import Person
from payroll.engine.periods import PayMonth
from payroll.facts import service, store
from payroll.facts.importing import COLUMNS, FactsReport, import_facts, read_facts
from payroll.facts.models import Fact, FactKind, FactSource
from payroll.facts.service import Origin
from payroll.facts.timeline import FOREVER, Span, Values, on_day

HEADING = ",".join(COLUMNS)
HIRED = "E100,2026-01-01,,3000.00,1,single,none,0,0,hired"
RAISED = "E100,2026-06-01,,3200.00,1,single,none,0,0,raised"


async def _import(database: Database, clock: SettableClock, *rows: str) -> FactsReport:
    read, problems = read_facts("\n".join((HEADING, *rows)))
    assert problems == []
    async with database.transaction() as session:
        return await import_facts(session, clock, read, "Ada Bakker")


async def _an(session: AsyncSession) -> int:
    return (await session.execute(select(Person.id).where(Person.employee_number == "E100"))).scalar_one()


async def _held(database: Database, kind: FactKind, day: date, known_at: datetime | None = None) -> Values | None:
    async with database.reading() as session:
        facts = await store.of_person(session, await _an(session), kind)
    return on_day(store.in_force(facts, kind, known_at or datetime(2030, 1, 1, tzinfo=UTC)), day)


async def _count(database: Database) -> int:
    async with database.reading() as session:
        return (await session.execute(select(func.count(Fact.id)))).scalar_one()


async def _people(database: Database) -> None:
    async with database.transaction() as session:
        await bring_people(session)


async def test_import_facts_keeps_pay_and_household_with_author_and_reason(
    database: Database, clock: SettableClock
) -> None:
    await _people(database)

    report = await _import(database, clock, HIRED.replace(",1,single", ",0.8,single"))

    assert report == FactsReport(added=1, unchanged=0, problems=())
    async with database.reading() as session:
        facts: Sequence[Fact] = (await session.execute(select(Fact).order_by(Fact.id))).scalars().all()
    assert [(fact.kind, fact.values, fact.valid_from, fact.valid_to) for fact in facts] == [
        (
            "pay",
            {"gross_month": 300000, "fraction_numerator": 8, "fraction_denominator": 10, "statute": "contractual"},
            date(2026, 1, 1),
            None,
        ),
        (
            "household",
            {"civil_status": "single", "spouse_income": "none", "children": 0, "other_dependants": 0},
            date(2026, 1, 1),
            None,
        ),
    ]
    assert {(fact.author, fact.reason, fact.known_from) for fact in facts} == {("Ada Bakker", "hired", clock.now())}


async def test_import_facts_twice_changes_nothing(database: Database, clock: SettableClock) -> None:
    await _people(database)
    await _import(database, clock, RAISED, HIRED)
    before = await _count(database)

    report = await _import(database, clock, HIRED, RAISED)

    assert report == FactsReport(added=0, unchanged=2, problems=())
    assert await _count(database) == before


async def test_import_facts_of_two_rows_the_one_that_begins_later_holds_in_any_order(
    database: Database, clock: SettableClock
) -> None:
    await _people(database)

    await _import(database, clock, RAISED, HIRED)

    may = await _held(database, FactKind.PAY, date(2026, 5, 31))
    june = await _held(database, FactKind.PAY, date(2026, 6, 1))
    assert may is not None
    assert june is not None
    assert (may["gross_month"], june["gross_month"]) == (300000, 320000)


async def test_import_facts_can_go_back_to_what_an_earlier_import_said(
    database: Database, clock: SettableClock
) -> None:
    await _people(database)
    await _import(database, clock, HIRED)
    await _import(database, clock, HIRED.replace("3000", "3200"))

    report = await _import(database, clock, HIRED)

    held = await _held(database, FactKind.PAY, date(2026, 9, 1))
    assert report.added == 1
    assert held is not None
    assert held["gross_month"] == 300000


async def test_import_facts_again_leaves_what_a_case_changed(database: Database, clock: SettableClock) -> None:
    await _people(database)
    await _import(database, clock, HIRED)
    two_children = {"civil_status": "single", "spouse_income": "none", "children": 2, "other_dependants": 0}
    async with database.transaction() as session:
        moment = await service.next_moment(session, clock)
        origin = Origin(FactSource.CASE, "Balie", "HRB0000001 household", case_number="HRB0000001")
        span = Span(date(2026, 9, 1), FOREVER, two_children)
        service.record(session, await _an(session), FactKind.HOUSEHOLD, [span], origin, moment)

    await _import(database, clock, HIRED, RAISED)

    assert await _held(database, FactKind.HOUSEHOLD, date(2026, 9, 1)) == two_children


async def test_import_facts_refuses_a_person_nobody_knows_and_keeps_the_others(
    database: Database, clock: SettableClock
) -> None:
    await _people(database)

    report = await _import(database, clock, HIRED.replace("E100", "E999"), HIRED)

    assert report == FactsReport(1, 0, (RowProblem(2, "nobody has employee_number E999"),))


async def test_facts_at_an_earlier_moment_are_what_was_known_then(database: Database, clock: SettableClock) -> None:
    await _people(database)
    await _import(database, clock, HIRED)
    then = clock.now()
    clock.advance(timedelta(days=30))
    await _import(database, clock, HIRED.replace("3000", "3100"))

    day = date(2026, 9, 1)
    known_then, known_now = await _held(database, FactKind.PAY, day, then), await _held(database, FactKind.PAY, day)

    assert known_then is not None
    assert known_now is not None
    assert (known_then["gross_month"], known_now["gross_month"]) == (300000, 310000)


async def test_facts_of_a_month_leave_out_other_months_other_people_and_later_knowledge(
    database: Database, clock: SettableClock
) -> None:
    await _people(database)
    await _import(database, clock, "E100,2026-01-01,2026-03-31,3000,1,single,none,0,0,", HIRED.replace("E100", "E101"))
    known_at = clock.now()
    await _import(database, clock, "E102,2026-03-31,,3000,1,single,none,0,0,")

    async with database.reading() as session:
        everybody = (1, 99)
        march = await store.of_month(session, PayMonth(2026, 3), known_at, everybody)
        april = await store.of_month(session, PayMonth(2026, 4), known_at, everybody)
        an = await _an(session)

    assert [fact.kind for fact in march[an]] == ["pay", "household"]
    assert len(march) == 2
    assert an not in april


async def test_next_moment_never_repeats_even_while_the_clock_stands_still(
    database: Database, clock: SettableClock
) -> None:
    async def moment() -> datetime:
        async with database.transaction() as session:
            return await service.next_moment(session, clock)

    moments = await asyncio.gather(*(moment() for _ in range(5)))

    assert sorted(moments) == [clock.now() + number * service.TICK for number in range(5)]

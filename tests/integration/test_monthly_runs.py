"""The schedule says when and a claim says whether: one run of a month, whoever keeps the schedule by whatever clock."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from factories import Cast, make_cast
from lxml import etree
from pay_office import AN, GRETA, LAW, LUC, SEPTEMBER, SETTINGS, enter, equip, hire, run, settle
from sqlalchemy import select

from casework.clock import SettableClock
from casework.db import Database
from payroll.declarations import outputs, periods
from payroll.declarations.models import PayOutput
from payroll.engine.periods import PayMonth
from payroll.runs import parts
from payroll.runs.engine_version import engine_version
from payroll.runs.models import PayResult, PayRun, RunState
from payroll.runs.monthly import run_due_months
from payroll.runs.schedule import calculate_open_months
from payroll.runs.service import Order, carry_out

JULY = PayMonth(2026, 7)
CUT_OFF = datetime(2026, 9, 22, 8, 0, tzinfo=UTC)


@pytest.fixture
async def cast(database: Database, clock: SettableClock) -> Cast:
    async with database.transaction() as session:
        cast = await make_cast(session)
    await hire(database, clock, AN, LUC, GRETA)
    return cast


async def _runs(database: Database) -> list[tuple[str, int | None, str]]:
    async with database.reading() as session:
        query = select(PayRun.period, PayRun.organisation_id, PayRun.state).order_by(PayRun.id)
        return [tuple(row) for row in await session.execute(query)]


async def test_everybody_is_run_once_at_the_cut_off_where_no_employer_is_known(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    clock.at = CUT_OFF - timedelta(days=1)
    assert await run_due_months(database, clock, LAW, SETTINGS) == []
    clock.at = CUT_OFF
    assert await run_due_months(database, clock, LAW, SETTINGS) == [1]
    assert await run_due_months(database, clock, LAW, SETTINGS) == []
    assert await _runs(database) == [("2026-09", None, "calculated")]


async def test_each_employer_is_run_with_its_own_people(database: Database, clock: SettableClock, cast: Cast) -> None:
    await equip(database)
    clock.at = CUT_OFF
    made = await run_due_months(database, clock, LAW, SETTINGS)

    assert [organisation for _, organisation, _ in await _runs(database)] == [
        cast.an.organisation_id, cast.greta.organisation_id,
    ]  # fmt: skip
    await settle(database, clock, made[0], cast.ada, cast.omar)
    await settle(database, clock, made[1], cast.ada, cast.omar)
    async with database.reading() as session:
        files = [one.filename for made_ in made for one in await outputs.of_run(session, made_)]
    assert [name for name in files if name.endswith(".xml")] == ["BALIE-2026-09-1-1.xml", "BALIE-2026-09-2-2.xml"]


async def test_what_an_organisation_paid_before_its_first_run_is_not_paid_again(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    """An and Luc are run in July, in September Greta's organisation is too; of Luc more is known of July by then."""
    clock.at = datetime(2026, 7, 22, 8, 0, tzinfo=UTC)
    await carry_out(database, clock, LAW, SETTINGS, Order(JULY, cast.an.organisation_id))
    clock.at = CUT_OFF - timedelta(days=1)
    await hire(database, clock, "E101,2026-07-01,,100.00,1,single,none,0,0,a second task")
    clock.at = CUT_OFF
    for organisation_id in (cast.an.organisation_id, cast.greta.organisation_id):
        await carry_out(database, clock, LAW, SETTINGS, Order(SEPTEMBER, organisation_id))

    async with database.reading() as session:
        query = select(PayResult.run_id, PayResult.person_id, PayResult.period)
        found = sorted(tuple(row) for row in await session.execute(query))
    an, luc, greta = (one.person_id for one in (cast.an, cast.luc, cast.greta))
    july, september = str(JULY), str(SEPTEMBER)
    assert found == sorted(
        [(1, an, july), (1, luc, july), (2, luc, july), (2, an, september), (2, luc, september), (3, greta, september)]
    )


async def test_schedulers_that_wake_at_the_same_time_make_one_run(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    clock.at = CUT_OFF
    others = [Database(database.url) for _ in range(3)]
    made = await asyncio.gather(*(run_due_months(one, clock, LAW, SETTINGS) for one in (database, *others)))
    for one in others:
        await one.close()
    assert sorted(made) == [[], [], [], [1]]
    assert await _runs(database) == [("2026-09", None, "calculated")]


@pytest.mark.parametrize(
    ("evening", "period", "calculated_at"),
    [
        (datetime(2026, 10, 24, 21, tzinfo=UTC), "2026-10", datetime(2026, 10, 25, 2, tzinfo=UTC)),
        (datetime(2026, 3, 28, 21, tzinfo=UTC), "2026-03", datetime(2026, 3, 29, 0, tzinfo=UTC)),
    ],
)
async def test_on_the_night_of_a_clock_change_there_is_one_run_and_one_calculation(
    database: Database, clock: SettableClock, cast: Cast, evening: datetime, period: str, calculated_at: datetime
) -> None:
    """Ask every ten minutes through the whole night; the turn of the day that begins waits for three o'clock."""
    clock.at = evening
    await calculate_open_months(database, clock, LAW, SETTINGS)
    made: list[int] = []
    calculated: list[datetime] = []
    for _ in range(40):
        clock.advance(timedelta(minutes=10))
        made += await run_due_months(database, clock, LAW, SETTINGS)
        if await calculate_open_months(database, clock, LAW, SETTINGS):
            calculated.append(clock.at)
    assert made == [1]
    assert await _runs(database) == [(period, None, "calculated")]
    assert calculated == [calculated_at]


async def test_a_run_that_was_killed_is_finished_by_the_next_turn(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    clock.at = CUT_OFF
    await run(database, clock, PayMonth(2026, 8))
    async with database.transaction() as session:
        key = {"parameters": LAW.fingerprint, "engine": engine_version()}
        killed = PayRun(period="2026-09", number=1, known_at=clock.now(), people_per_part=2, **key)
        session.add(killed)
        await session.flush()
        await parts.plan(session, killed, [1, 2, 3])
    await run_due_months(database, clock, LAW, SETTINGS)
    assert [state for _, _, state in await _runs(database)] == [RunState.CALCULATED] * 3


async def test_quarter_and_year_are_made_once_from_what_was_paid(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await equip(database)
    await enter(database, clock, "addresses", "A-1,E100,2026-01-01,,Wetstraat,16 bus 2,1000,Brussel,,,",
                "A-2,E100,2027-01-01,,Rue Neuve,1,75001,Paris,FR,,",
                "A-3,E101,2026-01-01,,Lange Straat,7,6211 AB,Maastricht,nl,,")  # fmt: skip
    await settle(database, clock, await run(database, clock), cast.ada)
    clock.at = datetime(2026, 10, 4, 8, tzinfo=UTC)
    assert await periods.make_due_outputs(database, clock) == []
    clock.at = datetime(2026, 10, 5, 8, tzinfo=UTC)
    quarter, before = await periods.make_due_outputs(database, clock)
    assert await periods.make_due_outputs(database, clock) == []
    clock.at = datetime(2027, 1, 5, 8, tzinfo=UTC)
    _, sheets = await periods.make_due_outputs(database, clock)

    assert (quarter.filename, before.filename) == ("quarter-2026-Q3-1.jsonl", "281.10-2025-1.xml")
    assert quarter.content.decode().splitlines()[0] == (
        '{"employee_number": "E100", "national_number": null, "statute": "contractual", "worker_code": "495", '
        '"remunerations": [{"code": "1", "amount": "3000.00"}], "blocks": [{"block": "90001", "code": "856", '
        '"amount": "19.23"}, {"block": "90110", "code": "0001", "amount": "110.54"}], "missing": ["employer_category", '
        '"contribution_rates", "occupation", "public_sector_career_data"]}'
    )
    read = etree.fromstring(sheets.content)
    first = {child.tag: child.text for child in read.find(".//Fiche28110")}
    assert first == {
        "f2002": "2026", "f2005": "1", "f2008": "28110", "f2009": "1", "f2013": "Peeters An",
        "f2015": "Wetstraat 16 bus 2, 1000 Brussel", "f2019": "1",
        "f2021": "0", "f2022": "0", "f2027": "1", "f10_2041": "1", "f10_2109": None, "f10_2060": "271844",
        "f10_2062": "271844", "f10_2074": "43787", "f10_2075": "1923", "f10_2115": "11054", "f10_2059": "600452",
    }  # fmt: skip
    lines = [sheet.findtext("f2015") for sheet in read.iterfind(".//Fiche28110")]
    assert lines[1:] == ["Lange Straat 7, 6211 AB Maastricht, NL", None]
    homes = [tuple(sheet.findtext(code) for code in ("f2019", "f2021")) for sheet in read.iterfind(".//Fiche28110")]
    assert homes == [("1", "0"), ("1", "0"), ("2", "1")]
    totals = {code: int(read.findtext(f".//{code}")) for code in ("r8002", "r8010", "r8011", "r9013")}
    assert totals == {"r8002": 2026, "r8010": 3, "r8011": 6, "r9013": 43787 + 45313 + 35518}


async def test_outputs_over_which_somebody_was_killed_are_made_by_the_next_and_by_two_at_once_kept_once(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await equip(database)
    await settle(database, clock, await run(database, clock), cast.ada)
    clock.at = datetime(2026, 10, 5, 8, tzinfo=UTC)
    before = await periods.make_quarter(database, clock, 2026, 3)  # kept, and killed before it was said to be over
    other = Database(database.url)

    made = await asyncio.gather(*(periods.make_due_outputs(one, clock) for one in (database, other)))
    await other.close()

    assert {one.sha256 for both in made for one in both if one.filename == before.filename} == {before.sha256}
    async with database.reading() as session:
        kept = (await session.execute(select(PayOutput.filename).where(PayOutput.run_id.is_(None)))).scalars().all()
    assert sorted(kept) == ["281.10-2025-1.xml", "quarter-2026-Q3-1.jsonl"]
    assert await periods.make_due_outputs(database, clock) == []


async def test_arrears_of_an_earlier_year_stand_apart_on_the_sheet(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    await equip(database)
    clock.at = datetime(2026, 1, 15, 8, tzinfo=UTC)
    await hire(database, clock, "E100,2025-12-01,,3000.00,1,single,none,0,0,hired")
    await settle(database, clock, await run(database, clock, PayMonth(2025, 12)), cast.ada)
    await hire(database, clock, "E100,2025-12-01,,3100.00,1,single,none,0,0,raised")
    signed = LAW.signed("arrears", date(2026, 12, 31))  # more pay of an earlier year waits for an officer
    await settle(database, clock, await run(database, clock, PayMonth(2026, 1), law=signed), cast.ada)

    made = await periods.make_year(database, clock, 2026)
    sheet = etree.fromstring(made.content).find(".//Fiche28110")
    assert int(sheet.findtext("f10_2064")) > 0
    assert int(sheet.findtext("f10_2062")) == int(sheet.findtext("f10_2060")) + int(sheet.findtext("f10_2064"))

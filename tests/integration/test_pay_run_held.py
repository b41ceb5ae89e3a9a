"""A run keeps its law and its engine to its end: what cannot go on says so, and begins anew when an officer asks."""

import asyncio
from datetime import date, timedelta

import pytest
from factories import Cast, make_cast
from pay_office import AN, GRETA, LAW, LUC, SETTINGS, equip, hire, run, settle
from sqlalchemy import func, select, update

from casework.audit.models import AuditEntry
from casework.clock import SettableClock
from casework.db import Database
from payroll.facts.models import Fact, FactKind
from payroll.runs import parts, problems, service, store
from payroll.runs.engine_version import engine_version
from payroll.runs.hindrances import OtherLaw, PartsBroken
from payroll.runs.lifecycle import StepNotAllowed
from payroll.runs.models import PayResult, PayRun, RunState
from payroll.runs.monthly import run_due_months
from payroll.runs.problems import Problem
from payroll.runs.schedule import calculate_open_months

OTHER = LAW.signed("telework", date(2026, 12, 31))


@pytest.fixture
async def cast(database: Database, clock: SettableClock) -> Cast:
    async with database.transaction() as session:
        cast = await make_cast(session)
    await hire(database, clock, AN, LUC, GRETA)
    await equip(database)
    return cast


async def _begun(database: Database, clock: SettableClock, cast: Cast) -> int:
    """Begin a run of two parts and do the first of them, as a process does that is killed then."""
    async with database.transaction() as session:
        begun = PayRun(
            period="2026-09", number=1, known_at=clock.now(), people_per_part=2, parameters=LAW.fingerprint,
            engine=engine_version(), ordered_by_id=cast.omar.person_id,
        )  # fmt: skip
        session.add(begun)
        await session.flush()
        await parts.plan(session, begun, [cast.an.person_id or 0, cast.luc.person_id or 0, cast.greta.person_id or 0])
    await service.do_part(database, clock, LAW, begun.id, 0)
    return begun.id


async def _standing(database: Database) -> tuple[str, int, list[str]]:
    """Return where the only run stands, how many results there are, and which rules have a problem."""
    async with database.reading() as session:
        state = (await session.execute(select(PayRun.state))).scalar_one()
        results = (await session.execute(select(func.count(PayResult.id)))).scalar_one()
        return state, results, [one.rule for one in await problems.all_problems(session)]


async def test_a_run_is_not_finished_with_another_law_than_it_began_with(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    run_id = await _begun(database, clock, cast)

    clock.at = clock.at.replace(day=22)  # the cut-off has come
    assert await run_due_months(database, clock, OTHER, SETTINGS) == []
    await service.do_part(database, clock, OTHER, run_id, 1)
    with pytest.raises(OtherLaw) as refused:
        await run(database, clock, law=OTHER)
    held = await _standing(database)
    await service.resume(database, clock, LAW)

    assert held == (RunState.OPEN, 2, ["other_law"])
    assert str(refused.value) == (
        "run 1 of 2026-09 (id 1) was begun with other law tables, or by another version of the program, than there are "
        "now; put those back and it goes on, or begin it anew with `balie payroll begin-anew 1`"
    )
    assert await _standing(database) == (RunState.CALCULATED, 3, [])


async def test_a_run_that_begins_anew_holds_one_law_and_one_result_each(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    run_id = await _begun(database, clock, cast)
    await hire(database, clock, AN.replace("3000.00", "3500.00").replace("hired", "raise"))

    await service.begin_anew(database, clock, OTHER, SETTINGS, run_id, cast.ada, "web")

    async with database.reading() as session:
        begun = (await session.execute(select(PayRun))).scalar_one()
        logged = (await session.execute(select(AuditEntry.action, AuditEntry.actor))).all()
        [of_an] = (
            await session.execute(select(PayResult.amounts).where(PayResult.person_id == cast.an.person_id))
        ).scalars()
    assert await _standing(database) == (RunState.CALCULATED, 3, [])
    assert (begun.parameters, begun.ordered_by_id) == (OTHER.fingerprint, cast.ada.person_id)
    assert of_an["gross"] == 350000
    assert ("begin_pay_run_anew", cast.ada.name) in [tuple(row) for row in logged]
    with pytest.raises(StepNotAllowed):
        await service.begin_anew(database, clock, OTHER, SETTINGS, run_id, cast.ada, "web")
    await settle(database, clock, run_id, cast.omar)


async def test_a_run_that_begins_anew_is_not_called_calculated_by_who_finished_its_former_parts(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    run_id = await _begun(database, clock, cast)
    await service.do_part(database, clock, LAW, run_id, 1)
    async with database.transaction() as session:
        begun = (await session.execute(select(PayRun))).scalar_one()
        begun.state = RunState.OPEN  # its last part is done, and whoever did it is about to end the run
    async with database.transaction() as session:
        begun = (await session.execute(select(PayRun))).scalar_one()
        begun.known_at += timedelta(seconds=1)
        await session.flush()
        await parts.replan(session, begun, [cast.an.person_id or 0, cast.luc.person_id or 0])
        ending = asyncio.ensure_future(service.resume(database, clock, LAW))
        await asyncio.sleep(0.3)
    await ending

    begun_anew = await _standing(database)
    await service.resume(database, clock, LAW)

    assert begun_anew == (RunState.OPEN, 0, [])
    assert await _standing(database) == (RunState.CALCULATED, 2, [])


async def test_what_a_worker_found_in_a_part_that_was_thrown_away_keeps_no_run_up(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    run_id = await _begun(database, clock, cast)
    found = Problem(cast.greta.person_id, "telework", "2026-09", "found with the former law")
    async with database.transaction() as session:
        begun = await store.run(session, run_id)
        await parts.take(session, run_id, 1, wait=False)
        await problems.add(session, store.source_of(begun), [found], clock.now())
        anew = asyncio.ensure_future(service.begin_anew(database, clock, OTHER, SETTINGS, run_id, cast.ada, "web"))
        await asyncio.sleep(0.3)
    await anew

    assert await _standing(database) == (RunState.CALCULATED, 3, [])


async def test_a_part_on_which_the_program_fails_is_shown_and_stops_no_other_part(
    database: Database, clock: SettableClock, cast: Cast
) -> None:
    broken = update(Fact).where(Fact.person_id == cast.an.person_id, Fact.kind == FactKind.PAY)
    async with database.transaction() as session:  # no door lets such a fact in
        sound = (await session.execute(select(Fact.values).where(Fact.kind == FactKind.PAY))).scalars().first()
        await session.execute(broken.values(values={**sound, "fraction_denominator": 0}))

    assert await calculate_open_months(database, clock, LAW, SETTINGS)
    async with database.reading() as session:
        daily = [(one.rule, one.period) for one in await problems.all_problems(session)]
    with pytest.raises(PartsBroken):
        await run(database, clock)
    held = await _standing(database)
    async with database.transaction() as session:
        await session.execute(broken.values(values=sound))
    await service.resume(database, clock, LAW)

    assert daily == [("run_broken", "2026-09")]
    assert held == (RunState.OPEN, 1, ["run_broken", "run_broken"])
    assert await _standing(database) == (RunState.CALCULATED, 3, ["run_broken"])  # until the next daily calculation
    clock.advance(timedelta(days=1))
    assert await calculate_open_months(database, clock, LAW, SETTINGS)
    assert await _standing(database) == (RunState.CALCULATED, 3, [])

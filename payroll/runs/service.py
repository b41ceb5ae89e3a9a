"""Runs a period: results are stored once, and whatever becomes known later is booked as differences.

A run is begun in one transaction, which fixes what it knows and whose pay it is; each part of its people is
calculated and stored in one of its own, so a run that was killed goes on where it stopped, and processes share it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import update
from sqlalchemy.ext.asyncio import AsyncSession

from casework.clock import Clock
from casework.db import Database, insert_once
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.facts import service as facts
from payroll.facts import store as facts_store
from payroll.runs import cycles, fan_out, parts, problems, store
from payroll.runs.engine_version import engine_version
from payroll.runs.models import JobClaim, PayRun, RunState
from payroll.settings import PayrollSettings


@dataclass(frozen=True)
class Order:
    """Which month is run, whose pay (`None`: everybody's), and who ordered it (`None`: the schedule)."""

    month: PayMonth
    organisation_id: int | None = None
    ordered_by_id: int | None = None


async def run_period(
    database: Database, clock: Clock, parameters: ParameterSet, settings: PayrollSettings, month: PayMonth
) -> int:
    """Run a period for everybody and return the id of its run."""
    return await carry_out(database, clock, parameters, settings, Order(month))


async def carry_out(
    database: Database, clock: Clock, parameters: ParameterSet, settings: PayrollSettings, order: Order
) -> int:
    """Run a period and return the id of its run.

    The first run of a period stores its results. Each later one books differences only, against the latest stored
    result; months that were run before are calculated again for whom something became known since. A run that
    was interrupted is finished first; if it is what was ordered, it is the answer.
    """
    while True:
        run = await _begin(database, clock, parameters, settings, order)
        await _work_off(database, clock, parameters, run)
        if (run.period, run.organisation_id) == (str(order.month), order.organisation_id):
            return run.id


async def carry_out_once(
    database: Database, clock: Clock, parameters: ParameterSet, settings: PayrollSettings, order: Order, job: str
) -> int | None:
    """Run a period on behalf of a job, unless some process did so before: the claim is written with the run.

    Returns the id of the run, or `None` if the job had its turn of this month.
    """
    await resume(database, clock, parameters)
    async with database.transaction() as session:
        moment = await facts.next_moment(session, clock)
        claim = {"job": job, "turn": order.month.year * 12 + order.month.month, "claimed_at": moment}
        if await store.open_run(session) is not None or not await insert_once(session, JobClaim, claim):
            return None
        run = await _new_run(session, moment, parameters, settings, order)
    await _work_off(database, clock, parameters, run)
    return run.id


async def resume(database: Database, clock: Clock, parameters: ParameterSet) -> bool:
    """Finish the run that was interrupted, if there is one; return whether there was."""
    async with database.reading() as session:
        run = await store.open_run(session)
    if run is not None:
        await _work_off(database, clock, parameters, run)
    return run is not None


async def do_part(database: Database, clock: Clock, parameters: ParameterSet, run_id: int, part: int) -> None:
    """Do one part of a run on behalf of the process that began it; one that is done or taken is left alone.

    So is one of a run that was begun by other law tables or another engine than this process has: nobody's pay is
    mixed from two.
    """
    async with database.reading() as session:
        run = await store.run(session, run_id)
    if (run.parameters, run.engine) != (parameters.fingerprint, engine_version()):
        return
    await _do_part(database, clock, parameters, run, part, wait=False)
    await _finish(database, clock, run)


async def _begin(
    database: Database, clock: Clock, parameters: ParameterSet, settings: PayrollSettings, order: Order
) -> PayRun:
    async with database.transaction() as session:
        moment = await facts.next_moment(session, clock)
        interrupted = await store.open_run(session)
        if interrupted is not None:
            return interrupted
        return await _new_run(session, moment, parameters, settings, order)


async def _new_run(
    session: AsyncSession, moment: datetime, parameters: ParameterSet, settings: PayrollSettings, order: Order
) -> PayRun:
    run = PayRun(
        period=str(order.month),
        number=await store.last_number(session, str(order.month)) + 1,
        known_at=moment,
        parameters=parameters.fingerprint,
        people_per_part=settings.people_per_part,
        organisation_id=order.organisation_id,
        engine=engine_version(),
        ordered_by_id=order.ordered_by_id,
    )
    session.add(run)
    await session.flush()
    await problems.replace(session, store.source_of(run), (), moment)
    numbers = await parts.plan(session, run, await _people(session, run))
    if settings.fan_out:
        await fan_out.defer(session, run.id, numbers)
    return run


async def _people(session: AsyncSession, run: PayRun) -> Sequence[int]:
    """Return whose pay a run is, in the order of their ids."""
    people = await facts_store.people_with_pay(session, run.known_at)
    if run.organisation_id is None:
        return people
    own = await store.people_of(session, run.organisation_id)
    return [person for person in people if person in own]


async def _work_off(database: Database, clock: Clock, parameters: ParameterSet, run: PayRun) -> None:
    """Do the parts that nobody else is at, then wait for those that others are at: they may have been killed."""
    for wait in (False, True):
        async with database.reading() as session:
            waiting = await parts.not_done(session, run.id)
        for part in waiting:
            await _do_part(database, clock, parameters, run, part, wait=wait)
    await _finish(database, clock, run)


async def _do_part(
    database: Database, clock: Clock, parameters: ParameterSet, run: PayRun, part: int, *, wait: bool
) -> None:
    async with database.transaction() as session:
        people = await parts.take(session, run.id, part, wait=wait)
        if people is not None:
            with cycles.not_searched():
                await parts.work_off(session, run, part, people, parameters, clock.now())


async def _finish(database: Database, clock: Clock, run: PayRun) -> None:
    """Call a run calculated once each of its parts is done."""
    async with database.transaction() as session:
        if await parts.not_done(session, run.id):
            return
        finished = update(PayRun).where(PayRun.id == run.id, PayRun.state == RunState.OPEN)
        await session.execute(finished.values(state=RunState.CALCULATED, finished_at=clock.now()))

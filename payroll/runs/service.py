"""Runs a period: results are stored once, and whatever becomes known later is booked as differences.

A run is begun in one transaction, which fixes what it knows and whose pay it is; each part of its people is
calculated and stored in one of its own, so a run that was killed goes on where it stopped, and processes share it.
A run has one law and one engine from its beginning to its end: a process that has others takes no part in it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import structlog
from sqlalchemy import update
from sqlalchemy.exc import OperationalError
from sqlalchemy.ext.asyncio import AsyncSession

from casework.clock import Clock
from casework.db import Database, insert_once, rowcount
from casework.people.models import Actor
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.errors import PayrollError
from payroll.facts import service as facts
from payroll.facts import store as facts_store
from payroll.runs import cycles, fan_out, hindrances, lifecycle, parts, problems, store
from payroll.runs.engine_version import engine_version
from payroll.runs.hindrances import OtherLaw, PartsBroken
from payroll.runs.models import JobClaim, PayRun, RunState
from payroll.settings import PayrollSettings
from payroll.signatures import service as signatures

log = structlog.get_logger()


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
    was interrupted is finished first; if it is what was ordered, it is the answer. Raises `RunHeld` if a run cannot
    be finished, which is shown until it can.
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
    """Finish the run that was interrupted, if there is one; return whether there was. Raises `RunHeld`."""
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
        law = await _law_of(session, parameters, run)
    if law is not None:
        await _do_part(database, clock, law, run, part, wait=False)
        await _finish(database, clock, run)


async def begin_anew(
    database: Database,
    clock: Clock,
    parameters: ParameterSet,
    settings: PayrollSettings,
    run_id: int,
    actor: Actor,
    channel: str,
) -> None:
    """Begin an unfinished run anew, with the law, the engine and the knowledge of today, in the name of an officer.

    Nothing of an unfinished run was approved, paid or shown to an employee, so what it calculated is thrown away.
    Raises `PayrollError` if there is no such run, `StepNotAllowed` for one that is calculated, and `RunHeld`.
    """
    async with database.transaction() as session:
        moment = await facts.next_moment(session, clock)
        run = await session.get(PayRun, run_id)
        if run is None:
            raise PayrollError(f"there is no run {run_id}")
        numbers = await _planned_anew(session, moment, parameters, run, actor)
        lifecycle.write_down(session, run, "begin_pay_run_anew", actor, channel, clock.now())
        if settings.fan_out:
            await fan_out.defer(session, run.id, numbers)
    await _work_off(database, clock, parameters, run)


async def _planned_anew(
    session: AsyncSession, moment: datetime, parameters: ParameterSet, run: PayRun, actor: Actor
) -> Sequence[int]:
    """Give an open run the key of today, and return the numbers of its new parts.

    Its parts are locked before it is: whoever is at a part needs the run to store what it comes to.
    """
    lifecycle.require(run, RunState.OPEN, RunState.OPEN)
    run.known_at, run.engine, run.ordered_by_id = moment, engine_version(), actor.person_id
    run.parameters = (await signatures.in_force(session, parameters, moment)).fingerprint
    numbers = await parts.replan(session, run, await _people(session, run))
    await problems.replace(session, store.source_of(run), (), moment)  # nobody is at a part any more who finds others
    await hindrances.clear(session, run, moment)
    await session.refresh(run, with_for_update=True)
    lifecycle.require(run, RunState.OPEN, RunState.OPEN)
    return numbers


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
    law = await signatures.in_force(session, parameters, moment)
    run = PayRun(
        period=str(order.month),
        number=await store.last_number(session, str(order.month)) + 1,
        known_at=moment,
        parameters=law.fingerprint,
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


async def _law_of(session: AsyncSession, parameters: ParameterSet, run: PayRun) -> ParameterSet | None:
    """Return the law of a run: the tables at hand with what was signed when it began; None where it had others."""
    law = await signatures.in_force(session, parameters, run.known_at)
    return law if (run.parameters, run.engine) == (law.fingerprint, engine_version()) else None


async def _work_off(database: Database, clock: Clock, parameters: ParameterSet, run: PayRun) -> None:
    """Do the parts that nobody else is at, then wait for those that others are at: they may have been killed.

    Raises `OtherLaw` and `PartsBroken`, and shows why.
    """
    async with database.reading() as session:
        law = await _law_of(session, parameters, run)
    held = OtherLaw(run) if law is None else await _broken(database, clock, law, run)
    if held is not None and await hindrances.show(database, clock.now(), held):
        raise held
    await _finish(database, clock, run)


async def _broken(database: Database, clock: Clock, law: ParameterSet, run: PayRun) -> PartsBroken | None:
    """Do every part that can be done; return those on which the program failed, if there are any."""
    faults: dict[int, str] = {}
    for wait in (False, True):
        async with database.reading() as session:
            waiting = await parts.not_done(session, run.id)
        for part in waiting:
            if part in faults:
                continue
            try:
                await _do_part(database, clock, law, run, part, wait=wait)
            except OperationalError:
                raise  # the database is away: that is no fault of the part, and the next turn tries again
            except Exception as fault:
                log.exception("pay_run_part_failed", run=run.id, part=part)
                faults[part] = type(fault).__name__
    return PartsBroken(run, faults) if faults else None


async def _do_part(database: Database, clock: Clock, law: ParameterSet, run: PayRun, part: int, *, wait: bool) -> None:
    """Do a part with the law of its run; one of a run that began anew meanwhile has another, and is left alone."""
    async with database.transaction() as session:
        people = await parts.take(session, run.id, part, wait=wait)
        now = await store.run(session, run.id)
        if people is not None and (now.parameters, now.known_at) == (run.parameters, run.known_at):
            with cycles.not_searched():
                await parts.work_off(session, run, part, people, law, clock.now())


async def _finish(database: Database, clock: Clock, run: PayRun) -> None:
    """Call a run calculated once each of its parts is done; one that began anew meanwhile has other parts."""
    async with database.transaction() as session:
        if await parts.not_done(session, run.id):
            return
        finished = update(PayRun).where(
            PayRun.id == run.id, PayRun.state == RunState.OPEN, PayRun.known_at == run.known_at
        )
        done = await session.execute(finished.values(state=RunState.CALCULATED, finished_at=clock.now()))
        if rowcount(done):
            await hindrances.clear(session, run, clock.now())

"""Runs a period: results are stored once, and whatever becomes known later is booked as differences.

A run is begun in one transaction, which fixes what it knows; each part of its people is calculated and stored in
one of its own, so a run that was killed goes on where it stopped, and two processes share it.
"""

import asyncio
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import insert, update
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from casework.clock import Clock
from casework.db import Database
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.facts import service as facts
from payroll.facts import store as facts_store
from payroll.runs import problems, store
from payroll.runs.booking import Booking, book_month
from payroll.runs.models import PayDifference, PayResult, PayRun, PayRunPart, RunState
from payroll.settings import PayrollSettings


async def run_period(
    database: Database, clock: Clock, parameters: ParameterSet, settings: PayrollSettings, month: PayMonth
) -> int:
    """Run a period and return the id of its run.

    The first run of a period stores its results. Each later one books differences only, against the latest stored
    result; months that were run before are calculated again for whom something became known since. A run that
    was interrupted is finished first; if it is of this period, it is the answer.
    """
    while True:
        run = await _begin(database, clock, parameters, settings, month)
        await _work_off(database, clock, parameters, run)
        if run.period == str(month):
            return run.id


async def _begin(
    database: Database, clock: Clock, parameters: ParameterSet, settings: PayrollSettings, month: PayMonth
) -> PayRun:
    async with database.transaction() as session:
        moment = await facts.next_moment(session, clock)
        interrupted = await store.open_run(session)
        if interrupted is not None:
            return interrupted
        run = PayRun(
            period=str(month),
            number=await store.last_number(session, str(month)) + 1,
            known_at=moment,
            parameters=parameters.fingerprint,
            people_per_part=settings.people_per_part,
        )
        session.add(run)
        await session.flush()
        await problems.replace(session, source_of(run.period), (), moment)
        return run


def source_of(period: str) -> str:
    """Return the name under which the runs of a period keep their problems."""
    return f"run {period}"


async def _work_off(database: Database, clock: Clock, parameters: ParameterSet, run: PayRun) -> None:
    async with database.reading() as session:
        people = await facts_store.people_with_pay(session, run.known_at)
    parts = [people[start : start + run.people_per_part] for start in range(0, len(people), run.people_per_part)]
    for number, part in enumerate(parts):
        async with database.transaction() as session:
            if await _claim(session, run.id, number):
                await _calculate_part(session, run, (part[0], part[-1]), parameters, clock.now())
    async with database.transaction() as session:
        finished = update(PayRun).where(PayRun.id == run.id, PayRun.state == RunState.OPEN)
        await session.execute(finished.values(state=RunState.CALCULATED, finished_at=clock.now()))


async def _claim(session: AsyncSession, run_id: int, part: int) -> bool:
    try:
        async with session.begin_nested():
            await session.execute(insert(PayRunPart).values(run_id=run_id, part=part))
    except IntegrityError:
        return False
    return True


async def _calculate_part(
    session: AsyncSession, run: PayRun, people: tuple[int, int], parameters: ParameterSet, now: datetime
) -> None:
    this_month = PayMonth.parse(run.period)
    for month in (*await store.run_before(session, this_month), this_month):
        known = await facts_store.of_month(session, month, run.known_at, people)
        stored = await store.latest_results(session, str(month), people)
        earlier = month != this_month
        bookings, found = await asyncio.to_thread(
            book_month, known, stored, month, run.known_at, parameters, earlier=earlier
        )
        await _store(session, run, month, bookings)
        await problems.add(session, source_of(run.period), found, now)


async def _store(session: AsyncSession, run: PayRun, month: PayMonth, bookings: Sequence[Booking]) -> None:
    results = [
        {
            "run_id": run.id,
            "person_id": booking.person_id,
            "period": str(month),
            "known_at": run.known_at,
            "amounts": booking.amounts,
            "parameters": booking.parameters,
        }
        for booking in bookings
    ]
    if results:
        await session.execute(insert(PayResult), results)
    differences = [
        {
            "run_id": run.id,
            "person_id": booking.person_id,
            "period": str(month),
            "wage_type": wage_type,
            "case_number": case_number,
            "amount": amount,
        }
        for booking in bookings
        for (wage_type, case_number), amount in booking.differences.items()
        if amount
    ]
    if differences:
        await session.execute(insert(PayDifference), differences)

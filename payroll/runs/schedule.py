"""The daily calculation of open months: APScheduler says when, a unique claim row says whether."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from casework.clock import Clock, local_date
from casework.db import Database
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.facts import service as facts
from payroll.runs import open_months, problems, store
from payroll.runs.models import JobClaim, MonthCalculation
from payroll.runs.open_months import PartSum
from payroll.runs.pay_day import is_quiet_hour
from payroll.settings import PayrollSettings
from payroll.signatures import service as signatures

CALCULATION = "calculation"


async def calculate_open_months(
    database: Database, clock: Clock, parameters: ParameterSet, settings: PayrollSettings
) -> bool:
    """Calculate the present month, and every month that was run and about which something became known since.

    What stayed as it was is not calculated again. Nothing is booked: each month's totals and problems take the place
    of the ones before. Returns whether it was this call that did the work of this turn; nothing is done in the hour
    in which clocks change.
    """
    now = clock.now()
    if is_quiet_hour(now):
        return False
    turn = turn_of(now, settings.calculation_every)
    async with database.reading() as session:
        if await session.get(JobClaim, (CALCULATION, turn)) is not None:
            return False
        known_at = await facts.known_moment(session, clock)
        law = await signatures.in_force(session, parameters, known_at)
        months = {*await store.months_with_late_facts(session, law), PayMonth.of(local_date(now))}
    calculated = {
        month: await open_months.calculated(database, month, known_at, law, settings.people_per_part)
        for month in sorted(months)
    }
    async with database.transaction() as session:
        if not await _claim(session, turn, now):
            return False
        await _replace(session, calculated, now)
    return True


def turn_of(now: datetime, every: timedelta) -> int:
    """Return the number of the turn that a moment falls in, counted from 1970 in steps of the interval."""
    return int(now.timestamp() // every.total_seconds())


def source_of(month: PayMonth) -> str:
    """Return the name under which the daily calculation of a month keeps its problems."""
    return f"calculation {month}"


async def _claim(session: AsyncSession, turn: int, now: datetime) -> bool:
    try:
        async with session.begin_nested():
            await session.execute(insert(JobClaim).values(job=CALCULATION, turn=turn, claimed_at=now))
    except IntegrityError:
        return False
    return True


async def _replace(session: AsyncSession, calculated: Mapping[PayMonth, Sequence[PartSum]], now: datetime) -> None:
    for month in [PayMonth.parse(old.period) for old in await store.calculations(session)]:
        await problems.replace(session, source_of(month), (), now)
    await session.execute(delete(MonthCalculation))
    for month, parts in calculated.items():
        session.add(
            MonthCalculation(
                period=str(month),
                calculated_at=now,
                people=sum(part.people for part in parts),
                gross=sum(part.gross for part in parts),
                withholding_tax=sum(part.withholding_tax for part in parts),
                net=sum(part.net for part in parts),
            )
        )
        found = dict.fromkeys(problem for part in parts for problem in part.problems)
        await problems.replace(session, source_of(month), found, now)
    await open_months.keep(session, calculated)

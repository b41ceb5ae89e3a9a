"""The daily calculation of open months: APScheduler says when, a unique claim row says whether."""

import asyncio
from datetime import datetime, timedelta

from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from casework.clock import Clock, local_date
from casework.db import Database
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.facts import service as facts
from payroll.facts import store as facts_store
from payroll.runs import problems, store
from payroll.runs.models import JobClaim, MonthCalculation
from payroll.runs.months import Calculation, calculate
from payroll.runs.pay_day import is_quiet_hour
from payroll.settings import PayrollSettings

CALCULATION = "calculation"


async def calculate_open_months(
    database: Database, clock: Clock, parameters: ParameterSet, settings: PayrollSettings
) -> bool:
    """Calculate the present month, and every month that was run and about which something became known since.

    Nothing is booked: each month's totals and problems take the place of the ones before. Returns whether it was
    this call that did the work of this turn; nothing is done in the hour in which clocks change.
    """
    now = clock.now()
    if is_quiet_hour(now):
        return False
    turn = turn_of(now, settings.calculation_every)
    async with database.reading() as session:
        if await session.get(JobClaim, (CALCULATION, turn)) is not None:
            return False
        known_at = await facts.known_moment(session, clock)
        months = {*await store.months_with_late_facts(session), PayMonth.of(local_date(now))}
    calculated = {
        month: await _calculate(database, month, known_at, parameters, settings.people_per_part)
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


async def _calculate(
    database: Database, month: PayMonth, known_at: datetime, parameters: ParameterSet, people_per_part: int
) -> Calculation:
    whole = Calculation()
    async with database.reading() as session:
        people = await facts_store.people_with_pay(session, known_at)
        for start in range(0, len(people), people_per_part):
            part = people[start : start + people_per_part]
            known = await facts_store.of_month(session, month, known_at, (part[0], part[-1]))
            moments = dict.fromkeys(known, known_at)
            whole.add(await asyncio.to_thread(calculate, known, month, moments, parameters))
    return whole


async def _claim(session: AsyncSession, turn: int, now: datetime) -> bool:
    try:
        async with session.begin_nested():
            await session.execute(insert(JobClaim).values(job=CALCULATION, turn=turn, claimed_at=now))
    except IntegrityError:
        return False
    return True


async def _replace(session: AsyncSession, calculated: dict[PayMonth, Calculation], now: datetime) -> None:
    for month in [PayMonth.parse(old.period) for old in await store.calculations(session)]:
        await problems.replace(session, source_of(month), (), now)
    await session.execute(delete(MonthCalculation))
    for month, calculation in calculated.items():
        session.add(_totals(month, calculation, now))
        await problems.replace(session, source_of(month), calculation.problems.values(), now)


def _totals(month: PayMonth, calculation: Calculation, now: datetime) -> MonthCalculation:
    amounts = calculation.amounts.values()
    return MonthCalculation(
        period=str(month),
        calculated_at=now,
        people=len(calculation.amounts),
        gross=sum(one.get("gross", 0) for one in amounts),
        withholding_tax=sum(one.get("withholding_tax", 0) for one in amounts),
        net=sum(one.get("net", 0) for one in amounts),
    )

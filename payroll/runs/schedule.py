"""The daily calculation of open months: APScheduler says when, a unique claim row says whether."""

import asyncio
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import delete, insert
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from casework.clock import Clock, local_date
from casework.db import Database
from payroll.engine.money import Cents
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.facts import service as facts
from payroll.facts import store as facts_store
from payroll.runs import problems, store, yearly_pay
from payroll.runs.amounts import Amounts, tax_of
from payroll.runs.models import JobClaim, MonthCalculation
from payroll.runs.months import Calculation, calculate
from payroll.runs.pay_day import is_quiet_hour
from payroll.runs.problems import Problem
from payroll.settings import PayrollSettings

CALCULATION = "calculation"
TOTALLED: Mapping[str, Callable[[Amounts], Cents]] = {
    "gross": lambda amounts: amounts.get("gross", 0),
    "withholding_tax": tax_of,
    "net": lambda amounts: amounts.get("net", 0),
}
"""The sums of a month: the withholding tax is all of it, whatever it was withheld from."""


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


@dataclass
class _MonthSum:
    """What a month comes to, summed up part by part: the amounts of a ministry are never held at once."""

    people: int = 0
    totals: Counter[str] = field(default_factory=Counter)
    problems: dict[Problem, None] = field(default_factory=dict)

    def add(self, calculation: Calculation) -> None:
        """Take in a part of the people."""
        self.people += len(calculation.amounts)
        for amounts in calculation.amounts.values():
            for name, total in TOTALLED.items():
                self.totals[name] += total(amounts)
        self.problems.update(dict.fromkeys(calculation.problems.values()))


async def _calculate(
    database: Database, month: PayMonth, known_at: datetime, parameters: ParameterSet, people_per_part: int
) -> _MonthSum:
    whole = _MonthSum()
    since = yearly_pay.needed_since(month, parameters)
    async with database.reading() as session:
        people = await facts_store.people_with_pay(session, known_at)
    for start in range(0, len(people), people_per_part):
        part = people[start : start + people_per_part]
        async with database.reading() as session:
            known = await facts_store.of_month(session, month, known_at, (part[0], part[-1]), since)
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


async def _replace(session: AsyncSession, calculated: dict[PayMonth, _MonthSum], now: datetime) -> None:
    for month in [PayMonth.parse(old.period) for old in await store.calculations(session)]:
        await problems.replace(session, source_of(month), (), now)
    await session.execute(delete(MonthCalculation))
    for month, summed in calculated.items():
        totals = {wage_type: summed.totals[wage_type] for wage_type in TOTALLED}
        session.add(MonthCalculation(period=str(month), calculated_at=now, people=summed.people, **totals))
        await problems.replace(session, source_of(month), summed.problems, now)

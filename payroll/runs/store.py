"""Reads pay runs, their results and what they booked, one question each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.clock import local_date
from casework.people import organisations
from casework.people.models import Person
from payroll.engine.money import Cents
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.facts import store as facts_store
from payroll.facts.models import Fact
from payroll.runs import reach
from payroll.runs.models import NO_CASE, MonthCalculation, PayDifference, PayResult, PayRun, RunState
from payroll.runs.months import ORDER


@dataclass(frozen=True)
class Difference:
    """What a run books on one wage type of one month, in cents, and the case that it comes from, if any."""

    period: str
    wage_type: str
    amount: Cents
    case: str | None


async def run(session: AsyncSession, run_id: int) -> PayRun:
    """Return one run; the id comes from our own tables, so a missing one is a bug."""
    return (await session.execute(select(PayRun).where(PayRun.id == run_id))).scalar_one()


def source_of(run: PayRun) -> str:
    """Return the name under which the runs of a period and of the same people keep their problems."""
    return f"run {run.period}" if run.organisation_id is None else f"run {run.period} of {run.organisation_id}"


async def people_of(session: AsyncSession, organisation_id: int) -> frozenset[int]:
    """Return who works at an organisation or one of its parts."""
    organisations_ = await organisations.with_parts(session, organisation_id)
    query = select(Person.id).where(Person.organisation_id.in_(organisations_))
    return frozenset((await session.execute(query)).scalars())


async def all_runs(session: AsyncSession) -> Sequence[PayRun]:
    """Return every run, oldest first."""
    return (await session.execute(select(PayRun).order_by(PayRun.id))).scalars().all()


async def open_run(session: AsyncSession) -> PayRun | None:
    """Return the run that was begun and not finished, if there is one."""
    query = select(PayRun).where(PayRun.state == RunState.OPEN).order_by(PayRun.id).limit(1)
    return (await session.execute(query)).scalar_one_or_none()


async def last_number(session: AsyncSession, period: str) -> int:
    """Return how many runs a period has had."""
    query = select(func.coalesce(func.max(PayRun.number), 0)).where(PayRun.period == period)
    return (await session.execute(query)).scalar_one()


async def run_before(session: AsyncSession, month: PayMonth, people: tuple[int, int]) -> dict[PayMonth, frozenset[int]]:
    """Return the months before this one that have been run, oldest first, each with whom it was run for.

    Only a range of people (both included) is asked about. What an organisation paid before its first run is not ours to
    pay: another program did.
    """
    query = select(PayRun.period, PayRun.organisation_id).where(PayRun.period < str(month)).distinct()
    runs = (await session.execute(query.order_by(PayRun.period))).all()
    run_for = {one: await _run_for(session, one, people) for one in {organisation_id for _, organisation_id in runs}}
    months: dict[PayMonth, frozenset[int]] = {}
    for period, organisation_id in runs:
        earlier = PayMonth.parse(period)
        months[earlier] = months.get(earlier, frozenset()) | run_for[organisation_id]
    return months


async def _run_for(session: AsyncSession, organisation_id: int | None, people: tuple[int, int]) -> frozenset[int]:
    query = select(Person.id).where(Person.id.between(*people))
    if organisation_id is not None:
        query = query.where(Person.organisation_id.in_(await organisations.with_parts(session, organisation_id)))
    return frozenset((await session.execute(query)).scalars())


async def paid_with(session: AsyncSession, person_id: int, moment: datetime) -> PayMonth:
    """Return the month whose run pays what becomes known about somebody at a moment.

    It is the present month, or the first one after it of which nobody had begun the run by then.
    """
    query = select(Person.organisation_id).where(Person.id == person_id)
    organisation_id = (await session.execute(query)).scalar_one()
    month = PayMonth.of(local_date(moment))
    while await _is_begun(session, month, organisation_id, moment):
        month = month.following
    return month


async def _is_begun(session: AsyncSession, month: PayMonth, organisation_id: int, moment: datetime) -> bool:
    query = select(PayRun.organisation_id).where(PayRun.period == str(month), PayRun.known_at < moment)
    for whose in (await session.execute(query.distinct())).scalars():
        if whose is None or organisation_id in await organisations.with_parts(session, whose):
            return True
    return False


async def latest_results(session: AsyncSession, period: str, people: tuple[int, int]) -> dict[int, PayResult]:
    """Return what holds for a month of a range of people (both included): of each person the result of the last run."""
    return {result.person_id: result for result in await _latest(session, period, PayResult.person_id.between(*people))}


async def latest_of_period(session: AsyncSession, period: str, *, until_run: int) -> Sequence[PayResult]:
    """Return what held for a month after a run."""
    return await _latest(session, period, PayResult.run_id <= until_run)


async def _latest(session: AsyncSession, period: str, having: ColumnElement[bool]) -> Sequence[PayResult]:
    latest = (
        select(func.max(PayResult.id)).where(PayResult.period == period, having).group_by(PayResult.person_id)
    ).scalar_subquery()
    query = select(PayResult).where(PayResult.id.in_(latest)).order_by(PayResult.person_id)
    return (await session.execute(query)).scalars().all()


async def months_with_late_facts(session: AsyncSession, parameters: ParameterSet) -> list[PayMonth]:
    """Return the months that have been run and about which something became known after their last run.

    What became known about the days that a payment of a month counts is about that month too.
    """
    last = select(PayRun.period, func.max(PayRun.known_at)).group_by(PayRun.period).order_by(PayRun.period)
    months = []
    for period, known_at in (await session.execute(last)).all():
        month = PayMonth.parse(period)
        if await _has_late_fact(session, month, reach.needed_since(month, parameters), known_at):
            months.append(month)
    return months


async def _has_late_fact(session: AsyncSession, month: PayMonth, since: date, known_at: datetime) -> bool:
    late = select(Fact.id).where(Fact.known_from > known_at, *facts_store.touching(month, since))
    return (await session.execute(late.limit(1))).scalar_one_or_none() is not None


async def differences_of_run(session: AsyncSession, run_id: int) -> dict[int, list[Difference]]:
    """Return what a run booked, by person; by month of origin, then in the order of the slip, then by case."""
    query = select(PayDifference).where(PayDifference.run_id == run_id)
    rows = (await session.execute(query)).scalars().all()
    booked: dict[int, list[Difference]] = {}
    for row in sorted(rows, key=lambda row: (row.person_id, row.period, ORDER[row.wage_type], row.case_number)):
        case = None if row.case_number == NO_CASE else row.case_number
        booked.setdefault(row.person_id, []).append(Difference(row.period, row.wage_type, row.amount, case))
    return booked


async def employee_numbers(session: AsyncSession) -> dict[int, str]:
    """Return the employee number of everybody."""
    return {person_id: number for person_id, number in await session.execute(select(Person.id, Person.employee_number))}


async def calculations(session: AsyncSession) -> Sequence[MonthCalculation]:
    """Return the latest daily calculation of each open month, oldest month first."""
    return (await session.execute(select(MonthCalculation).order_by(MonthCalculation.period))).scalars().all()

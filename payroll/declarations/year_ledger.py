"""Gathers what several runs booked for each person: of a year by when it was paid, of a quarter by month of origin."""

from collections import Counter, defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.clock import local_date
from payroll.engine.money import Cents
from payroll.runs import ledger
from payroll.runs.models import PayRun, RunState

SETTLED = (RunState.PAID, RunState.CLOSED)


@dataclass
class PersonYear:
    """What was paid to a person in a year, in cents by wage type: for the year itself, and late for earlier years."""

    own: Counter[str] = field(default_factory=Counter)
    arrears: Counter[str] = field(default_factory=Counter)

    def sum_of(self, *wage_types: str) -> Cents:
        """Return the sum of some wage types, arrears included."""
        return sum(self.own[name] + self.arrears[name] for name in wage_types)


async def settled_runs(session: AsyncSession) -> Sequence[PayRun]:
    """Return the runs that were paid, in their order."""
    query = select(PayRun).where(PayRun.state.in_(SETTLED)).order_by(PayRun.id)
    return (await session.execute(query)).scalars().all()


def paid_in_year(run: PayRun) -> int:
    """Return the income year of a run: that of its period, or a later one if it was paid after the year's end."""
    return max(int(run.period[:4]), local_date(run.approved_at or run.known_at).year)


async def of_year(session: AsyncSession, runs: Sequence[PayRun], year: int) -> dict[int, PersonYear]:
    """Return what these runs paid to each person in a year."""
    people: dict[int, PersonYear] = defaultdict(PersonYear)
    for run in runs:
        if paid_in_year(run) != year:
            continue
        for person_id, entries in (await ledger.of_run(session, run)).items():
            for booked in entries:
                late = booked.period < f"{year}-01"
                target = people[person_id].arrears if late else people[person_id].own
                target.update(booked.amounts)
    return dict(sorted(people.items()))


async def of_months(session: AsyncSession, runs: Sequence[PayRun], months: frozenset[str]) -> dict[int, Counter[str]]:
    """Return what these runs booked on some months, by person and wage type."""
    people: dict[int, Counter[str]] = defaultdict(Counter)
    for run in runs:
        for person_id, entries in (await ledger.of_run(session, run)).items():
            for booked in entries:
                if booked.period in months:
                    people[person_id].update(booked.amounts)
    return dict(sorted(people.items()))

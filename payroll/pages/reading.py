"""Reads what payroll's pages show, a page at a time: a ministry's run is not drawn at once."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import func, select, union
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases.models import Case
from casework.errors import NotFound
from casework.people import store as people_store
from casework.people.models import Organisation, Person
from payroll.declarations import outputs
from payroll.declarations.models import PayOutput
from payroll.engine.money import Cents
from payroll.engine.periods import PayMonth
from payroll.payments import orders
from payroll.payslips import store as slips
from payroll.runs import lifecycle, parts
from payroll.runs.amounts import Amounts, tax_of
from payroll.runs.hindrances import BROKEN, OTHER_LAW
from payroll.runs.models import PayDifference, PayProblem, PayResult, PayRun
from payroll.signatures import service as signatures
from payroll.signatures.models import LawSignature

PAGE = 50


@dataclass(frozen=True)
class Part:
    """Some rows of a list, and where the next part begins, if there is one."""

    rows: Sequence[Any]
    onward: int | None


@dataclass(frozen=True)
class StandingProblem:
    """A problem that waits for somebody, with the person and the case it is about, where it has them."""

    problem: PayProblem
    employee_number: str | None
    name: str
    case_number: str | None


@dataclass(frozen=True)
class RunSummary:
    """A run, with how many results it stored, on how many people it booked a difference, and what that did to net."""

    run: PayRun
    results: int
    people_with_difference: int
    net_difference: int


@dataclass(frozen=True)
class RunRow:
    """One person's month after a run, in cents by wage type, and what the run booked."""

    person_id: int
    employee_number: str
    name: str
    amounts: Amounts
    differences: Sequence[PayDifference]

    @property
    def sums(self) -> tuple[Cents, Cents, Cents]:
        """The gross pay, all withholding tax whatever it was withheld from, and the net of the month."""
        return self.amounts.get("gross", 0), tax_of(self.amounts), self.amounts.get("net", 0)


@dataclass(frozen=True)
class RunStanding:
    """Where a run stands: who did which step, what keeps it, what it made, and the slips of the people shown.

    `signatures` are those that it may rest on; `progress` is how many of its parts are done, and how many it has;
    `ordered` is how many payments were ordered, of an approved run by somebody who was broken off.
    """

    names: Mapping[int, str]
    organisation: str
    problems: Part
    outputs: Sequence[PayOutput]
    slips: Mapping[int, int]
    signatures: Sequence[LawSignature]
    progress: tuple[int, int]
    ordered: int

    @property
    def is_held(self) -> bool:
        """Whether a run that was begun cannot be finished as it is."""
        return any(row.problem.rule in (OTHER_LAW, BROKEN) for row in self.problems.rows)


async def run_state(session: AsyncSession, run: PayRun, people: Sequence[int]) -> RunStanding:
    """Return where a run stands."""
    signed = await signatures.reaching(session, PayMonth.parse(run.period).first_on, run.known_at)
    officers = [one for each in signed for one in (each.signed_by_id, each.confirmed_by_id)]
    steps = (run.ordered_by_id, run.approved_by_id, run.paid_by_id, run.closed_by_id)
    acted = [one for one in (*steps, *officers) if one]
    organisation = await session.get(Organisation, run.organisation_id) if run.organisation_id else None
    return RunStanding(
        names=await people_store.names(session, acted),
        organisation=organisation.name if organisation else "",
        problems=await standing_problems(session, sources=lifecycle.sources(run)),
        outputs=await outputs.of_run(session, run.id),
        slips=await slips.of_run(session, run.id, people),
        signatures=signed,
        progress=await parts.counts(session, run.id),
        ordered=await orders.count(session, run.id),
    )


async def standing_problems(session: AsyncSession, after: int = 0, sources: Sequence[str] = ()) -> Part:
    """Return the problems that stand, of some sources or of all of them, oldest first."""
    query = (
        select(PayProblem, Person, Case.number)
        .outerjoin(Person, Person.id == PayProblem.person_id)
        .outerjoin(Case, Case.id == PayProblem.case_id)
        .where(PayProblem.id > after)
        .order_by(PayProblem.id)
        .limit(PAGE + 1)
    )
    if sources:
        query = query.where(PayProblem.source.in_(sources))
    found = (await session.execute(query)).all()
    rows = [
        StandingProblem(problem, person.employee_number if person else None, person.name if person else "", number)
        for problem, person, number in found[:PAGE]
    ]
    return Part(rows, rows[-1].problem.id if len(found) > PAGE else None)


async def count_problems(session: AsyncSession) -> int:
    """Return how many problems stand."""
    return (await session.execute(select(func.count()).select_from(PayProblem))).scalar_one()


async def runs(session: AsyncSession, before: int | None = None) -> Part:
    """Return the runs, the newest first, each with what it came to."""
    query = select(PayRun).order_by(PayRun.id.desc()).limit(PAGE + 1)
    if before is not None:
        query = query.where(PayRun.id < before)
    found = (await session.execute(query)).scalars().all()
    ids = [run.id for run in found[:PAGE]]
    results = await _by_run(session, select(PayResult.run_id, func.count()).where(PayResult.run_id.in_(ids)))
    booked = select(PayDifference.run_id, func.count(PayDifference.person_id.distinct()))
    people = await _by_run(session, booked.where(PayDifference.run_id.in_(ids)))
    net = select(PayDifference.run_id, func.sum(PayDifference.amount)).where(PayDifference.wage_type == "net")
    sums = await _by_run(session, net.where(PayDifference.run_id.in_(ids)))
    rows = [
        RunSummary(run, results.get(run.id, 0), people.get(run.id, 0), int(sums.get(run.id, 0))) for run in found[:PAGE]
    ]
    return Part(rows, ids[-1] if len(found) > PAGE else None)


async def _by_run(session: AsyncSession, query: Any) -> dict[int, int]:
    run_id = query.selected_columns[0]
    return {run: count for run, count in await session.execute(query.group_by(run_id))}


async def run(session: AsyncSession, run_id: int) -> PayRun:
    """Return one run. Raises `NotFound`."""
    found = await session.get(PayRun, run_id)
    if found is None:
        raise NotFound
    return found


async def run_rows(session: AsyncSession, run_: PayRun, after: int = 0) -> Part:
    """Return what held for the run's month after it, and what it booked, in the order in which people were imported."""
    held = select(PayResult.person_id).where(PayResult.period == run_.period, PayResult.run_id <= run_.id)
    booked = select(PayDifference.person_id).where(PayDifference.run_id == run_.id)
    either = union(held, booked).subquery()
    query = select(either.c.person_id).where(either.c.person_id > after).order_by(either.c.person_id).limit(PAGE + 1)
    ids = list((await session.execute(query)).scalars())
    shown = ids[:PAGE]
    if not shown:
        return Part((), None)
    amounts = await _held(session, run_, shown)
    differences = await _booked(session, run_, shown)
    names = await people_store.names(session, shown)
    numbers = await _employee_numbers(session, shown)
    rows = [RunRow(one, numbers[one], names[one], amounts.get(one, {}), differences.get(one, ())) for one in shown]
    return Part(rows, shown[-1] if len(ids) > PAGE else None)


async def _held(session: AsyncSession, run_: PayRun, people: Sequence[int]) -> dict[int, Amounts]:
    latest = select(func.max(PayResult.id)).where(
        PayResult.period == run_.period, PayResult.run_id <= run_.id, PayResult.person_id.in_(people)
    )
    query = select(PayResult).where(PayResult.id.in_(latest.group_by(PayResult.person_id)))
    return {result.person_id: result.amounts for result in (await session.execute(query)).scalars()}


async def _booked(session: AsyncSession, run_: PayRun, people: Sequence[int]) -> dict[int, list[PayDifference]]:
    query = select(PayDifference).where(PayDifference.run_id == run_.id, PayDifference.person_id.in_(people))
    booked: dict[int, list[PayDifference]] = {}
    for row in (await session.execute(query.order_by(PayDifference.period, PayDifference.id))).scalars():
        booked.setdefault(row.person_id, []).append(row)
    return booked


async def _employee_numbers(session: AsyncSession, people: Sequence[int]) -> dict[int, str]:
    query = select(Person.id, Person.employee_number).where(Person.id.in_(people))
    return {person_id: number for person_id, number in await session.execute(query)}

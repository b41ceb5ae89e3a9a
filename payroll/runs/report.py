"""What a run says of itself: the same run gives the same bytes, today or in three years."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from payroll.engine.money import Cents, format_cents
from payroll.runs import problems, store
from payroll.runs.amounts import Amounts, tax_of
from payroll.runs.problems import ShownProblem
from payroll.runs.store import Difference


@dataclass(frozen=True)
class PersonResult:
    """A person's month after a run, in cents, and what the run booked on it and on earlier months."""

    employee_number: str
    amounts: Amounts
    differences: Sequence[Difference]

    def amount(self, wage_type: str) -> Cents:
        """Return the amount of a wage type; one that the month does not have is zero."""
        return self.amounts.get(wage_type, 0)


@dataclass(frozen=True)
class RunReport:
    """A run of a period: everybody who has pay in it, or is owed a difference by it, in the order of their numbers."""

    period: str
    results: Sequence[PersonResult]
    problems: Sequence[ShownProblem]

    def as_json(self) -> dict[str, Any]:
        """Return the report as it is printed: amounts as texts with two decimals."""
        return {
            "period": self.period,
            "people": len(self.results),
            "results": [_result_as_json(result) for result in self.results],
            "problems": [problem_as_json(problem) for problem in self.problems],
        }


async def of_run(session: AsyncSession, run_id: int) -> RunReport:
    """Return the report of a run."""
    run = await store.run(session, run_id)
    numbers = await store.employee_numbers(session)
    held = {
        result.person_id: result.amounts
        for result in await store.latest_of_period(session, run.period, until_run=run.id)
    }
    booked = await store.differences_of_run(session, run.id)
    people = sorted(held.keys() | booked.keys(), key=numbers.__getitem__)
    results = [PersonResult(numbers[one], held.get(one, {}), booked.get(one, ())) for one in people]
    return RunReport(run.period, results, await problems.of_source(session, store.source_of(run)))


def problem_as_json(problem: ShownProblem) -> dict[str, Any]:
    """Return a problem as it is printed."""
    return {
        "employee": problem.employee,
        "case": problem.case,
        "rule": problem.rule,
        "period": problem.period,
        "on": problem.on.isoformat() if problem.on is not None else None,
        "message": problem.message,
    }


def _result_as_json(result: PersonResult) -> dict[str, Any]:
    return {
        "employee_number": result.employee_number,
        "gross": format_cents(result.amount("gross")),
        "withholding_tax": format_cents(tax_of(result.amounts)),
        "net": format_cents(result.amount("net")),
        "differences": [
            {"period": one.period, "wage_type": one.wage_type, "amount": format_cents(one.amount), "case": one.case}
            for one in result.differences
        ],
    }

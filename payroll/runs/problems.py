"""Problems that stand until they are settled: each source replaces its own whenever it looks again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlalchemy import ColumnElement, delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases.models import Case
from casework.people.models import Person
from payroll.runs.models import PayProblem

EVERYBODY = None


@dataclass(frozen=True)
class Problem:
    """Why a person, or with `EVERYBODY` all of them, could not be calculated, and by which rule or law table."""

    person_id: int | None
    rule: str
    period: str | None
    message: str
    on: date | None = None


@dataclass(frozen=True)
class ShownProblem:
    """A problem as it is shown: with the employee number and the case number, where it has them."""

    employee: str | None
    case: str | None
    rule: str
    period: str | None
    on: date | None
    message: str
    noted_at: datetime


async def replace(
    session: AsyncSession, source: str, problems: Iterable[Problem], now: datetime, *, case_id: int | None = None
) -> None:
    """Put these problems in the place of what the source said before; none means that it is settled."""
    await session.execute(delete(PayProblem).where(PayProblem.source == source))
    await add(session, source, problems, now, case_id=case_id)


async def add(
    session: AsyncSession, source: str, problems: Iterable[Problem], now: datetime, *, case_id: int | None = None
) -> None:
    """Add problems to what the source said, each one once, and none that another says more of."""
    query = select(PayProblem).where(PayProblem.source == source)
    said = {_problem(row): row for row in (await session.execute(query)).scalars()}
    found = _without_less_telling([*said, *problems])
    for problem in said.keys() - found.keys():
        await session.delete(said[problem])
    session.add_all(
        PayProblem(
            source=source,
            case_id=case_id,
            person_id=problem.person_id,
            period=problem.period,
            rule=problem.rule,
            on=problem.on,
            message=problem.message,
            noted_at=now,
        )
        for problem in found
        if problem not in said
    )
    await session.flush()


def _problem(row: PayProblem) -> Problem:
    return Problem(row.person_id, row.rule, row.period, row.message, row.on)


def _without_less_telling(problems: Sequence[Problem]) -> dict[Problem, None]:
    """Leave out of what keeps everybody up the law tables of one statute that stand among those of the other."""
    of_everybody = [one for one in problems if one.person_id is EVERYBODY]
    return dict.fromkeys(one for one in problems if not any(_says_more(other, one) for other in of_everybody))


def _says_more(one: Problem, other: Problem) -> bool:
    same = (one.person_id, one.period, one.on) == (other.person_id, other.period, other.on)
    return same and set(one.rule.split(", ")) > set(other.rule.split(", "))


async def of_source(session: AsyncSession, source: str) -> Sequence[ShownProblem]:
    """Return what one source says, oldest first."""
    return await _shown(session, PayProblem.source == source)


async def of_case(session: AsyncSession, case_id: int) -> Sequence[ShownProblem]:
    """Return the problems of a case, oldest first."""
    return await _shown(session, PayProblem.case_id == case_id)


async def all_problems(session: AsyncSession) -> Sequence[ShownProblem]:
    """Return every problem that stands, oldest first."""
    return await _shown(session)


async def _shown(session: AsyncSession, *having: ColumnElement[bool]) -> Sequence[ShownProblem]:
    query = (
        select(PayProblem, Person.employee_number, Case.number)
        .outerjoin(Person, Person.id == PayProblem.person_id)
        .outerjoin(Case, Case.id == PayProblem.case_id)
        .where(*having)
        .order_by(PayProblem.id)
    )
    return [
        ShownProblem(employee, case, row.rule, row.period, row.on, row.message, row.noted_at)
        for row, employee, case in await session.execute(query)
    ]

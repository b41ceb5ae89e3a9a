"""Reads what advice is asked, one question each."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import Select, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import aliased

from casework.advice.models import Advice, AdviceState
from casework.cases.models import Case
from casework.errors import NotFound
from casework.messages.models import Note
from casework.people.models import Person, Team

MOST_SHOWN = 20


@dataclass(frozen=True)
class Asked:
    """A question with its words, its case, who asks, and of whom."""

    advice: Advice
    case: Case
    question: Note
    asked_by: str
    asked_of: str


async def advice(session: AsyncSession, case_id: int, advice_id: int) -> Advice:
    """Return one question about a case. Raises `NotFound`."""
    query = select(Advice).where(Advice.id == advice_id, Advice.case_id == case_id).with_for_update()
    found = (await session.execute(query)).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


async def open_of_cases(session: AsyncSession, case_ids: Collection[int]) -> Sequence[Asked]:
    """Return what is asked about these cases and not answered, the oldest first."""
    return await _asked(session, _query().where(Advice.case_id.in_(case_ids)).order_by(Advice.id))


async def open_of_person(session: AsyncSession, person: Person, case_id: int | None = None) -> Sequence[Asked]:
    """Return what is asked of somebody or their team and not answered, what is due first first; never on their own.

    `case_id` leaves out what is asked about other cases.
    """
    of_team = and_(Advice.person_id.is_(None), Advice.team_id == person.team_id)
    query = _query().where(or_(Advice.person_id == person.id, of_team), Case.requester_id != person.id)
    if case_id is not None:
        query = query.where(Advice.case_id == case_id)
    return await _asked(session, query.order_by(Advice.due_on, Advice.id).limit(MOST_SHOWN))


_By, _Of = aliased(Person), aliased(Person)


def _query() -> Select[Advice, Case, Note, Person, Person | None, str | None]:
    return (
        select(Advice, Case, Note, _By, _Of, Team.name)
        .join(Case, Case.id == Advice.case_id)
        .join(Note, Note.id == Advice.question_id)
        .join(_By, _By.id == Advice.asked_by_id)
        .outerjoin(_Of, _Of.id == Advice.person_id)
        .outerjoin(Team, Team.id == Advice.team_id)
        .where(Advice.state == AdviceState.OPEN)
    )


async def _asked(
    session: AsyncSession, query: Select[Advice, Case, Note, Person, Person | None, str | None]
) -> Sequence[Asked]:
    return [
        Asked(one, case, question, by.name, of.name if of is not None else team or "")
        for one, case, question, by, of, team in await session.execute(query)
    ]

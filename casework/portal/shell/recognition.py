"""Finds out whose browser sends a request, in one question: every page begins with it."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases.models import Case
from casework.cases.store import WAITING_FOR_REQUESTER
from casework.people import sign_in
from casework.people import store as people
from casework.people.models import Actor, Person, PersonRole, Role, WebSession
from casework.people.sign_in import OpenSession, SignInRules

_TASKS = (
    select(func.count())
    .where(Case.requester_id == Person.id, Case.status_value.in_(WAITING_FOR_REQUESTER))
    .correlate(Person)
    .scalar_subquery()
)
_WHO = (
    select(WebSession, Person, PersonRole.role, _TASKS)
    .join(Person, Person.id == WebSession.person_id)
    .outerjoin(PersonRole, PersonRole.person_id == Person.id)
    .where(*sign_in.STILL_OPEN)
)


@dataclass(frozen=True)
class Recognised:
    """The person of a session that is open, and how many cases wait for them."""

    session: OpenSession
    actor: Actor
    tasks: int


async def recognise(session: AsyncSession, rules: SignInRules, token: str, now: datetime) -> Recognised | None:
    """Return whose session a cookie stands for; `None` when none is open."""
    rows = (await session.execute(_WHO, sign_in.asked_for(rules, token, now))).all()
    if not rows:
        return None
    held, person, _, tasks = rows[0]
    roles = frozenset(Role(role) for _, _, role, _ in rows if role is not None)
    return Recognised(sign_in.as_open(held), await people.actor_of(session, person, roles), tasks)

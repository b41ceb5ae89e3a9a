"""Reads the organisation chart: who may approve a request, now that it is asked."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases.models import Case
from casework.catalogue.models import Approver
from casework.people import organisations
from casework.people.models import Person, PersonRole, Role


async def approvers(session: AsyncSession, case: Case, rule: Approver) -> Sequence[int]:
    """Return who may approve a case by a rule: never the one whom it is about, nor the one who filed it for them.

    Somebody who may not, or who has left, is passed over for the one above. Where the chart ends, it is local HR.
    """
    barred = {case.requester_id, case.filed_by_id}
    manager = None
    if rule is not Approver.LOCAL_HR:
        steps = 2 if rule is Approver.MANAGERS_MANAGER else 1
        manager = await _above(session, case.requester_id, steps, barred)
    return [manager] if manager is not None else await _local_hr(session, case.organisation_id, barred)


async def _above(session: AsyncSession, person_id: int, steps: int, barred: set[int | None]) -> int | None:
    """Return who stands so many steps above a person; a chart that runs in a circle ends where it began."""
    seen = {person_id}
    person = await session.get_one(Person, person_id)
    while person.manager_id is not None and person.manager_id not in seen:
        seen.add(person.manager_id)
        person = await session.get_one(Person, person.manager_id)
        steps -= person.active and person.id not in barred
        if steps == 0:
            return person.id
    return None


async def _local_hr(session: AsyncSession, organisation_id: int, barred: set[int | None]) -> Sequence[int]:
    """Return the local HR of an organisation, or else of the nearest one above it that has any."""
    for one in await organisations.line_of(session, organisation_id):
        query = (
            select(Person.id)
            .join(PersonRole, PersonRole.person_id == Person.id)
            .where(PersonRole.role == Role.LOCAL_HR, Person.organisation_id == one, Person.active)
            .order_by(Person.id)
        )
        found = [person_id for person_id in (await session.execute(query)).scalars() if person_id not in barred]
        if found:
            return found
    return ()

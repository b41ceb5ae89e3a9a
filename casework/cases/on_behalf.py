"""For whom local HR files: staff of its own organisation, or of one below it, and nobody else."""

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases.permissions import Action, may
from casework.catalogue.models import Form
from casework.people import store as people
from casework.people.models import Actor, EmailAddress, Person


def may_file_for_others(actor: Actor, form: Form) -> bool:
    """Return whether somebody can file a form for a colleague: local HR, on a form that is an employee's own."""
    return may(actor, Action.FILE_FOR_STAFF, audience=form.audience)


async def colleague(session: AsyncSession, local_hr: Actor, typed: str) -> Actor | None:
    """Return the colleague whose e-mail address or employee number was typed.

    Nobody, if there is none in the organisations that this local HR serves: of others not even the existence is told.
    """
    query = (
        select(Person.id)
        .outerjoin(EmailAddress, EmailAddress.person_id == Person.id)
        .where(
            or_(EmailAddress.address == people.normalise_address(typed), Person.employee_number == typed.strip()),
            Person.organisation_id.in_(local_hr.serves),
            Person.active,
        )
    )
    found = (await session.execute(query)).scalars().unique().all()
    return await people.actor(session, found[0]) if len(found) == 1 else None

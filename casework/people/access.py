"""Changes what somebody may do at the desk: their roles, and whether they may come in at all."""

from collections.abc import Collection
from datetime import datetime

from sqlalchemy import delete, update
from sqlalchemy.ext.asyncio import AsyncSession

from casework.audit import service as audit
from casework.errors import NotPermitted
from casework.people import store
from casework.people.models import Actor, Person, PersonRole, Role, WebSession


async def change_access(
    session: AsyncSession,
    person: Person,
    *,
    roles: Collection[Role],
    active: bool,
    by: Actor,
    channel: str,
    now: datetime,
) -> bool:
    """Give a person exactly these roles, and let them in or not; False if that is how it stood.

    Whoever is no longer let in is signed out everywhere. Raises `NotPermitted` for an admin who would lock out
    themselves: another admin has to do that.
    """
    held = await store.roles(session, person.id)
    wanted = frozenset(roles)
    if (held, person.active) == (wanted, active):
        return False
    if person.id == by.person_id and (Role.ADMIN not in wanted or not active):
        raise NotPermitted("you cannot take your own access away; another admin can")
    given, taken = wanted - held, held - wanted
    await session.execute(delete(PersonRole).where(PersonRole.person_id == person.id, PersonRole.role.in_(taken)))
    session.add_all(PersonRole(person_id=person.id, role=role) for role in given)
    if not active:
        still_open = (WebSession.person_id == person.id) & WebSession.ended_at.is_(None)
        await session.execute(update(WebSession).where(still_open).values(ended_at=now))
    person.active = active
    details = {
        "name": person.name,
        "person": person.id,
        "given": sorted(role.value for role in given),
        "taken": sorted(role.value for role in taken),
        "active": active,
    }
    audit.record(session, at=now, action="person_changed", actor=by, channel=channel, details=details)
    return True

"""Whom of our people a provider means: by the subject that was linked before, or once by a number, never by a mail."""

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession
from stdnum.be import ssn

from casework.audit import service as audit
from casework.digital_keys.models import ExternalIdentity
from casework.digital_keys.openid.flow import Proven
from casework.digital_keys.openid.provider import LinksBy, Provider
from casework.digital_keys.secrecy import keyed_hash
from casework.people.models import Actor, Person


async def person_meant(
    session: AsyncSession, key: bytes, provider: Provider, proven: Proven, now: datetime
) -> Person | None:
    """Return the active person; one met for the first time is linked, so that only the subject counts from then on.

    The number that the provider told is compared and forgotten; nothing of it is kept or logged.
    """
    hashed = keyed_hash(key, "subject", provider.issuer, proven.subject)
    query = (
        select(Person)
        .join(ExternalIdentity, ExternalIdentity.person_id == Person.id)
        .where(ExternalIdentity.issuer == provider.issuer, ExternalIdentity.subject_hash == hashed)
    )
    linked = (await session.execute(query)).scalar_one_or_none()
    if linked is not None:
        return linked if linked.active else None
    found = await _by_number(session, provider.links_by, proven.number)
    if found is None:
        return None
    session.add(ExternalIdentity(issuer=provider.issuer, subject_hash=hashed, person_id=found.id, linked_at=now))
    actor = Actor(found.id, found.name, found.language)
    audit.record(session, at=now, action="identity_linked", actor=actor, channel="web")
    return found


async def _by_number(session: AsyncSession, links_by: LinksBy, number: str) -> Person | None:
    column = Person.national_number if links_by is LinksBy.NATIONAL_NUMBER else Person.employee_number
    plain = ssn.compact(number) if links_by is LinksBy.NATIONAL_NUMBER else number
    if not plain:
        return None
    people = (await session.execute(select(Person).where(column == plain, Person.active).limit(2))).scalars().all()
    return people[0] if len(people) == 1 else None

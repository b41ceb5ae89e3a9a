"""Finds who pays whom."""

from collections.abc import Mapping

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.people import organisations
from casework.people.models import Organisation
from payroll.employers.models import PayEmployer


async def all_employers(session: AsyncSession) -> list[PayEmployer]:
    """Return every employer, by the id of its organisation."""
    return list((await session.execute(select(PayEmployer).order_by(PayEmployer.organisation_id))).scalars())


async def by_organisation(session: AsyncSession) -> Mapping[int, PayEmployer]:
    """Return the employer of each organisation that has one: its own, or that of the nearest one above it."""
    own = {employer.organisation_id: employer for employer in await all_employers(session)}
    ids = (await session.execute(select(Organisation.id))).scalars().all()
    lines = await organisations.lines_of(session, ids)
    nearest = {one: next((own[above] for above in line if above in own), None) for one, line in lines.items()}
    return {one: employer for one, employer in nearest.items() if employer is not None}

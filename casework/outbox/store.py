"""Reads the outbox, one question each."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.outbox.models import OutboxAttempt, OutboxMail


async def mail(session: AsyncSession, mail_id: int) -> OutboxMail:
    """Return one mail as the database has it now; the id comes from our own tables, so a missing one is a bug."""
    query = select(OutboxMail).where(OutboxMail.id == mail_id)
    return (await session.execute(query.execution_options(populate_existing=True))).scalar_one()


async def attempts(session: AsyncSession, mail_id: int) -> Sequence[OutboxAttempt]:
    """Return every try to send a mail, oldest first."""
    query = select(OutboxAttempt).where(OutboxAttempt.mail_id == mail_id).order_by(OutboxAttempt.id)
    return (await session.execute(query)).scalars().all()

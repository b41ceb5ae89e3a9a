"""Reads the outbox, one question each."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.attachments.models import Attachment
from casework.outbox.models import OutboxAttempt, OutboxFile, OutboxMail, OutboxState


async def mail(session: AsyncSession, mail_id: int) -> OutboxMail:
    """Return one mail as the database has it now; the id comes from our own tables, so a missing one is a bug."""
    query = select(OutboxMail).where(OutboxMail.id == mail_id)
    return (await session.execute(query.execution_options(populate_existing=True))).scalar_one()


async def files_of(session: AsyncSession, mail_id: int) -> Sequence[tuple[Attachment, str]]:
    """Return the documents that leave with a mail, each with the name under which it does."""
    query = select(Attachment, OutboxFile.filename).join(OutboxFile, OutboxFile.attachment_id == Attachment.id)
    rows = await session.execute(query.where(OutboxFile.mail_id == mail_id).order_by(Attachment.id))
    return [(file, filename or file.filename) for file, filename in rows]


async def of_case(session: AsyncSession, case_id: int) -> Sequence[OutboxMail]:
    """Return every mail about a case, oldest first."""
    query = select(OutboxMail).where(OutboxMail.case_id == case_id).order_by(OutboxMail.id)
    return (await session.execute(query)).scalars().all()


async def standing_aside(session: AsyncSession, *, limit: int) -> Sequence[OutboxMail]:
    """Return the mails that are held or failed, the newest first."""
    query = select(OutboxMail).where(OutboxMail.state.in_((OutboxState.HELD, OutboxState.FAILED)))
    return (await session.execute(query.order_by(OutboxMail.id.desc()).limit(limit))).scalars().all()


async def attempts_of_case(session: AsyncSession, case_id: int) -> dict[int, list[OutboxAttempt]]:
    """Return the tries to send each mail about a case, oldest first, by the id of the mail."""
    query = select(OutboxAttempt).join(OutboxMail, OutboxMail.id == OutboxAttempt.mail_id)
    tries: dict[int, list[OutboxAttempt]] = {}
    for one in (await session.execute(query.where(OutboxMail.case_id == case_id).order_by(OutboxAttempt.id))).scalars():
        tries.setdefault(one.mail_id, []).append(one)
    return tries

"""Reads a case's timeline."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.messages.models import FOR_HANDLERS, Channel, Event, EventKind, Message, MessageKind, Note, SenderEvidence


@dataclass(frozen=True)
class TimelineEntry:
    """One line of a timeline: an event, with the words it carries and what was quoted below them."""

    id: int
    at: datetime
    kind: EventKind
    actor_id: int | None
    actor: str
    channel: str
    text: str
    quoted: str
    data: dict[str, Any]
    message_id: int | None = None
    sender: SenderEvidence | None = None
    case_id: int = 0


# Put together once: putting a statement together costs more than carrying it out.
_EVERYTHING = (
    select(Event, Message, Note)
    .outerjoin(Message, Message.id == Event.message_id)
    .outerjoin(Note, Note.id == Event.note_id)
    .where(Event.case_id.in_(bindparam("case_ids", expanding=True)))
    .order_by(Event.id)
)
_FOR_ALL = _EVERYTHING.where(Event.kind.not_in(FOR_HANDLERS))


async def timeline(session: AsyncSession, *case_ids: int, with_notes: bool) -> list[TimelineEntry]:
    """Return the timeline of one or several cases, oldest first; what is internal only for those who may see notes."""
    found = await session.execute(_EVERYTHING if with_notes else _FOR_ALL, {"case_ids": case_ids})
    return [_entry(event, message, note) for event, message, note in found]


def _entry(event: Event, message: Message | None, note: Note | None) -> TimelineEntry:
    words = message or note
    text, quoted = (words.own_text, words.quoted) if words else ("", "")
    return TimelineEntry(
        event.id, event.at, EventKind(event.kind), event.actor_id, event.actor, event.channel, text, quoted,
        event.data, event.message_id, message.sender if message else None, event.case_id,
    )  # fmt: skip


async def messages_of(session: AsyncSession, case_id: int, kinds: Collection[MessageKind]) -> Sequence[Message]:
    """Return the messages of some kinds on a case, oldest first."""
    query = select(Message).where(Message.case_id == case_id, Message.kind.in_(kinds))
    return (await session.execute(query.order_by(Message.id))).scalars().all()


async def mail_ids_of_author(session: AsyncSession, case_id: int, author_id: int) -> list[str]:
    """Return the Message-IDs of the mails that a person wrote on a case, oldest first."""
    query = (
        select(Message.mail_message_id)
        .where(Message.case_id == case_id, Message.author_id == author_id, Message.mail_message_id.is_not(None))
        .order_by(Message.id)
    )
    return [message_id for message_id in (await session.execute(query)).scalars() if message_id]


async def said_by(session: AsyncSession, author_id: int, *, since: datetime, case_id: int | None = None) -> set[str]:
    """Return what a person said by mail since a moment, without what they quoted; on one case, or on any."""
    query = select(Message).where(
        Message.author_id == author_id, Message.written_at >= since, Message.channel == Channel.MAIL
    )
    if case_id is not None:
        query = query.where(Message.case_id == case_id)
    return {message.own_text for message in (await session.execute(query)).scalars()}

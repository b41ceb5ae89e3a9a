"""Writes messages, notes and events onto a case's timeline, each with its audit entry."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from casework import new_rows
from casework.audit import service as audit
from casework.messages.models import Channel, Event, EventKind, Message, MessageKind, Note, SenderEvidence
from casework.people.models import Actor

EVENT_OF = {
    MessageKind.REQUEST: EventKind.OPENED,
    MessageKind.MESSAGE: EventKind.MESSAGE,
    MessageKind.ANSWER: EventKind.ANSWER,
    MessageKind.QUESTION: EventKind.QUESTION,
}


@dataclass(frozen=True)
class Words:
    """A text as it arrived: by which channel, where its quoted part begins, the mail that carried it and from whom."""

    text: str
    channel: Channel
    folded_from: int | None = None
    mail_message_id: str | None = None
    sender: SenderEvidence | None = None


def storable(text: str) -> str:
    """Return a text that both databases can keep: PostgreSQL refuses NUL, and neither takes a lone surrogate."""
    return text.replace("\x00", "\ufffd").encode("utf-8", "replace").decode("utf-8")


async def say(
    session: AsyncSession, *, case_id: int, kind: MessageKind, author: Actor, words: Words, at: datetime
) -> Message:
    """Put a message on the timeline."""
    message = Message(
        case_id=case_id,
        kind=kind,
        author_id=author.person_id,
        channel=words.channel,
        text=storable(words.text),
        folded_from=words.folded_from,
        mail_message_id=words.mail_message_id,
        sender_basis=words.sender and words.sender.basis,
        sender_about=words.sender and storable(words.sender.about),
        written_at=at,
    )
    await new_rows.put(session, message)
    _enter(session, case_id, EVENT_OF[kind], author, words.channel, at, {}, message_id=message.id, said=message.text)
    return message


async def note(session: AsyncSession, *, case_id: int, author: Actor, words: Words, at: datetime) -> Note:
    """Put an internal note on the timeline; requesters never see it."""
    written = Note(
        case_id=case_id,
        author_id=author.person_id,
        channel=words.channel,
        text=storable(words.text),
        folded_from=words.folded_from,
        written_at=at,
    )
    session.add(written)
    await session.flush()
    _enter(session, case_id, EventKind.NOTE, author, words.channel, at, {}, note_id=written.id, said=written.text)
    return written


def enter(
    session: AsyncSession,
    *,
    case_id: int,
    kind: EventKind,
    actor: Actor,
    channel: Channel,
    at: datetime,
    data: dict[str, Any] | None = None,
) -> None:
    """Put an event on the timeline; `data` holds what its sentence needs, in every language."""
    _enter(session, case_id, kind, actor, channel, at, data or {})


def _enter(
    session: AsyncSession,
    case_id: int,
    kind: EventKind,
    actor: Actor,
    channel: Channel,
    at: datetime,
    data: dict[str, Any],
    *,
    message_id: int | None = None,
    note_id: int | None = None,
    said: str = "",
) -> None:
    if actor.acts_for:
        data = {**data, "for": actor.acts_for}
    session.add(
        Event(
            case_id=case_id,
            at=at,
            kind=kind,
            actor_id=actor.person_id,
            actor=actor.name,
            channel=channel,
            message_id=message_id,
            note_id=note_id,
            data=data,
        )
    )
    audit.record(session, at=at, action=kind, actor=actor, channel=channel, case_id=case_id, details=data, said=said)

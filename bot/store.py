"""Keeps conversations: where each one stands, and every message of it, so that no tab or restart loses a word."""

import asyncio
import itertools
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint, bindparam, or_, select, update
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from bot.errors import BotError
from casework.clock import Clock
from casework.db import Base, Database, UtcDateTime, rowcount
from casework.sqlite_rows import StandingInsert, StandingQuery

SILENCE = timedelta(hours=1)  # after so long, somebody begins about something else
CONNECTED = 60  # messages, beyond which nothing is taken to belong together


class Speaker(StrEnum):
    """Who said a message."""

    PERSON = "person"
    ASSISTANT = "assistant"
    HANDLER = "handler"


class Conversation(Base):
    """One conversation. `tracker` is the dialogue's own state; nobody but the dialogue reads it.

    `person_id` is whoever the channel's session named, without a key to the table of people: that table is not ours.
    `last_sequence` is the number of its newest message. Whoever answers a message holds the conversation until
    `held_until`, and is known by the `version` that they made of it.
    """

    __tablename__ = "bot_conversations"
    id: Mapped[str] = mapped_column(String(80), primary_key=True)
    person_id: Mapped[int | None] = mapped_column(index=True)
    language: Mapped[str] = mapped_column(String(2), default="")
    tracker: Mapped[str | None] = mapped_column(Text)
    version: Mapped[int] = mapped_column(default=0, server_default="0")
    held_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    last_sequence: Mapped[int] = mapped_column(default=0)
    begun_at: Mapped[datetime] = mapped_column(UtcDateTime)
    changed_at: Mapped[datetime] = mapped_column(UtcDateTime)


class ChatMessage(Base):
    """One message of a conversation; `sequence` counts from 1 without a gap.

    `parts` holds what is more than text: buttons, values to show. `key` is the name that the sender's page gave a
    message, so that one which is sent again after a lost connection is not heard twice.
    """

    __tablename__ = "bot_messages"
    conversation_id: Mapped[str] = mapped_column(ForeignKey("bot_conversations.id"), primary_key=True)
    sequence: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    speaker: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    parts: Mapped[dict[str, Any]] = mapped_column(JSON)
    key: Mapped[str | None] = mapped_column(String(40))
    said_at: Mapped[datetime] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("conversation_id", "key"),)


@dataclass(frozen=True, slots=True)
class Utterance:
    """A message that is about to be written down."""

    speaker: Speaker
    text: str = ""
    parts: Mapping[str, Any] = field(default_factory=dict)
    key: str | None = None


# Longer than any answer takes; after that a process that died no longer holds anything.
HOLD = timedelta(seconds=30)
WAIT_SECONDS, LOOK_SECONDS = 60.0, 0.05


_TABLE = Conversation.metadata.tables[Conversation.__tablename__]
_LOAD = StandingQuery(select(Conversation.tracker).where(Conversation.id == bindparam("id")))
_INSERT = sqlite.insert(_TABLE)
_SAVE_ON_SQLITE = StandingInsert(
    _INSERT.on_conflict_do_update(
        index_elements=["id"], set_={name: _INSERT.excluded[name] for name in ("tracker", "changed_at")}
    ),
    ("id", "language", "tracker", "version", "last_sequence", "begun_at", "changed_at"),
)


class ConversationMoved(BotError):
    """Another process went on with this conversation; nothing was saved."""


class ConversationBusy(BotError):
    """Another process does not let go of this conversation."""


class DatabaseTrackerStore:
    """Keeps the state of each conversation in the database, and lets one process at a time go on with it.

    A hold is a row with a time limit, so that nobody has to keep a connection while an answer is worked out; the
    version guards against somebody who held it for longer than that.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._held: dict[str, _Held] = {}

    @asynccontextmanager
    async def hold(self, conversation_id: str) -> AsyncIterator[None]:
        """Wait until no other process holds the conversation, and hold it. Raises `ConversationBusy`.

        SQLite is served by one process, whose own lock is enough.
        """
        if self._database.is_sqlite:
            yield
            return
        self._held[conversation_id] = await self._take(conversation_id)
        try:
            yield
        finally:
            held = self._held.pop(conversation_id, None)
            if held is not None:
                async with self._database.transaction() as session:
                    await _change_held(session, conversation_id, held.version, held_until=None)

    async def _take(self, conversation_id: str) -> "_Held":
        for _ in range(round(WAIT_SECONDS / LOOK_SECONDS)):
            now = self._clock.now()
            async with self._database.transaction() as session:
                held = await _claim(session, conversation_id, now)
                if held is None:
                    await _make_sure(session, conversation_id, now)
                    held = await _claim(session, conversation_id, now)
            if held is not None:
                return held
            await asyncio.sleep(LOOK_SECONDS)
        raise ConversationBusy

    async def load(self, conversation_id: str) -> str | None:
        """Read the conversation as it was saved last, or None; who holds it read it on taking it."""
        if conversation_id in self._held:
            return self._held[conversation_id].tracker
        found = await self._database.find(_LOAD, id=conversation_id)
        return found[0][0] if found else None

    async def save(self, conversation_id: str, tracker: str) -> None:
        """Keep this JSON text as the conversation's newest state; this ends the hold.

        On SQLite the disk is not waited for: what is answered is written down afterwards, by a transaction that is on
        the disk, with everything before it, before anybody reads the answer.
        Raises `ConversationMoved` when the hold ran out and another process went on.
        """
        now, held = self._clock.now(), self._held.get(conversation_id)
        if self._database.is_sqlite:
            row = {"id": conversation_id, "language": "", "tracker": tracker, "version": 0, "last_sequence": 0}
            await self._database.put_row(_SAVE_ON_SQLITE, {**row, "begun_at": now, "changed_at": now})
            return
        async with self._database.transaction() as session:
            if held is None:
                await _make_sure(session, conversation_id, now)
                await _change(session, conversation_id, tracker=tracker, changed_at=now)
                return
            changed = {"tracker": tracker, "changed_at": now, "held_until": None}
            if not await _change_held(session, conversation_id, held.version, **changed):
                raise ConversationMoved
        del self._held[conversation_id]


@dataclass(frozen=True, slots=True)
class _Held:
    """A conversation as it was when it was taken."""

    version: int
    tracker: str | None


async def _claim(session: AsyncSession, conversation_id: str, now: datetime) -> _Held | None:
    """Take a conversation that is there and that nobody holds."""
    free = or_(Conversation.held_until.is_(None), Conversation.held_until < now)
    claim = update(Conversation).where(Conversation.id == conversation_id, free)
    claim = claim.values(version=Conversation.version + 1, held_until=now + HOLD)
    row = (await session.execute(claim.returning(Conversation.version, Conversation.tracker))).first()
    return _Held(*row) if row else None


async def begin(
    session: AsyncSession, conversation_id: str, person_id: int | None, language: str, now: datetime
) -> None:
    """Make sure that a conversation is there, and write down whose it is and in which language."""
    await _make_sure(session, conversation_id, now)
    await _change(session, conversation_id, person_id=person_id, language=language)


async def _make_sure(session: AsyncSession, conversation_id: str, now: datetime) -> None:
    if await session.get(Conversation, conversation_id) is not None:
        return
    try:
        async with session.begin_nested():
            session.add(Conversation(id=conversation_id, begun_at=now, changed_at=now))
    except IntegrityError:
        return  # another process was first; the row is there


async def _change(session: AsyncSession, conversation_id: str, **values: Any) -> None:
    await session.execute(update(Conversation).where(Conversation.id == conversation_id).values(**values))


async def _change_held(session: AsyncSession, conversation_id: str, version: int, **values: Any) -> bool:
    """Change a conversation that is still the version that one made of it; tell whether it was."""
    mine = (Conversation.id == conversation_id) & (Conversation.version == version)
    return rowcount(await session.execute(update(Conversation).where(mine).values(**values))) == 1


async def write_down(
    session: AsyncSession, conversation_id: str, utterances: Sequence[Utterance], now: datetime
) -> None:
    """Add messages to the end of a conversation that has begun, in this order, with the next numbers.

    The numbers are taken by an update of the conversation's row, so that whoever reads up to a number has seen all
    smaller ones.
    """
    count = (
        update(Conversation)
        .where(Conversation.id == conversation_id)
        .values(last_sequence=Conversation.last_sequence + len(utterances), changed_at=now)
        .returning(Conversation.last_sequence)
    )
    last: int = (await session.execute(count)).scalar_one()
    session.add_all(
        ChatMessage(
            conversation_id=conversation_id,
            sequence=sequence,
            speaker=said.speaker,
            text=said.text,
            parts=dict(said.parts),
            key=said.key,
            said_at=now,
        )
        for sequence, said in enumerate(utterances, start=last - len(utterances) + 1)
    )


async def said_as(session: AsyncSession, conversation_id: str, key: str) -> ChatMessage | None:
    """Return the message that has this name in its conversation."""
    query = select(ChatMessage).where(ChatMessage.conversation_id == conversation_id, ChatMessage.key == key)
    return (await session.execute(query)).scalar_one_or_none()


async def last_sequence(session: AsyncSession, conversation_id: str) -> int:
    """Return the number of the newest message; 0 where nothing was said yet."""
    query = select(Conversation.last_sequence).where(Conversation.id == conversation_id)
    return (await session.execute(query)).scalar_one_or_none() or 0


async def begun_anew_after(session: AsyncSession, conversation_id: str, at: datetime) -> int:
    """Return the number after which what was said at a moment began: the last before the newest long silence."""
    query = select(ChatMessage.sequence, ChatMessage.said_at).where(
        ChatMessage.conversation_id == conversation_id, ChatMessage.said_at <= at
    )
    newest = (await session.execute(query.order_by(ChatMessage.sequence.desc()).limit(CONNECTED))).all()
    for later, earlier in itertools.pairwise(newest):
        if later.said_at - earlier.said_at > SILENCE:
            return int(earlier.sequence)
    return max((newest[-1].sequence if newest else 1) - 1, 0)


async def messages_after(
    session: AsyncSession, conversation_id: str, sequence: int, limit: int
) -> Sequence[ChatMessage]:
    """Return the messages that follow a number, the oldest first, at most so many."""
    query = (
        select(ChatMessage)
        .where(ChatMessage.conversation_id == conversation_id, ChatMessage.sequence > sequence)
        .order_by(ChatMessage.sequence)
        .limit(limit)
    )
    return (await session.execute(query)).scalars().all()


async def messages_before(
    session: AsyncSession, conversation_id: str, sequence: int | None, limit: int
) -> Sequence[ChatMessage]:
    """Return the newest messages, or those right before a number, the oldest first, at most so many."""
    query = select(ChatMessage).where(ChatMessage.conversation_id == conversation_id)
    if sequence is not None:
        query = query.where(ChatMessage.sequence < sequence)
    newest = (await session.execute(query.order_by(ChatMessage.sequence.desc()).limit(limit))).scalars().all()
    return newest[::-1]


async def open_buttons(session: AsyncSession, conversation_id: str, before: int | None = None) -> list[dict[str, str]]:
    """Return the buttons that were offered since the person last spoke: what they can press now, or before a number."""
    past = [ChatMessage.conversation_id == conversation_id]
    if before is not None:
        past.append(ChatMessage.sequence < before)
    spoken = select(ChatMessage.sequence).where(*past, ChatMessage.speaker == Speaker.PERSON)
    last = spoken.order_by(ChatMessage.sequence.desc()).limit(1)
    since = (await session.execute(last)).scalar_one_or_none() or 0
    query = select(ChatMessage.parts).where(*past, ChatMessage.sequence > since)
    offered = (await session.execute(query.order_by(ChatMessage.sequence))).scalars()
    return [button for parts in offered for button in parts.get("buttons", ())]


async def open_choice(
    session: AsyncSession, conversation_id: str, payload: str, before: int | None = None
) -> str | None:
    """Return the title of a button that can be pressed now, or could before a number; None when there is none such."""
    offered = await open_buttons(session, conversation_id, before)
    return next((str(button["title"]) for button in offered if button["payload"] == payload), None)

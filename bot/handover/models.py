"""Who waits for a handler or talks with one, and which handlers are free: rows, so that no restart loses a place."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, UtcDateTime


class HandoverState(StrEnum):
    """How it stands with somebody who asked for a person."""

    WAITING = "waiting"
    FILED = "filed"
    TALKING = "talking"
    ENDED = "ended"
    LEFT = "left"


QUEUED = (HandoverState.WAITING, HandoverState.FILED)
LIVE = (*QUEUED, HandoverState.TALKING)


class Handover(Base):
    """One wish for a person. Its place follows from `asked_at` for good: nothing but its end takes it away.

    `filed` became a case meanwhile and keeps its place; `told_sequence` is the last message that stands on the case.
    `person_seen_at` is when a page of the person last asked; people and cases are named without keys to tables that
    are not ours.
    """

    __tablename__ = "bot_handovers"
    id: Mapped[int] = mapped_column(primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("bot_conversations.id"), index=True)
    person_id: Mapped[int]
    language: Mapped[str] = mapped_column(String(2))
    team: Mapped[str] = mapped_column(String(100), default="")
    state: Mapped[str] = mapped_column(String(10), default=HandoverState.WAITING, index=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    person_seen_at: Mapped[datetime] = mapped_column(UtcDateTime)
    case_number: Mapped[str | None] = mapped_column(String(20))
    told_sequence: Mapped[int] = mapped_column(default=0)
    handler_id: Mapped[int | None] = mapped_column(index=True)
    handler_name: Mapped[str] = mapped_column(String(200), default="")
    begun_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    mailed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    @property
    def is_talking(self) -> bool:
        """Whether a handler talks with the person now."""
        return self.state == HandoverState.TALKING


class Duty(Base):
    """A handler who is available for chat in these languages, in none no longer; `seen_at` is when their page asked."""

    __tablename__ = "bot_duties"
    handler_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    team: Mapped[str] = mapped_column(String(100), default="")
    languages: Mapped[list[str]] = mapped_column(JSON)
    since_at: Mapped[datetime] = mapped_column(UtcDateTime)
    seen_at: Mapped[datetime] = mapped_column(UtcDateTime)

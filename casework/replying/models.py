"""A reply that somebody has begun and not sent."""

from datetime import datetime

from sqlalchemy import ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, UtcDateTime


class ReplyDraft(Base):
    """What a handler has typed on a case so far; until `typing_until` they are at it."""

    __tablename__ = "reply_drafts"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    kind: Mapped[str] = mapped_column(String(10))
    text: Mapped[str] = mapped_column(Text)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)
    typing_until: Mapped[datetime] = mapped_column(UtcDateTime)

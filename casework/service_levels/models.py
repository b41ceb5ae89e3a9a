"""Of which state of a case its due time was reckoned, and that its handlers were told it is over."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, UtcDateTime


class Escalation(Base):
    """A case whose handlers were told; the key lets it happen once."""

    __tablename__ = "escalations"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)


class DueTime(Base):
    """When `due_at` of a case was reckoned: for this version of it, with or without an approval that is awaited."""

    __tablename__ = "due_times"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    case_version: Mapped[int]
    approval_open: Mapped[bool]
    reckoned_at: Mapped[datetime] = mapped_column(UtcDateTime)

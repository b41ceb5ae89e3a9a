"""A question to colleagues about a case, until it is answered or no longer needed."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import Date, ForeignKey, Index, String
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, UtcDateTime


class AdviceState(StrEnum):
    """Where a question stands."""

    OPEN = "open"
    GIVEN = "given"
    ENDED = "ended"


class Advice(Base):
    """A question to one handler, or to all of a team; what is asked and answered are internal notes of the case."""

    __tablename__ = "advice"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    team_id: Mapped[int | None] = mapped_column(ForeignKey("teams.id"))
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    question_id: Mapped[int] = mapped_column(ForeignKey("notes.id"))
    answer_id: Mapped[int | None] = mapped_column(ForeignKey("notes.id"))
    due_on: Mapped[date] = mapped_column(Date)
    state: Mapped[str] = mapped_column(String(10), default=AdviceState.OPEN)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "state", "team_id"), Index(None, "state", "person_id"))

"""One person who stands in for another from one day to another."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, UtcDateTime


class Deputy(Base):
    """A deputy, with the first and the last day; it ends by itself, or earlier at `ended_at`."""

    __tablename__ = "deputies"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    deputy_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    first_on: Mapped[date] = mapped_column(Date)
    last_on: Mapped[date] = mapped_column(Date)
    named_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    named_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "person_id", "last_on"), Index(None, "deputy_id", "last_on"))

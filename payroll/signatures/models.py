"""What officers sign for: a law table until a day, with a reason, and who confirmed it as a second person."""

from datetime import date, datetime

from sqlalchemy import Date, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, UtcDateTime


class LawSignature(Base):
    """One officer's word that the figures of a table may be used until a day, that day included.

    It is for the `figures` that the officer saw, told by the digest of the table's file, and for no others. It
    holds from `confirmed_at` on, when a second officer has seen it, and is never changed afterwards. One that has
    no such moment, but a `confirmed_by_id`, was withdrawn by that officer and never holds.
    """

    __tablename__ = "pay_law_signatures"
    id: Mapped[int] = mapped_column(primary_key=True)
    table_name: Mapped[str] = mapped_column(String(60))
    figures: Mapped[str] = mapped_column(String(64))
    until: Mapped[date] = mapped_column(Date)
    reason: Mapped[str] = mapped_column(Text)
    signed_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    signed_at: Mapped[datetime] = mapped_column(UtcDateTime)
    confirmed_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    confirmed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

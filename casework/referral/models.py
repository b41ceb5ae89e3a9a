"""A question to another service about a case, by mail, until it answers."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, UtcDateTime


class ConsultationState(StrEnum):
    """Where such a question stands."""

    SENT = "sent"
    ANSWERED = "answered"


class Consultation(Base):
    """What was asked of a service of the directory; the mail holds the words, its reply address finds the answer."""

    __tablename__ = "consultations"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    service_key: Mapped[str] = mapped_column(String(60))
    service_name: Mapped[str] = mapped_column(Text)
    mail_id: Mapped[int] = mapped_column(ForeignKey("outbox_mails.id"), unique=True)
    state: Mapped[str] = mapped_column(String(10), default=ConsultationState.SENT)
    asked_by_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    answered_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "state", "case_id"),)

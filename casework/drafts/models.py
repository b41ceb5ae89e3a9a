"""A form that is half filled in, with its documents; and what became of a page that was sent."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, UtcDateTime


class FormDraft(Base):
    """What somebody filled in so far; `key` is that of the page on which they do it."""

    __tablename__ = "form_drafts"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    key: Mapped[str] = mapped_column(String(40))
    form_key: Mapped[str] = mapped_column(String(60))
    answers: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

    __table_args__ = (UniqueConstraint("person_id", "key"),)


class DraftFile(Base):
    """A document that was handed in with a draft; its bytes are kept where those of attachments are."""

    __tablename__ = "draft_files"
    id: Mapped[int] = mapped_column(primary_key=True)
    draft_id: Mapped[int] = mapped_column(ForeignKey("form_drafts.id", ondelete="CASCADE"), index=True)
    document_key: Mapped[str | None] = mapped_column(String(60))
    filename: Mapped[str] = mapped_column(Text)
    declared_type: Mapped[str] = mapped_column(Text)
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64))
    quarantined: Mapped[str | None] = mapped_column(Text)


class SentPage(Base):
    """A page that was sent, and the case it led to: sent once more, it leads there again and does nothing."""

    __tablename__ = "sent_pages"
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    sent_at: Mapped[datetime] = mapped_column(UtcDateTime, index=True)

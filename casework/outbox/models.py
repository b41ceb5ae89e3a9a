"""A mail that has to go out, and every try to send it."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, LargeBinary, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, UtcDateTime


class MailKind(StrEnum):
    """Why a mail is sent; one template folder each."""

    SUMMARY = "summary"
    HANDLER = "handler"
    UPDATE = "update"
    DECISION = "decision"
    LINK = "link"
    COMMAND_PROBLEM = "command_problem"
    REGISTER = "register"
    SIGN_IN_CODE = "sign_in_code"
    SECURITY = "security"
    UNDELIVERED = "undelivered"
    UNPROVEN = "unproven"
    WATCH = "watch"
    APPROVAL_REQUEST = "approval_request"
    APPROVAL_NEWS = "approval_news"
    DEPUTY = "deputy"
    REMINDER = "reminder"
    CLOSED_UNANSWERED = "closed_unanswered"
    OVERDUE = "overdue"
    ASSIGNED = "assigned"
    MERGED = "merged"
    ADVICE = "advice"
    CONFIRM = "confirm"
    CONSULTATION = "consultation"
    TRANSCRIPT = "transcript"
    REPAYMENT = "repayment"


class OutboxState(StrEnum):
    """Where a mail stands."""

    QUEUED = "queued"
    SENDING = "sending"
    SENT = "sent"
    FAILED = "failed"
    HELD = "held"
    BOUNCED = "bounced"


class HoldReason(StrEnum):
    """Why a mail is held, as pages say it in the language of whoever reads them."""

    TOO_MANY = "too_many"
    ADDRESS_STOPPED = "address_stopped"


class OutboxMail(Base):
    """One mail to one person: rendered when it is written, composed once, so that a retry keeps its Message-ID.

    `last_reply` is what the other side said to the last try; `reason` says why a mail is held, or why it
    came back. `bounce` is how final that is: soft or hard.
    """

    __tablename__ = "outbox_mails"
    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(String(30))
    dedupe_key: Mapped[str | None] = mapped_column(Text, unique=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    to_address: Mapped[str] = mapped_column(Text)
    subject: Mapped[str] = mapped_column(Text)
    text: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text)
    in_reply_to: Mapped[str | None] = mapped_column(Text)
    state: Mapped[str] = mapped_column(String(10), default=OutboxState.QUEUED)
    attempts: Mapped[int] = mapped_column(default=0)
    created_at: Mapped[datetime] = mapped_column(UtcDateTime)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime)
    sent_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    lease_owner: Mapped[str | None] = mapped_column(Text)
    leased_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    message_id: Mapped[str | None] = mapped_column(Text, unique=True)
    raw: Mapped[bytes | None] = mapped_column(LargeBinary)
    last_reply: Mapped[str | None] = mapped_column(Text)
    reason: Mapped[str | None] = mapped_column(Text)
    bounce: Mapped[str | None] = mapped_column(String(4))
    bounced_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "state", "due_at"),)


class OutboxFile(Base):
    """A document that leaves with a mail; under `filename`, where it is not to say what its sender called it."""

    __tablename__ = "outbox_files"
    mail_id: Mapped[int] = mapped_column(ForeignKey("outbox_mails.id"), primary_key=True)
    attachment_id: Mapped[int] = mapped_column(ForeignKey("attachments.id"), primary_key=True)
    filename: Mapped[str | None] = mapped_column(Text)


class OutboxAttempt(Base):
    """One try to send a mail, and what the other side said."""

    __tablename__ = "outbox_attempts"
    id: Mapped[int] = mapped_column(primary_key=True)
    mail_id: Mapped[int] = mapped_column(ForeignKey("outbox_mails.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    outcome: Mapped[str] = mapped_column(String(20))
    reply: Mapped[str] = mapped_column(Text)


class BouncingAddress(Base):
    """An address from which mails came back: how much that counts, and when it last happened."""

    __tablename__ = "bouncing_addresses"
    address: Mapped[str] = mapped_column(Text, primary_key=True)
    score: Mapped[int]
    last_at: Mapped[datetime] = mapped_column(UtcDateTime)

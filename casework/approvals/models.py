"""An approval that a form wants, and the people who were asked for it."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, UtcDateTime


class ApprovalState(StrEnum):
    """Where an approval stands; dropped ones were overtaken by a refusal before them or by another request."""

    WAITING = "waiting"
    OPEN = "open"
    GIVEN = "given"
    REFUSED = "refused"
    DROPPED = "dropped"


DECIDED = frozenset({ApprovalState.GIVEN, ApprovalState.REFUSED, ApprovalState.DROPPED})


class Approval(Base):
    """One step: `rule` names who decides (`catalogue.models.Approver`), `fields` what the request said when asked.

    `round` counts how often the request was put anew, because it changed. A decision is never changed.
    """

    __tablename__ = "approvals"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    round: Mapped[int]
    step: Mapped[int]
    rule: Mapped[str] = mapped_column(String(20))
    form_key: Mapped[str] = mapped_column(String(60))
    fields: Mapped[dict[str, Any]] = mapped_column(JSON)
    state: Mapped[str] = mapped_column(String(10))
    asked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    decided_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    acted_for_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    reason: Mapped[str] = mapped_column(Text, default="")

    __table_args__ = (UniqueConstraint("case_id", "round", "step"), Index(None, "state", "id"))


class Asking(Base):
    """One person who was asked, by which mail; as a deputy, `for_id` is the one they stand in for."""

    __tablename__ = "approval_askings"
    id: Mapped[int] = mapped_column(primary_key=True)
    approval_id: Mapped[int] = mapped_column(ForeignKey("approvals.id"), index=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    for_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    mail_id: Mapped[int | None] = mapped_column(ForeignKey("outbox_mails.id"), index=True)
    asked_at: Mapped[datetime] = mapped_column(UtcDateTime)
    ended_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (Index(None, "person_id", "ended_at"),)

"""Payslips as they were issued: what stands on one is never looked up again, so it is the same in ten years."""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, UtcDateTime


class PaySlip(Base):
    """One payslip: what a run booked for a person, with who they were and who paid them; `content` as `Slip` reads it.

    A person may draw it from the day on which it was issued.
    """

    __tablename__ = "pay_slips"
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("pay_runs.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    period: Mapped[str] = mapped_column(String(7))
    issued_at: Mapped[datetime] = mapped_column(UtcDateTime)
    content: Mapped[dict[str, Any]] = mapped_column(JSON)

    __table_args__ = (UniqueConstraint("run_id", "person_id"),)

"""Repayment plans: what is owed, until when one can object, and how it was settled."""

from datetime import date, datetime
from enum import StrEnum

from sqlalchemy import BigInteger, Date, ForeignKey, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, UtcDateTime


class PlanState(StrEnum):
    """Where a plan stands: proposed, objected to, agreed upon in instalments, or let go."""

    PROPOSED = "proposed"
    OBJECTED = "objected"
    AGREED = "agreed"
    WAIVED = "waived"


class RepaymentPlan(Base):
    """What a person owes after a run that was paid, in cents; one plan for each run.

    Until `objection_until`, that day included, the employee can object; nothing is recovered before it has passed. It
    is empty until they were told: until the mail that was written at `told_at` has left, or an officer wrote down then
    that they were told.
    """

    __tablename__ = "payroll_repayment_plans"
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("pay_runs.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    period: Mapped[str] = mapped_column(String(7))
    owed: Mapped[int] = mapped_column(BigInteger)
    state: Mapped[str] = mapped_column(String(10), default=PlanState.PROPOSED, index=True)
    made_at: Mapped[datetime] = mapped_column(UtcDateTime)
    objection_until: Mapped[date | None] = mapped_column(Date)
    instalments: Mapped[int | None]
    reason: Mapped[str] = mapped_column(Text, default="")
    told_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("run_id", "person_id"),)

"""What a pay run keeps: results that are never changed, and the differences that later knowledge makes."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, BigInteger, Date, ForeignKey, Index, String, Text, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, UtcDateTime

NO_CASE = ""


class RunState(StrEnum):
    """Where a run stands; an open one was begun and is finished before another begins."""

    OPEN = "open"
    CALCULATED = "calculated"
    APPROVED = "approved"
    PAID = "paid"
    CLOSED = "closed"


class PayRun(Base):
    """One run: a period, whose pay, a moment of knowledge, one set of law tables and one engine.

    `organisation_id` names the organisation whose people are run, with its parts; without one it is everybody.
    Nobody ordered a run that the schedule began; whoever ordered it never approves it.
    """

    __tablename__ = "pay_runs"
    id: Mapped[int] = mapped_column(primary_key=True)
    period: Mapped[str] = mapped_column(String(7))
    number: Mapped[int]
    known_at: Mapped[datetime] = mapped_column(UtcDateTime)
    parameters: Mapped[str] = mapped_column(String(64))
    people_per_part: Mapped[int]
    state: Mapped[str] = mapped_column(String(10), default=RunState.OPEN)
    finished_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    organisation_id: Mapped[int | None] = mapped_column(ForeignKey("organisations.id"))
    engine: Mapped[str] = mapped_column(String(64), default="", server_default="")
    ordered_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    approved_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    approved_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    paid_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    paid_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    closed_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("period", "number"),)


class PayRunPart(Base):
    """A part of a run's people, marked as done together with their results: who could mark it has calculated them."""

    __tablename__ = "pay_run_parts"
    run_id: Mapped[int] = mapped_column(ForeignKey("pay_runs.id"), primary_key=True)
    part: Mapped[int] = mapped_column(primary_key=True)
    people: Mapped[list[int]] = mapped_column(JSON, default=list, server_default="[]")
    done_at: Mapped[datetime | None] = mapped_column(UtcDateTime)


class PayResult(Base):
    """What a person's month came to in one run, in cents by wage type; the latest run holds."""

    __tablename__ = "pay_results"
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("pay_runs.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    period: Mapped[str] = mapped_column(String(7))
    known_at: Mapped[datetime] = mapped_column(UtcDateTime)
    amounts: Mapped[dict[str, int]] = mapped_column(JSON)
    parameters: Mapped[dict[str, str]] = mapped_column(JSON)

    __table_args__ = (UniqueConstraint("run_id", "person_id", "period"), Index(None, "period", "person_id"))


class PayDifference(Base):
    """What a run books on a month that was calculated before, in cents, and the case that it comes from."""

    __tablename__ = "pay_differences"
    id: Mapped[int] = mapped_column(primary_key=True)
    run_id: Mapped[int] = mapped_column(ForeignKey("pay_runs.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    period: Mapped[str] = mapped_column(String(7))
    wage_type: Mapped[str] = mapped_column(String(40))
    case_number: Mapped[str] = mapped_column(String(10), default=NO_CASE)
    amount: Mapped[int] = mapped_column(BigInteger)

    __table_args__ = (UniqueConstraint("run_id", "person_id", "period", "wage_type", "case_number"),)


class PayProblem(Base):
    """Something that somebody has to settle before pay is right; replaced whenever its source looks again."""

    __tablename__ = "pay_problems"
    id: Mapped[int] = mapped_column(primary_key=True)
    source: Mapped[str] = mapped_column(String(40), index=True)
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    period: Mapped[str | None] = mapped_column(String(7))
    rule: Mapped[str] = mapped_column(Text)
    on: Mapped[date | None] = mapped_column("on_date", Date)
    message: Mapped[str] = mapped_column(Text)
    noted_at: Mapped[datetime] = mapped_column(UtcDateTime)


class MonthCalculation(Base):
    """The latest daily calculation of an open month: a preview of its run, in cents, that books nothing."""

    __tablename__ = "pay_month_calculations"
    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    calculated_at: Mapped[datetime] = mapped_column(UtcDateTime)
    people: Mapped[int]
    gross: Mapped[int] = mapped_column(BigInteger)
    withholding_tax: Mapped[int] = mapped_column(BigInteger)
    net: Mapped[int] = mapped_column(BigInteger)


class MonthPart(Base):
    """What some people came to in the latest daily calculation of an open month, in cents, and their problems.

    `digest` is of what it was calculated from; as long as it stays the same, so does the rest.
    """

    __tablename__ = "pay_month_parts"
    period: Mapped[str] = mapped_column(String(7), primary_key=True)
    first_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    digest: Mapped[str] = mapped_column(String(64))
    people: Mapped[int]
    gross: Mapped[int] = mapped_column(BigInteger)
    withholding_tax: Mapped[int] = mapped_column(BigInteger)
    net: Mapped[int] = mapped_column(BigInteger)
    problems: Mapped[list[dict[str, Any]]] = mapped_column(JSON)


class JobClaim(Base):
    """A turn of a scheduled job: whoever inserts it did the work of that turn, and nobody else does."""

    __tablename__ = "payroll_job_claims"
    job: Mapped[str] = mapped_column(String(40), primary_key=True)
    turn: Mapped[int] = mapped_column(BigInteger, primary_key=True)
    claimed_at: Mapped[datetime] = mapped_column(UtcDateTime)

"""The facts that pay rests on: each says when it is valid and when it became known, and none is ever changed."""

from datetime import date, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, CheckConstraint, Date, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, UtcDateTime
from payroll.facts.timeline import FOREVER, Span


class FactKind(StrEnum):
    """What a fact is about; `payroll.facts.kinds` says what each may state."""

    PAY = "pay"
    HOUSEHOLD = "household"
    SCALE = "scale"
    EMPLOYMENT = "employment"
    REGIME = "regime"
    ABSENCE = "absence"
    ALLOWANCE = "allowance"
    ONE_OFF = "one_off"
    ACCOUNT = "account"
    ADDRESS = "address"
    COUNT = "count"
    TELEWORK = "telework"
    COMMUTING = "commuting"
    CERTIFICATE = "certificate"
    SENIORITY = "seniority"
    CORRECTION = "correction"
    PERSONAL_DATA = "personal_data"


PAY_KINDS = (FactKind.PAY, FactKind.SCALE)
"""The facts that give somebody pay, as an amount or by a place on a scale."""


class FactSource(StrEnum):
    """By which door a fact came in."""

    IMPORT = "import"
    CASE = "case"
    EXPENSE = "expense"
    ABSENCE = "absence"
    ALLOWANCE = "allowance"
    SCALE = "scale"
    COUNT = "count"
    ADDRESS = "address"
    OFFICER = "officer"


class Fact(Base):
    """One fact about one person. `valid_to` is the last day that it holds, or null for as long as nothing else does.

    A fact that became known later stands before an earlier one on the days that it covers, in the fields that it
    states. `counters_id` stands on a counter-fact: from its moment on, the fact that it names counts no more.
    `reference` is the number that another system gave it, and of each source it comes in once.
    """

    __tablename__ = "payroll_facts"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"))
    kind: Mapped[str] = mapped_column(String(20))
    values: Mapped[dict[str, Any]] = mapped_column(JSON)
    valid_from: Mapped[date] = mapped_column(Date)
    valid_to: Mapped[date | None] = mapped_column(Date)
    known_from: Mapped[datetime] = mapped_column(UtcDateTime, index=True)
    source: Mapped[str] = mapped_column(String(10))
    case_number: Mapped[str | None] = mapped_column(String(10), index=True)
    effect: Mapped[str | None] = mapped_column(String(30))
    author: Mapped[str] = mapped_column(Text)
    reason: Mapped[str] = mapped_column(Text)
    reference: Mapped[str | None] = mapped_column(String(80))
    counters_id: Mapped[int | None] = mapped_column(ForeignKey("payroll_facts.id"))

    __table_args__ = (
        Index(None, "person_id", "kind"),
        Index(None, "source", "reference", unique=True),
        Index(None, "counters_id", unique=True),
        CheckConstraint("valid_to IS NULL OR valid_to >= valid_from", name="valid_to_not_before_valid_from"),
    )

    @property
    def span(self) -> Span:
        """The days that the fact covers, with what it says about them."""
        return Span(self.valid_from, self.valid_to or FOREVER, self.values)


class Knowledge(Base):
    """The latest moment at which payroll learned or calculated something: one row, which every writer locks."""

    __tablename__ = "payroll_knowledge"
    id: Mapped[int] = mapped_column(primary_key=True)
    latest_at: Mapped[datetime] = mapped_column(UtcDateTime)

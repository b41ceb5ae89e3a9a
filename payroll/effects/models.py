"""Which closed cases have reached pay: the row that makes exactly once a matter of a constraint."""

from datetime import datetime
from enum import StrEnum

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, UtcDateTime


class EffectState(StrEnum):
    """Where a closed case stands on its way to pay.

    A case that cannot become facts yet has a problem; one whose form has no mapping is entered by hand. An applied
    case has its facts, but some of its months could not be calculated; a complete one has nothing left to show.
    """

    PROBLEM = "problem"
    BY_HAND = "by_hand"
    APPLIED = "applied"
    COMPLETE = "complete"

    @property
    def has_facts(self) -> bool:
        """Whether the case has become facts, which it does once."""
        return self in (EffectState.APPLIED, EffectState.COMPLETE)


class CaseEffect(Base):
    """The effect of one closed case on pay.

    `known_from` is the moment of its facts, once it has them; `months_to_show` are those not calculated yet.
    """

    __tablename__ = "payroll_case_effects"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    effect: Mapped[str] = mapped_column(String(30))
    state: Mapped[str] = mapped_column(String(10), index=True)
    known_from: Mapped[datetime] = mapped_column(UtcDateTime)
    tried_at: Mapped[datetime] = mapped_column(UtcDateTime)
    months_to_show: Mapped[list[str]] = mapped_column(JSON, default=list)

    __table_args__ = (UniqueConstraint("case_id", "effect"),)

"""Which closed cases have reached pay: the row that makes exactly once a matter of a constraint."""

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, UtcDateTime


class EffectState(StrEnum):
    """Where a closed case stands on its way to pay.

    A case that cannot become facts yet has a problem; one whose form states no fact is entered by hand. An applied
    case has its facts, but some of its months could not be calculated. A kept one has its facts, and waits for an
    officer to add what no rule of the engine works out. A complete one has nothing left to show.
    """

    PROBLEM = "problem"
    BY_HAND = "by_hand"
    APPLIED = "applied"
    KEPT = "kept"
    COMPLETE = "complete"

    @property
    def has_facts(self) -> bool:
        """Whether the case has become facts, which it does once."""
        return self in (EffectState.APPLIED, EffectState.KEPT, EffectState.COMPLETE)


class CaseEffect(Base):
    """The effect of one closed case on pay.

    `known_from` is the moment of its facts, once it has them; `person_id` is whose they are, where it is not the
    requester. `months_to_show` are those not calculated yet, and `shown` are the others as they were calculated, with
    every line that differs and the law tables that it rests on: what was told is not worked out anew by later law.
    `needs_officer` names what no rule of the engine works out.
    """

    __tablename__ = "payroll_case_effects"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    effect: Mapped[str] = mapped_column(String(30))
    state: Mapped[str] = mapped_column(String(10), index=True)
    known_from: Mapped[datetime] = mapped_column(UtcDateTime)
    tried_at: Mapped[datetime] = mapped_column(UtcDateTime)
    months_to_show: Mapped[list[str]] = mapped_column(JSON, default=list)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    shown: Mapped[list[dict[str, Any]]] = mapped_column(JSON, default=list, server_default="[]")
    needs_officer: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")

    __table_args__ = (UniqueConstraint("case_id", "effect"),)

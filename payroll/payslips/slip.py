"""What stands on a payslip (law of 12 April 1965 on the protection of pay, article 15), read from what was kept."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any, NamedTuple, Self

from payroll.engine.money import Cents
from payroll.engine.parameters import SIGNED
from payroll.engine.wage_types import WageType
from payroll.runs.ledger import NET, shown
from payroll.runs.months import ORDER

PAY_IN_MONEY = "1"
"""The first digit of the wage types of pay in money."""


BEFORE_TAX = frozenset({"benefits_in_kind", "taxable"})
"""What stands above the taxes that are taken of it, whatever its code."""


class SlipKind(StrEnum):
    """What a slip is: the pay of a month, or only what later knowledge changed of earlier slips."""

    PAY = "pay"
    RECALCULATION = "recalculation"


@dataclass(frozen=True)
class SlipLine:
    """One line, in cents as they add up to the net: what is withheld is negative."""

    wage_type: str
    amount: Cents


class TableVersion(NamedTuple):
    """Since when the figures of a table are in force, and whether an officer signed for what nobody verified."""

    since: date
    is_signed: bool

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what a result keeps of a table."""
        return cls(date.fromisoformat(text.removesuffix(SIGNED)), text.endswith(SIGNED))


@dataclass(frozen=True)
class SlipMonth:
    """The lines of one month on a slip, the days of work that were paid and their measure, in hundredths of a day."""

    period: str
    lines: Sequence[SlipLine]
    is_whole: bool
    days_paid: int
    days_of_month: int
    full_time_pay: Cents
    parameters: Mapping[str, str]

    @property
    def gross(self) -> Cents:
        """All pay in money before anything is withheld."""
        earned = (line for line in self.lines if WageType[line.wage_type.upper()].value.startswith(PAY_IN_MONEY))
        return sum(line.amount for line in earned)

    @property
    def net(self) -> Cents:
        """What comes of this month, or goes back."""
        return next((line.amount for line in self.lines if line.wage_type == NET), 0)


@dataclass(frozen=True)
class Slip:
    """A payslip as it was issued."""

    period: str
    number: int
    name: str
    employee_number: str
    organisation: str
    employer: Mapping[str, str]
    statute: str
    account: str
    paid_on: date | None
    months: Sequence[SlipMonth]

    @property
    def kind(self) -> SlipKind:
        """What the slip is."""
        return SlipKind.PAY if any(month.is_whole for month in self.months) else SlipKind.RECALCULATION

    @property
    def net(self) -> Cents:
        """What is paid, or owed back where it is negative."""
        return sum(month.net for month in self.months)

    @classmethod
    def of(cls, content: Mapping[str, Any]) -> Self:
        """Read what a slip was kept as."""
        months = [
            SlipMonth(**{**month, "lines": [SlipLine(name, cents) for name, cents in month["lines"]]})
            for month in content["months"]
        ]
        paid_on = date.fromisoformat(content["paid_on"]) if content["paid_on"] else None
        return cls(**{**content, "paid_on": paid_on, "months": months})


def lines(amounts: Mapping[str, Cents]) -> list[tuple[str, Cents]]:
    """Return amounts as the lines of a slip, in its order: what is withheld is negative, what informs stays."""
    return [(name, shown(name, cents)) for name, cents in sorted(amounts.items(), key=lambda item: _place(item[0]))]


def _place(name: str) -> tuple[int, int]:
    return (ORDER["work_bonus_b"], ORDER[name]) if name in BEFORE_TAX else (ORDER[name], 0)

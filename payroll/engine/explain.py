"""The lines of a slip: each amount with what it was taken of, the rate and the legal reference."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from payroll.engine.calculate import ExceptionalResult, MonthResult
from payroll.engine.columns import ExceptionalColumns, MonthColumns
from payroll.engine.money import Cents, CentsColumn, Rate
from payroll.engine.parameters import InForce
from payroll.engine.rules import (
    contributions,
    exceptional_payments,
    special_contribution,
    withholding_tax,
    work_bonus,
)
from payroll.engine.rules.exceptional_payments import PaymentColumn
from payroll.engine.wage_types import WageType

_ALWAYS = frozenset(
    {
        WageType.GROSS,
        WageType.WITHHOLDING_TAX,
        WageType.EXCEPTIONAL_WITHHOLDING_TAX,
        WageType.TAXABLE,
        WageType.NET,
    }
)


@dataclass(frozen=True)
class LineColumn:
    """One wage type for many people; amounts are signed cents, so that lines below 9000 add up to the net."""

    wage_type: WageType
    amount: CentsColumn
    base: CentsColumn | None = None
    rates: Sequence[Rate] | None = None
    law: InForce | None = None


class Line(NamedTuple):
    """One line of one slip, amounts in cents; a tuple, as a run makes millions of them."""

    wage_type: WageType
    amount: Cents
    base: Cents | None
    rate: Rate | None
    reference: str | None


def month_lines(inputs: MonthColumns, result: MonthResult) -> list[LineColumn]:
    """Return the lines of a month in the order of the slip."""
    return [
        LineColumn(WageType.GROSS, inputs.gross),
        LineColumn(WageType.HOUSEHOLD_RESIDENCE_ALLOWANCE, inputs.household_residence_allowance),
        LineColumn(WageType.TAXABLE_ALLOWANCES, inputs.taxable_allowances),
        *_contribution_lines(result),
        *_work_bonus_lines(result),
        LineColumn(
            WageType.SPECIAL_CONTRIBUTION,
            -result.special_contribution,
            base=result.contributions.base,
            law=result.law[special_contribution.TABLE],
        ),
        LineColumn(
            WageType.WITHHOLDING_TAX,
            -result.withholding_tax,
            base=result.taxable,
            law=result.law[withholding_tax.TABLE],
        ),
        LineColumn(WageType.UNTAXED_ALLOWANCES, inputs.untaxed_allowances),
        LineColumn(WageType.NET_DEDUCTIONS, -inputs.net_deductions),
        LineColumn(WageType.BENEFITS_IN_KIND, inputs.benefits_in_kind),
        LineColumn(WageType.TAXABLE, result.taxable),
        LineColumn(WageType.NET, result.net),
    ]


def exceptional_lines(inputs: ExceptionalColumns, result: ExceptionalResult) -> list[LineColumn]:
    """Return the lines of an exceptional payment in the order of the slip."""
    holiday = inputs.column is PaymentColumn.HOLIDAY_PAY
    return [
        LineColumn(WageType.HOLIDAY_PAY if holiday else WageType.EXCEPTIONAL_PAYMENT, inputs.amount),
        LineColumn(
            WageType.EXCEPTIONAL_CONTRIBUTION,
            -inputs.contribution,
            base=inputs.amount,
            law=result.law[contributions.TABLE],
        ),
        LineColumn(
            WageType.EXCEPTIONAL_WITHHOLDING_TAX,
            -result.exceptional.tax,
            base=result.exceptional.taxed,
            rates=[Rate(rate) for rate in result.exceptional.rate.tolist()],
            law=result.law[exceptional_payments.TABLE],
        ),
        LineColumn(WageType.UNTAXED_ALLOWANCES, inputs.untaxed_allowances),
        LineColumn(WageType.NET_DEDUCTIONS, -inputs.net_deductions),
        LineColumn(WageType.TAXABLE, result.taxable),
        LineColumn(WageType.NET, result.net),
    ]


def by_person(columns: Sequence[LineColumn]) -> Iterator[list[Line]]:
    """Yield each person's lines, in order; lines of zero are left out, but for pay, tax, taxable and net."""
    plain = [_plain(column) for column in columns]
    for lines in zip(*plain, strict=True):
        yield [line for line in lines if line is not None]


def _plain(column: LineColumn) -> list[Line | None]:
    amounts = column.amount.tolist()
    bases = column.base.tolist() if column.base is not None else [None] * len(amounts)
    rates = column.rates if column.rates is not None else [None] * len(amounts)
    reference = column.law.reference if column.law is not None else None
    wage_type = column.wage_type
    always = wage_type in _ALWAYS
    return [
        Line(wage_type, amount, base, rate, reference) if amount or always else None
        for amount, base, rate in zip(amounts, bases, rates, strict=True)
    ]


def _contribution_lines(result: MonthResult) -> list[LineColumn]:
    owed = result.contributions
    law = result.law[contributions.TABLE]
    kinds = (
        (WageType.CONTRIBUTION, owed.general, "contractual"),
        (WageType.PENSION_CONTRIBUTION, owed.pension, "statutory_pension"),
        (WageType.HEALTH_CONTRIBUTION, owed.health, "statutory_health"),
    )
    return [
        LineColumn(wage_type, -amount, base=owed.base, rates=[law.rate(name)] * len(amount), law=law)
        for wage_type, amount, name in kinds
    ]


def _work_bonus_lines(result: MonthResult) -> list[LineColumn]:
    law = result.law.get(work_bonus.TABLE)
    return [
        LineColumn(WageType.WORK_BONUS_A, result.work_bonus.part_a, base=result.contributions.base, law=law),
        LineColumn(WageType.WORK_BONUS_B, result.work_bonus.part_b, base=result.contributions.base, law=law),
    ]

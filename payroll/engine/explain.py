"""The lines of a slip: each amount with what it was taken of, the rate, the rounding and the legal reference."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import NamedTuple

from payroll.engine.calculate import ExceptionalResult, MonthResult
from payroll.engine.columns import ExceptionalColumns, MonthColumns
from payroll.engine.components import Component
from payroll.engine.money import Cents, CentsColumn, Rate, Rounding
from payroll.engine.parameters import InForce
from payroll.engine.periods import PayMonth
from payroll.engine.rules import (
    contributions,
    exceptional_payments,
    family_reductions,
    fiscal_work_bonus,
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
    rounding: Rounding | None = None
    laws: Sequence[InForce] = ()


class Line(NamedTuple):
    """One line of one slip, amounts in cents; a tuple, as a run makes millions of them.

    `parameters` are the tables it rests on with the date from which each is valid; `origin` is the month it is for.
    """

    wage_type: WageType
    amount: Cents
    base: Cents | None
    rate: Rate | None
    rounding: Rounding | None
    reference: str | None
    parameters: tuple[tuple[str, date], ...]
    origin: PayMonth | None


def month_lines(inputs: MonthColumns, result: MonthResult, components: Sequence[Component] = ()) -> list[LineColumn]:
    """Return the lines of a month in the order of the slip.

    With the `components` that the month was added up from, each of them is a line in place of the sums.
    """
    return sorted(
        [*(_component_lines(components) or _summed_lines(inputs)), *_calculated_lines(result)],
        key=lambda line: line.wage_type.value,
    )


def exceptional_lines(
    inputs: ExceptionalColumns, result: ExceptionalResult, paid_as: WageType | None = None
) -> list[LineColumn]:
    """Return the lines of an exceptional payment in the order of the slip.

    `paid_as` is the wage type of the payment itself; left out, it is the general one of the column of percentages.
    """
    holiday = inputs.column is PaymentColumn.HOLIDAY_PAY
    end_of_year = paid_as is WageType.END_OF_YEAR_ALLOWANCE
    tax = result.exceptional
    law = (result.law[exceptional_payments.TABLE],)
    return [
        LineColumn(paid_as or (WageType.HOLIDAY_PAY if holiday else WageType.EXCEPTIONAL_PAYMENT), inputs.amount),
        LineColumn(
            WageType.END_OF_YEAR_CONTRIBUTION if end_of_year else WageType.EXCEPTIONAL_CONTRIBUTION,
            -inputs.contribution,
            base=inputs.amount,
            rounding=Rounding.HALF_UP,
            laws=(result.law[contributions.TABLE],),
        ),
        LineColumn(
            WageType.EXCEPTIONAL_WITHHOLDING_TAX,
            -tax.base_tax,
            base=tax.taxed,
            rates=[Rate(rate) for rate in tax.rate.tolist()],
            rounding=Rounding.HALF_UP,
            laws=law,
        ),
        LineColumn(
            WageType.EXCEPTIONAL_CHILD_REDUCTION,
            tax.child_reduction,
            base=tax.base_tax,
            rounding=Rounding.HALF_UP,
            laws=law,
        ),
        LineColumn(WageType.UNTAXED_ALLOWANCES, inputs.untaxed_allowances),
        LineColumn(WageType.NET_DEDUCTIONS, -inputs.net_deductions),
        LineColumn(WageType.TAXABLE, result.taxable),
        LineColumn(WageType.NET, result.net),
    ]


def quarter_lines(base: CentsColumn, settlement: CentsColumn, law: InForce) -> list[LineColumn]:
    """Return the line by which a quarter is settled, of the pay of the quarter; what is given back is positive."""
    return [
        LineColumn(
            WageType.SPECIAL_CONTRIBUTION_QUARTER, -settlement, base=base, rounding=Rounding.HALF_UP, laws=(law,)
        )
    ]


def by_person(columns: Sequence[LineColumn], origin: PayMonth | None = None) -> Iterator[list[Line]]:
    """Yield each person's lines, in order; lines of zero are left out, but for pay, tax, taxable and net.

    `origin` is the month that the lines are for.
    """
    plain = [_plain(column, origin) for column in columns]
    for lines in zip(*plain, strict=True):
        yield [line for line in lines if line is not None]


def _plain(column: LineColumn, origin: PayMonth | None) -> list[Line | None]:
    amounts = column.amount.tolist()
    bases = column.base.tolist() if column.base is not None else [None] * len(amounts)
    rates = column.rates if column.rates is not None else [None] * len(amounts)
    reference = "; ".join(law.reference for law in column.laws) or None
    parameters = tuple((law.table.name, law.period.valid_from) for law in column.laws)
    wage_type, rounding = column.wage_type, column.rounding
    always = wage_type in _ALWAYS
    return [
        Line(wage_type, amount, base, rate, rounding, reference, parameters, origin) if amount or always else None
        for amount, base, rate in zip(amounts, bases, rates, strict=True)
    ]


def _component_lines(components: Sequence[Component]) -> list[LineColumn]:
    return [
        LineColumn(
            each.wage_type,
            -each.amount if each.wage_type.is_deduction else each.amount,
            each.base,
            each.rates,
            each.rounding,
            each.laws,
        )
        for each in components
    ]


def _summed_lines(inputs: MonthColumns) -> list[LineColumn]:
    return [
        LineColumn(WageType.GROSS, inputs.gross),
        LineColumn(WageType.HOUSEHOLD_RESIDENCE_ALLOWANCE, inputs.household_residence_allowance),
        LineColumn(WageType.TAXABLE_ALLOWANCES, inputs.taxable_allowances),
        LineColumn(WageType.UNTAXED_ALLOWANCES, inputs.untaxed_allowances),
        LineColumn(WageType.NET_DEDUCTIONS, -inputs.net_deductions),
        LineColumn(WageType.BENEFITS_IN_KIND, inputs.benefits_in_kind),
    ]


def _calculated_lines(result: MonthResult) -> list[LineColumn]:
    return [
        *_contribution_lines(result),
        *_work_bonus_lines(result),
        LineColumn(
            WageType.SPECIAL_CONTRIBUTION,
            -result.special_contribution,
            base=result.contributions.base,
            rounding=Rounding.HALF_UP,
            laws=(result.law[special_contribution.TABLE],),
        ),
        LineColumn(
            WageType.WITHHOLDING_TAX,
            -result.withholding_tax,
            base=result.taxable,
            rounding=Rounding.HALF_UP,
            laws=_tax_laws(result),
        ),
        LineColumn(WageType.TAXABLE, result.taxable),
        LineColumn(WageType.NET, result.net),
    ]


def _tax_laws(result: MonthResult) -> list[InForce]:
    tables = (withholding_tax.TABLE, family_reductions.TABLE, fiscal_work_bonus.TABLE)
    return [result.law[table] for table in tables if table in result.law]


def _contribution_lines(result: MonthResult) -> list[LineColumn]:
    owed = result.contributions
    law = result.law[contributions.TABLE]
    kinds = (
        (WageType.CONTRIBUTION, owed.general, "contractual"),
        (WageType.PENSION_CONTRIBUTION, owed.pension, "statutory_pension"),
        (WageType.HEALTH_CONTRIBUTION, owed.health, "statutory_health"),
    )
    return [
        LineColumn(
            wage_type,
            -amount,
            base=owed.base,
            rates=[law.rate(name)] * len(amount),
            rounding=Rounding.HALF_UP,
            laws=(law,),
        )
        for wage_type, amount, name in kinds
    ]


def _work_bonus_lines(result: MonthResult) -> list[LineColumn]:
    laws = (result.law[work_bonus.TABLE],) if work_bonus.TABLE in result.law else ()
    parts = (
        (WageType.WORK_BONUS_A, result.work_bonus.part_a),
        (WageType.WORK_BONUS_B, result.work_bonus.part_b),
    )
    return [
        LineColumn(wage_type, amount, base=result.contributions.base, rounding=Rounding.HALF_UP, laws=laws)
        for wage_type, amount in parts
    ]

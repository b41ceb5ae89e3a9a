"""What the engine is asked: a month's pay and exceptional payments as columns, checked on their way in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np

from payroll.engine.errors import AmountInvalid, ColumnsInvalid
from payroll.engine.household import CountColumn, FlagColumn, HouseholdColumns
from payroll.engine.money import LARGEST_AMOUNT, Cents, CentsColumn, format_cents
from payroll.engine.rules.contributions import Statute
from payroll.engine.rules.exceptional_payments import PaymentColumn
from payroll.engine.rules.work_bonus import Performance


@dataclass(frozen=True)
class MonthColumns:
    """A month of pay of people with one statute and one pay date; amounts in cents, none negative."""

    paid_on: date
    statute: Statute
    gross: CentsColumn
    household_residence_allowance: CentsColumn
    taxable_allowances: CentsColumn
    benefits_in_kind: CentsColumn
    untaxed_allowances: CentsColumn
    net_deductions: CentsColumn
    performance: Performance
    household: HouseholdColumns

    def __post_init__(self) -> None:
        """Refuse amounts out of bounds with AmountInvalid, and uneven columns with ColumnsInvalid."""
        _check_amounts(
            self.gross,
            self.household_residence_allowance,
            self.taxable_allowances,
            self.benefits_in_kind,
            self.untaxed_allowances,
            self.net_deductions,
        )
        _check_lengths(len(self.gross), self.performance.paid, self.performance.full_month, self.household.couple)


@dataclass(frozen=True)
class ExceptionalColumns:
    """Holiday pay or other exceptional payments of people with one pay date; amounts in cents, none negative.

    `reference` is the normal annual pay that chooses the percentage (see readings.AnnualReference).
    """

    paid_on: date
    column: PaymentColumn
    amount: CentsColumn
    contribution: CentsColumn
    reference: CentsColumn
    untaxed_allowances: CentsColumn
    net_deductions: CentsColumn
    household: HouseholdColumns

    def __post_init__(self) -> None:
        """Refuse amounts out of bounds with AmountInvalid, and uneven columns with ColumnsInvalid."""
        _check_amounts(self.amount, self.contribution, self.reference, self.untaxed_allowances, self.net_deductions)
        _check_lengths(len(self.amount), self.household.couple)
        if (self.contribution > self.amount).any():
            raise AmountInvalid("The contribution on an exceptional payment cannot exceed the payment.")


def cents_column(amounts: Sequence[Cents]) -> CentsColumn:
    """Return amounts in whole cents as a column; raises AmountInvalid for one that int64 cannot hold."""
    try:
        return np.array(amounts, dtype=np.int64)
    except OverflowError as error:
        raise AmountInvalid("An amount is too large to be counted in cents.") from error


def whole_months(people: int) -> Performance:
    """Return the performance of people who worked the whole month."""
    days = np.full(people, 1, dtype=np.int64)
    return Performance(days, days)


def _check_amounts(*columns: CentsColumn) -> None:
    _check_lengths(len(columns[0]), *columns)
    for column in columns:
        if column.dtype != np.int64:
            raise AmountInvalid(f"Amounts are columns of int64 cents, not of {column.dtype}.")
        if column.size and (column.min() < 0 or column.max() > LARGEST_AMOUNT):
            raise AmountInvalid(f"Amounts run from 0 to {format_cents(LARGEST_AMOUNT)} euro.")


def _check_lengths(people: int, *columns: CentsColumn | CountColumn | FlagColumn) -> None:
    if any(column.shape != (people,) for column in columns):
        raise ColumnsInvalid("The columns of one calculation differ in length.")

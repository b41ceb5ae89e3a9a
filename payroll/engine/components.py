"""The elements of a month's pay as they come from facts, each a line of its own, added up to what the rules look at."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from payroll.engine.columns import MonthColumns
from payroll.engine.errors import ColumnsInvalid
from payroll.engine.household import HouseholdColumns
from payroll.engine.money import CentsColumn, Rate, Rounding
from payroll.engine.parameters import InForce
from payroll.engine.rules.contributions import Statute
from payroll.engine.rules.work_bonus import Performance
from payroll.engine.wage_types import WageType

_SUMS = {
    "10": "gross",
    "11": "household_residence_allowance",
    "12": "taxable_allowances",
    "40": "untaxed_allowances",
    "41": "net_deductions",
    "90": "benefits_in_kind",
}


@dataclass(frozen=True)
class Component:
    """One element of pay of many people: amounts in cents, none negative, and where they come from.

    A free line is a component of the general wage type of its kind (1200, 4000, 4100 or 9000).
    """

    wage_type: WageType
    amount: CentsColumn
    base: CentsColumn | None = None
    rates: Sequence[Rate] | None = None
    rounding: Rounding | None = None
    laws: Sequence[InForce] = ()


def month_columns(
    paid_on: date,
    statute: Statute,
    components: Sequence[Component],
    performance: Performance,
    household: HouseholdColumns,
) -> MonthColumns:
    """Add up the components by what the rules do with them: the first two digits of the wage type say it.

    Raises ColumnsInvalid for a wage type that is calculated or paid apart, AmountInvalid for an amount out of bounds.
    """
    nothing = household.children * 0
    sums = dict.fromkeys(_SUMS.values(), nothing)
    for component in components:
        name = _SUMS.get(component.wage_type.value[:2])
        if name is None:
            raise ColumnsInvalid(f"{component.wage_type.label('en')} is no element of a month's pay.")
        if component.amount.shape != nothing.shape:
            raise ColumnsInvalid("The columns of one calculation differ in length.")
        sums[name] = sums[name] + component.amount
    return MonthColumns(paid_on=paid_on, statute=statute, performance=performance, household=household, **sums)

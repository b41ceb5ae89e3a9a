"""Withholding tax on holiday pay and other exceptional payments: one percentage by normal annual pay."""

from dataclasses import dataclass
from enum import StrEnum

import numpy as np

from payroll.engine.brackets import UNBOUNDED, find_rows
from payroll.engine.household import CountColumn
from payroll.engine.money import RATE_SCALE, Cents, CentsColumn, Rate, half_up_to_cent
from payroll.engine.parameters import InForce
from payroll.engine.readings import Exemption

TABLE = "exceptional_payments"


class PaymentColumn(StrEnum):
    """The two columns of percentages."""

    HOLIDAY_PAY = "holiday_pay"
    OTHER = "other"


@dataclass(frozen=True)
class ExceptionalTax:
    """The rate in ten-thousandths, before the child reduction; what it is taken of, and the amounts in cents.

    `base_tax` is before the child reduction, `child_reduction` comes off it.
    """

    rate: CentsColumn
    taxed: CentsColumn
    base_tax: CentsColumn
    child_reduction: CentsColumn

    @property
    def tax(self) -> CentsColumn:
        """What is withheld."""
        return self.base_tax - self.child_reduction


def exceptional_tax(
    taxable: CentsColumn,
    reference: CentsColumn,
    children: CountColumn,
    column: PaymentColumn,
    law: InForce,
    exemption: Exemption,
) -> ExceptionalTax:
    """Return the tax on payments after contributions (AR/KB CIR 92 annex III no 53-55).

    The tax is determined first; the child reduction is a percentage of that tax. Each is half up to the cent.
    """
    rows = law.rows("percentages")
    bounds = np.array([row.cents_or("upto", UNBOUNDED) for row in rows], dtype=np.int64)
    rates = np.array([row.rate_or_zero(column).ten_thousandths for row in rows], dtype=np.int64)
    rate = rates[find_rows(bounds, reference)]
    taxed = taxable - _exempt(taxable, reference, children, law, exemption)
    base_tax = half_up_to_cent(taxed * rate, RATE_SCALE)
    reduction = half_up_to_cent(base_tax * _child_reduction(reference, children, law), RATE_SCALE)
    return ExceptionalTax(rate, taxed, base_tax, reduction)


def _exempt(
    taxable: CentsColumn, reference: CentsColumn, children: CountColumn, law: InForce, exemption: Exemption
) -> CentsColumn:
    limit = _by_children([-1, *law.cents_list("exemption_limits")], children)
    part = taxable if exemption is Exemption.WHOLE else np.minimum(taxable, limit - reference)
    return np.where(reference <= limit, part, 0)


def _child_reduction(reference: CentsColumn, children: CountColumn, law: InForce) -> CentsColumn:
    limit = _by_children([-1, *law.cents_list("child_reduction_limits")], children)
    reductions = [Rate(0), *law.rate_list("child_reductions")]
    reduction = _by_children([rate.ten_thousandths for rate in reductions], children)
    return np.where(reference <= limit, reduction, 0)


def _by_children(values: list[Cents], children: CountColumn) -> CentsColumn:
    return np.array(values, dtype=np.int64)[np.minimum(children, len(values) - 1)]

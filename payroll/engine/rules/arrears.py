"""Arrears of an earlier year, which the law taxes apart from the pay of the month in which they are paid."""

from collections.abc import Sequence
from datetime import date

import numpy as np

from payroll.engine.errors import ParameterMissing
from payroll.engine.household import FlagColumn
from payroll.engine.money import CentsColumn
from payroll.engine.periods import PayMonth

TABLE = "arrears"


def taxed_apart(origins: Sequence[PayMonth], paid_on: date, delayed_by_authority: FlagColumn) -> FlagColumn:
    """Say which arrears are taxed apart (AR/KB CIR 92 annex III no 58-61).

    They belong to an earlier year than the one in which they are paid, and the delay is the authority's doing or
    that of a dispute. All others join the pay of the month in which they are paid.
    """
    return np.array([origin.year < paid_on.year for origin in origins], dtype=np.bool_) & delayed_by_authority


def arrears_tax(arrears: CentsColumn, reference_month_tax: CentsColumn, paid_on: date) -> CentsColumn:
    """Return the tax on arrears that are taxed apart: none where a month of the reference pay bears no tax.

    Raises ParameterMissing as soon as somebody owes it: the table of percentages is not sourced.
    """
    if ((arrears > 0) & (reference_month_tax > 0)).any():
        raise ParameterMissing(TABLE, paid_on, "percentages")
    return arrears * 0

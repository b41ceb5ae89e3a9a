"""Indexation as a dated function of a monthly amount, since a coefficient alone no longer says what is paid."""

import numpy as np

from payroll.engine.money import MONTHS_OF_YEAR, RATE_SCALE, CentsColumn, Rate, truncate_to_cent
from payroll.engine.parameters import InForce
from payroll.engine.readings import Centenindex
from payroll.engine.rules.part_month import WorkingTime, part_time_pay

TABLE = "indexation"


def predicted_coefficient(steps: int) -> Rate:
    """Return the coefficient after a number of indexations of 2 %: 1.02 to that power, half up at four decimals.

    It foretells a coefficient that is not published yet; pay uses the published ones.
    """
    numerator, denominator = 102**steps * RATE_SCALE, 100**steps
    return Rate((2 * numerator + denominator) // (2 * denominator))


def monthly_pay(annual: CentsColumn, working_time: WorkingTime, law: InForce, reading: Centenindex) -> CentsColumn:
    """Return the month's pay of an annual amount at pivot 138.01, truncated to the cent as the official examples.

    Where the law caps an indexation (Programmawet 30/05/2026), the pay grows by the capped increment at most. The
    truncations are apart: the twelfth of the indexed amount, then the part of full time.
    """
    month = _twelfth(annual, law.rate("coefficient"))
    if _is_capped(law, reading):
        before = _twelfth(annual, law.rate("coefficient_before_cap"))
        month = np.minimum(month, before + law.cents("capped_increment"))
    return part_time_pay(month, working_time)


def annual_pay(annual: CentsColumn, law: InForce, reading: Centenindex) -> CentsColumn:
    """Return the indexed annual full-time pay of an annual amount at pivot 138.01, truncated to the cent.

    Where the law caps an indexation, it grows by twelve capped increments at most.
    """
    year = truncate_to_cent(annual * law.rate("coefficient").ten_thousandths, RATE_SCALE)
    if not _is_capped(law, reading):
        return year
    before = truncate_to_cent(annual * law.rate("coefficient_before_cap").ten_thousandths, RATE_SCALE)
    capped: CentsColumn = np.minimum(year, before + MONTHS_OF_YEAR * law.cents("capped_increment"))
    return capped


def indexed(amount: CentsColumn, law: InForce) -> CentsColumn:
    """Return a monthly allowance at pivot 138.01 at the coefficient in force, truncated to the cent."""
    return truncate_to_cent(amount * law.rate("coefficient").ten_thousandths, RATE_SCALE)


def _is_capped(law: InForce, reading: Centenindex) -> bool:
    return reading is not Centenindex.UNCAPPED and law.has("capped_increment")


def _twelfth(annual: CentsColumn, coefficient: Rate) -> CentsColumn:
    return truncate_to_cent(annual * coefficient.ten_thousandths, RATE_SCALE * MONTHS_OF_YEAR)

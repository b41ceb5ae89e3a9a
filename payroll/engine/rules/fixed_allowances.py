"""Allowances of a fixed amount: language, four-day week, telework, bicycle, and the worker's meal vouchers."""

from collections.abc import Sequence

import numpy as np

from payroll.engine.household import CountColumn, FlagColumn
from payroll.engine.money import RATE_SCALE, CentsColumn, truncate_to_cent
from payroll.engine.parameters import InForce
from payroll.engine.rules.indexation import indexed

LANGUAGE_TABLE = "language_allowance"
FOUR_DAY_WEEK_TABLE = "four_day_week"
TELEWORK_TABLE = "telework"
BICYCLE_TABLE = "bicycle"
MEAL_VOUCHERS_TABLE = "meal_vouchers"

DAYS_OF_MORE_TELEWORK = 4
METRES_OF_KILOMETRE = 1000


def language_allowance(articles: Sequence[str | None], law: InForce, index: InForce) -> CentsColumn:
    """Return the month's language allowance of each person by the article that holds, nothing for None.

    Raises ParameterMissing for an article without a published amount. Truncated to the cent.
    """
    return indexed(np.array([0 if name is None else law.cents(name) for name in articles], dtype=np.int64), index)


def four_day_week_pay(full_time: CentsColumn, law: InForce) -> CentsColumn:
    """Return the month's pay of the four-day week with premium: 80 % of full time, truncated to the cent."""
    return truncate_to_cent(full_time * law.rate("pay").ten_thousandths, RATE_SCALE)


def four_day_week_premium(entitled: FlagColumn, law: InForce, index: InForce) -> CentsColumn:
    """Return the month's premium of the four-day week (law 19/07/2012), truncated to the cent."""
    return indexed(entitled * np.int64(law.cents("premium")), index)


def telework_allowance(days: CountColumn, law: InForce) -> CentsColumn:
    """Return the month's telework allowance, untaxed: from one day, and more from four days (AR/KB 10/04/2022)."""
    more = (days >= DAYS_OF_MORE_TELEWORK) * np.int64(law.cents("more_from_four_days"))
    return (days >= 1) * np.int64(law.cents("from_one_day")) + more


def bicycle_allowance(metres: CountColumn, paid_this_year: CentsColumn, law: InForce) -> CentsColumn:
    """Return the month's bicycle allowance, untaxed: the kilometres of the month, rounded up.

    Where the year has a maximum, what was paid earlier in the year counts towards it.
    """
    month = -(-metres // METRES_OF_KILOMETRE) * law.cents("per_km")
    if not law.has("most_in_year"):
        return month
    left: CentsColumn = np.maximum(law.cents("most_in_year") - paid_this_year, 0)
    return np.minimum(month, left)


def meal_voucher_deduction(days_started: CountColumn, law: InForce) -> CentsColumn:
    """Return the worker's share of a month's meal vouchers, one for each working day that was started."""
    return days_started * law.cents("worker")

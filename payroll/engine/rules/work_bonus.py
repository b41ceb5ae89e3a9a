"""The work bonus: low contractual pay owes less of its personal contribution."""

from dataclasses import dataclass

import numpy as np

from payroll.engine.household import CountColumn, FlagColumn
from payroll.engine.money import RATE_SCALE, CentsColumn, half_up_to_cent
from payroll.engine.parameters import InForce

TABLE = "work_bonus"
DAY = 100
HOURS_OF_A_DAY = 760
"""Hundredths of an hour: the federal week of 38 hours in five days."""


@dataclass(frozen=True)
class Performance:
    """What was paid and what the full month has, both in hundredths of a day; equal columns mean a full month.

    Of part-time staff both are hundredths of an hour, as the instructions measure them by hours.
    """

    paid: CountColumn
    full_month: CountColumn

    @property
    def complete(self) -> FlagColumn:
        """Whether the whole month was performed."""
        return self.paid >= self.full_month


@dataclass(frozen=True)
class WorkBonus:
    """The two parts of the bonus, in cents, as far as the contribution allows."""

    part_a: CentsColumn
    part_b: CentsColumn

    @property
    def total(self) -> CentsColumn:
        """Both parts."""
        return self.part_a + self.part_b


def work_bonus(pay: CentsColumn, contribution: CentsColumn, performance: Performance, law: InForce) -> WorkBonus:
    """Return the bonus on a month's pay subject to contributions (ONSS instructions 2026/3, p. 453).

    The reference pay S chooses the base amount of each part, the fraction of the month scales it; together
    they may not exceed the contribution: part B is cut first, then part A. Who was paid no day has no bonus.
    """
    reference = reference_pay(pay, performance)
    fraction = month_fraction(performance)
    part_a = half_up_to_cent(_base_amount(reference, law, "a") * fraction, 100)
    part_b = half_up_to_cent(_base_amount(reference, law, "b") * fraction, 100)
    kept_a = np.minimum(part_a, contribution)
    return WorkBonus(kept_a, np.minimum(part_b, contribution - kept_a))


def reference_pay(pay: CentsColumn, performance: Performance) -> CentsColumn:
    """Return S, the pay of a full month: pay per day or hour, half up to the cent, times those of that month."""
    per_unit = half_up_to_cent(pay * DAY, np.maximum(performance.paid, 1))
    return np.where(performance.complete, pay, half_up_to_cent(per_unit * performance.full_month, DAY))


def month_fraction(performance: Performance) -> CountColumn:
    """Return what was paid over what the full month has in hundredths, half up, at most one whole."""
    fraction = half_up_to_cent(performance.paid * 100, np.maximum(performance.full_month, 1))
    return np.where(performance.complete, 100, fraction)


def _base_amount(reference: CentsColumn, law: InForce, part: str) -> CentsColumn:
    greatest, floor = law.cents(f"{part}_max"), law.cents(f"{part}_floor")
    slope = law.rate(f"{part}_slope").ten_thousandths
    tapered = half_up_to_cent(greatest * RATE_SCALE - slope * (reference - floor), RATE_SCALE)
    within = np.where(reference <= law.cents(f"{part}_ceiling"), np.maximum(tapered, 0), 0)
    return np.where(reference <= floor, greatest, within)

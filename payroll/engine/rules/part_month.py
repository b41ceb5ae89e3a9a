"""Part time by its fraction, and parts of a month by working days such that they add up to the whole."""

from dataclasses import dataclass

from payroll.engine.household import CountColumn
from payroll.engine.money import CentsColumn, truncate_to_cent


@dataclass(frozen=True)
class WorkingTime:
    """The part of full time that each person works, as an exact fraction."""

    numerator: CountColumn
    denominator: CountColumn


def part_time_pay(full_time: CentsColumn, working_time: WorkingTime) -> CentsColumn:
    """Return the month's pay of a part of full time, truncated to the cent."""
    return truncate_to_cent(full_time * working_time.numerator, working_time.denominator)


def part_of_month(
    full_month: CentsColumn, days_before: CountColumn, days_in_part: CountColumn, days_of_month: CountColumn
) -> CentsColumn:
    """Return the pay of a part of the month, truncated to the cent (KB/AR 25/10/2013 art. 15; circular 740).

    A part is the pay up to its last working day less the pay before its first, so that no cent is lost between
    two parts. Days are working days of the month; a month has at least one.
    """
    until_end = truncate_to_cent(full_month * (days_before + days_in_part), days_of_month)
    return until_end - truncate_to_cent(full_month * days_before, days_of_month)

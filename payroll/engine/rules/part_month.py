"""Parts of a month by working days, such that the parts of a month add up to the whole."""

from payroll.engine.household import CountColumn
from payroll.engine.money import CentsColumn, truncate_to_cent


def part_of_month(
    full_month: CentsColumn, days_before: CountColumn, days_in_part: CountColumn, days_of_month: CountColumn
) -> CentsColumn:
    """Return the pay of a part of the month, truncated to the cent (KB/AR 25/10/2013 art. 15; circular 740).

    A part is the pay up to its last working day less the pay before its first, so that no cent is lost between
    two parts. Days are working days of the month; a month has at least one.
    """
    until_end = truncate_to_cent(full_month * (days_before + days_in_part), days_of_month)
    return until_end - truncate_to_cent(full_month * days_before, days_of_month)

"""End-of-year allowance of federal staff: eindejaarstoelage / allocation de fin d'année."""

from dataclasses import dataclass

import numpy as np

from payroll.engine.money import RATE_SCALE, CentsColumn, Rate, share, truncate_to_cent
from payroll.engine.parameters import InForce
from payroll.engine.rules.contributions import Statute, exceptional_contribution
from payroll.engine.rules.indexation import indexed
from payroll.engine.rules.part_month import WorkingTime, part_time_pay

TABLE = "end_of_year_allowance"


@dataclass(frozen=True)
class EndOfYearAllowance:
    """The three parts, in cents, each for what was performed from January to September."""

    fixed: CentsColumn
    annual: CentsColumn
    monthly: CentsColumn

    @property
    def total(self) -> CentsColumn:
        """The whole allowance."""
        return self.fixed + self.annual + self.monthly


def end_of_year_allowance(
    october_year: CentsColumn,
    october_month: CentsColumn,
    performance: WorkingTime,
    law: InForce,
    october_index: InForce,
) -> EndOfYearAllowance:
    """Return the allowance: a fixed amount, 2.5 % of the annual pay and 7 % of the month's pay within limits.

    Both pays are those of October, with the household allowance; the limits follow the coefficient of October. As in
    the circulars each part is truncated to the cent, and then its share of the nine months of the reference period.
    """
    limits = indexed(np.array([law.cents("monthly_least"), law.cents("monthly_most")], dtype=np.int64), october_index)
    monthly = np.clip(_part(october_month, law.rate("monthly_share")), limits[0], limits[1])
    fixed = np.full_like(october_year, law.cents("fixed"))
    annual = _part(october_year, law.rate("annual_share"))
    return EndOfYearAllowance(*(part_time_pay(part, performance) for part in (fixed, annual, monthly)))


def end_of_year_contribution(
    statute: Statute, total: CentsColumn, performance: WorkingTime, law: InForce, rates: InForce
) -> CentsColumn:
    """Return the contribution: 13.07 % of all of it for contractual staff.

    Statutory staff owe the health contribution on a part of the fixed amount, and no pension contribution.
    """
    if statute is Statute.CONTRACTUAL:
        return exceptional_contribution(total, rates)
    return share(contribution_base(statute, total, performance, law), rates.rate("statutory_health"))


def contribution_base(statute: Statute, total: CentsColumn, performance: WorkingTime, law: InForce) -> CentsColumn:
    """Return what contributions are due on: all of it, or of statutory staff a part of the fixed amount."""
    if statute is Statute.CONTRACTUAL:
        return total
    return part_time_pay(np.full_like(total, law.cents("statutory_health_base")), performance)


def _part(amount: CentsColumn, rate: Rate) -> CentsColumn:
    return truncate_to_cent(amount * rate.ten_thousandths, RATE_SCALE)

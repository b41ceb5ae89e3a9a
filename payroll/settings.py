"""What payroll must be told from outside; filled by `runtime.settings`, the only reader of the environment."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class PayrollSettings:
    """How often payroll looks: at closed cases, at open months, and again at a case that could not be applied.

    `people_per_part` is how many people are calculated and stored in one transaction of a run.
    """

    handover_every: timedelta = timedelta(minutes=1)
    calculation_every: timedelta = timedelta(days=1)
    retry_after: timedelta = timedelta(hours=1)
    people_per_part: int = 2000

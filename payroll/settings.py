"""What payroll must be told from outside; filled by `runtime.settings`, the only reader of the environment."""

from dataclasses import dataclass
from datetime import timedelta


@dataclass(frozen=True)
class PayrollSettings:
    """How long a turn of the daily calculation lasts, and how soon a case that waits is looked at again.

    `people_per_part` is how many people are calculated and stored in one transaction of a run; with `fan_out` the
    parts of a run are handed to the workers of other processes too, which needs PostgreSQL.
    """

    calculation_every: timedelta = timedelta(days=1)
    retry_after: timedelta = timedelta(hours=1)
    people_per_part: int = 2000
    fan_out: bool = False

"""Holiday pay of federal staff: vakantiegeld / pécule de vacances."""

from payroll.engine.money import RATE_SCALE, CentsColumn, truncate_to_cent
from payroll.engine.parameters import InForce
from payroll.engine.rules.part_month import WorkingTime, part_time_pay

TABLE = "holiday_pay"


def holiday_pay(
    march_pay: CentsColumn, march_allowance: CentsColumn, performance: WorkingTime, law: InForce
) -> CentsColumn:
    """Return 92 % of the pay and of the household or residence allowance of March (KB/AR 13/07/2017).

    `performance` is what was performed of the year before. Each share and each part of the year is truncated to the
    cent. Holders of a mandate have no top-up to 92 %: their fixed part is not sourced, so they are not for this.
    """
    return sum(
        (
            part_time_pay(truncate_to_cent(amount * law.rate("share").ten_thousandths, RATE_SCALE), performance)
            for amount in (march_pay, march_allowance)
        ),
        start=march_pay * 0,
    )

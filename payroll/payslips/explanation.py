"""Says under which law a line of a payslip stands, with the table that was in force."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from payroll.engine import parameters
from payroll.engine.errors import ParameterMissing, PastVerified
from payroll.payslips.slip import SlipLine, SlipMonth

TABLES: Mapping[str, str] = {
    "household_residence_allowance": "household_residence_allowance",
    "language_allowance": "language_allowance",
    "four_day_week_premium": "four_day_week",
    "holiday_pay": "holiday_pay",
    "end_of_year_allowance": "end_of_year_allowance",
    "contribution": "contributions",
    "pension_contribution": "contributions",
    "health_contribution": "contributions",
    "exceptional_contribution": "contributions",
    "work_bonus_a": "work_bonus",
    "work_bonus_b": "work_bonus",
    "special_contribution": "special_contribution",
    "special_contribution_quarter": "special_contribution_quarter",
    "withholding_tax": "withholding_tax",
    "exceptional_withholding_tax": "exceptional_payments",
    "exceptional_child_reduction": "exceptional_payments",
    "telework_allowance": "telework",
    "bicycle_allowance": "bicycle",
    "meal_vouchers": "meal_vouchers",
}


@dataclass(frozen=True)
class Ground:
    """The legal reference of a line, and since when its figures are in force."""

    reference: str
    since: date


def ground(month: SlipMonth, line: SlipLine) -> Ground | None:
    """Return on what a line rests, if it rests on a law table of the slip."""
    table = TABLES.get(line.wage_type, "")
    if table not in month.parameters:
        return None
    since = date.fromisoformat(month.parameters[table])
    try:
        return Ground(parameters.packaged().in_force(table, since).table.reference, since)
    except (ParameterMissing, PastVerified):
        return None

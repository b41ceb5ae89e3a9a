"""Explains a payslip as it was issued: a sentence for each line, and under which law the line stands."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

from payroll.engine import explanations, parameters
from payroll.engine.explain import Line
from payroll.engine.periods import PayMonth
from payroll.engine.wage_types import WageType
from payroll.payslips import words
from payroll.payslips.slip import Slip, SlipLine, SlipMonth, TableVersion

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
    "end_of_year_contribution": "contributions",
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
    "full_time_pay": "indexation",
}
OTHERWISE: Mapping[str, str] = {"household_residence_allowance": "household_residence_taper"}
"""The table of a line by another reading of the law."""


@dataclass(frozen=True)
class Ground:
    """The legal reference of a line, since when its figures are in force, and whether an officer signed for them."""

    reference: str
    since: date
    is_signed: bool = False


def ground(month: SlipMonth, line: SlipLine) -> Ground | None:
    """Return on what a line rests, if it rests on a law table of the slip."""
    tables = (found.get(line.wage_type, "") for found in (TABLES, OTHERWISE))
    table = next((one for one in tables if one in month.parameters), None)
    if table is None:
        return None
    version = TableVersion.parse(month.parameters[table])
    return Ground(parameters.packaged().tables[table].reference, version.since, is_signed=version.is_signed)


def told(slip: Slip, language: str) -> list[str]:
    """Return a sentence for each line in nl, fr, de or en; one of an earlier month names that month."""
    lines = [_as_line(month, line, language) for month in slip.months for line in month.lines]
    return explanations.explain_slip(lines, language)


def _as_line(month: SlipMonth, line: SlipLine, language: str) -> Line:
    """Return a line as the engine explains it: a slip keeps what came of each rule, and not the base or the rate."""
    rests_on = ground(month, line)
    return Line(
        wage_type=WageType[line.wage_type.upper()],
        amount=line.amount,
        base=None,
        rate=None,
        rounding=None,
        reference=_reference(rests_on, language) if rests_on is not None else None,
        parameters=(),
        origin=None if month.is_whole else PayMonth.parse(month.period),
    )


def _reference(rests_on: Ground, language: str) -> str:
    """Return the reference, with the signature that the figures rest on."""
    return (
        f"{rests_on.reference}, {words.of_language(language)['signed']}" if rests_on.is_signed else rests_on.reference
    )

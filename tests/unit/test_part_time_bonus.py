"""The work bonus of part-time staff is measured by hours, that of full-time staff by days."""

from datetime import UTC, date, datetime

import pytest

from payroll.engine import parameters
from payroll.engine.periods import PayMonth
from payroll.facts.models import Fact, FactKind, FactSource
from payroll.facts.service import Origin, drafted
from payroll.facts.timeline import FOREVER, Span
from payroll.runs.months import calculate

KNOWN_AT = datetime(2026, 7, 1, tzinfo=UTC)
JULY = PayMonth(2026, 7)
ORIGIN = Origin(FactSource.IMPORT, "Ada Bakker", "hired")
HIRED_ON, MID_JULY = date(2026, 1, 1), date(2026, 7, 13)
UNTIL_THEN = date(2026, 7, 12)


def _paid(first_on: date, last_on: date, numerator: int, denominator: int) -> Span:
    pay = {"gross_month": 240_000, "fraction_numerator": numerator, "fraction_denominator": denominator}
    return Span(first_on, last_on, {**pay, "statute": "contractual"})


def _facts(pay: list[Span]) -> list[Fact]:
    home = {"civil_status": "single", "spouse_income": "none", "children": 0, "other_dependants": 0}
    return [
        *drafted(1, FactKind.PAY, pay, ORIGIN, KNOWN_AT),
        *drafted(1, FactKind.HOUSEHOLD, [Span(HIRED_ON, FOREVER, home)], ORIGIN, KNOWN_AT),
    ]


# ONSS instructions 2026/3, work bonus: S = (W/H) x U and P = (H/U) x R for part-time staff, S = (W/J) x D and
# P = (J/D) x R for full-time staff. July 2026 has 23 working days, or 174.80 hours of 38 a week.
@pytest.mark.parametrize(
    ("pay", "part_a", "part_b"),
    [
        # 1920.00 / 139.84 = 13.73 x 174.80 = 2400.00: 127.54 and 145.17, of which 0.80. By days: 2400.05, 116.12.
        ([_paid(HIRED_ON, FOREVER, 4, 5)], 10203, 11614),
        # 1200.00 / 87.40 = 13.73: the same base amounts, of which 0.50, a half cent up.
        ([_paid(HIRED_ON, FOREVER, 1, 2)], 6377, 7259),
        # 8 days full time and 15 half time: 60.80 and 57.00 hours. 1617.39 / 117.80 = 13.73; 0.67.
        ([_paid(HIRED_ON, UNTIL_THEN, 1, 1), _paid(MID_JULY, FOREVER, 1, 2)], 8545, 9726),
        # 15 days full time: 1565.21 / 15 = 104.35 x 23 = 2400.05: 145.15, of which 0.65.
        ([_paid(MID_JULY, FOREVER, 1, 1)], 8290, 9435),
    ],
)
def test_work_bonus_counts_hours_of_part_time_and_days_of_full_time(pay: list[Span], part_a: int, part_b: int) -> None:
    amounts = calculate({1: _facts(pay)}, JULY, {1: KNOWN_AT}, parameters.packaged()).amounts[1]

    assert (amounts["work_bonus_a"], amounts["work_bonus_b"]) == (part_a, part_b)

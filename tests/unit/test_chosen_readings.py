"""How an administration reads disputed points of the law, kept in a file, decides what its months pay."""

from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from unit.test_payroll_engine import reference

from payroll.engine import own_law
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.facts.known import FactRow
from payroll.facts.models import FactKind
from payroll.payslips import explanation
from payroll.payslips.slip import SlipLine, SlipMonth
from payroll.runs.months import Calculation, calculate

KNOWN = datetime(2026, 1, 2, tzinfo=UTC)
MAY, JUNE, JULY, SEPTEMBER = (PayMonth(2026, month) for month in (5, 6, 7, 9))
SINCE = date(2025, 1, 1)
SINGLE = {"civil_status": "single", "spouse_income": "none", "children": 0, "other_dependants": 0}
SCALES = (
    "scale,step,annual_at_100,valid_from,valid_to,source\n"
    "A,low,16279.80,2024-01-01,,of this test alone\nA,high,27717.47,2024-01-01,,of this test alone\n"
)
Kept = tuple[FactKind, Mapping[str, Any]]


def _law(folder: Path, readings: str) -> ParameterSet:
    (folder / "scales.csv").write_text(SCALES, encoding="utf-8")
    (folder / "readings.yaml").write_text(readings, encoding="utf-8")
    return own_law.read(folder)


def _paid(cents: int, numerator: int = 1, denominator: int = 1) -> Kept:
    fraction = {"fraction_numerator": numerator, "fraction_denominator": denominator}
    return FactKind.PAY, {"gross_month": cents, **fraction, "statute": "contractual"}


def _placed(step: str, fraction: str = "1") -> Kept:
    return FactKind.SCALE, {"scale": "A", "step": step, "fraction": fraction, "statute": "contractual"}


def _calculated(law: ParameterSet, month: PayMonth, *kept: Kept, home: Mapping[str, Any] = SINGLE) -> Calculation:
    facts = [
        FactRow(
            number,
            1,
            kind,
            values,
            month.first_on if kind == FactKind.ONE_OFF else SINCE,
            month.first_on if kind == FactKind.ONE_OFF else None,
            KNOWN,
            None,
            None,
        )
        for number, (kind, values) in enumerate([(FactKind.HOUSEHOLD, home), *kept])
    ]
    return calculate({1: facts}, month, {1: KNOWN}, law)


def _special(months: Sequence[Mapping[str, int]]) -> int:
    names = ("special_contribution", "special_contribution_quarter")
    return sum(month.get(name, 0) for month in months for name in names)


@pytest.mark.parametrize(("choice", "spouse"), [("as_without_income", "none"), ("as_with_income", "own")])
def test_small_income_of_a_spouse_reaches_the_advances_and_the_quarter(
    tmp_path: Path, choice: str, spouse: str
) -> None:
    law = _law(tmp_path, f"small_own_income: {choice}\n")
    home = SINGLE | {"civil_status": "married", "spouse_income": "small_own"}

    months = [_calculated(law, month, _paid(600_000), home=home).amounts[1] for month in JUNE.quarter]

    at_home = {"civil_status": "married", "spouse_income": spouse}
    assert months[0]["special_contribution"] == int(reference.special(Decimal(6000), at_home) * 100)
    assert _special(months) == int(reference.special(Decimal(18000), at_home, reference.SPECIAL_OF_QUARTER) * 100)


# Half of 2400.00 has a contribution of 156.84 and a work bonus of 63.77 and 72.59: twelve months of 1179.52 are
# 14154.24, and those of 1200.00 are 14400.00. Of 6000.00, 5215.80 is taxable and the gap to 18858.00 exempt.
@pytest.mark.parametrize(
    ("readings", "tax"),
    [
        ("exemption: whole\n", 0),
        ("exemption: up_to_limit\n", 16065),  # 21.20 % of 757.80; the reduction for a child is a line of its own
        ("exemption: up_to_limit\nannual_reference: taxable\n", 10855),  # 21.20 % of 512.04
    ],
)
def test_exemption_and_annual_pay_after_contribution_and_work_bonus_to_the_cent(
    tmp_path: Path, readings: str, tax: int
) -> None:
    due = (FactKind.ONE_OFF, {"treatment": "holiday_pay", "amount": 600_000})

    month = _calculated(_law(tmp_path, readings), JULY, _paid(240_000, 1, 2), due, home=SINGLE | {"children": 1})

    assert (month.problems, month.amounts[1].get("exceptional_withholding_tax", 0)) == ({}, tax)


@pytest.mark.parametrize(
    ("choice", "part", "gross"),
    [
        ("full_time_month", "1", 508_000),
        ("uncapped", "1", 510_001),
        ("full_time_month", "1/2", 254_000),
        ("uncapped", "1/2", 255_000),
    ],
)
def test_indexation_of_a_scale_is_capped_or_not(tmp_path: Path, choice: str, part: str, gross: int) -> None:
    law = _law(tmp_path, f"centenindex: {choice}\n").signed("indexation", SEPTEMBER.last_on)

    assert _calculated(law, SEPTEMBER, _placed("high", part)).amounts[1]["gross"] == gross


def test_gradual_allowance_stops_until_it_is_signed_and_then_reaches_holiday_pay(tmp_path: Path) -> None:
    law = _law(tmp_path, "allowance_taper: tapered\n")
    asked = (FactKind.ALLOWANCE, {"allowance": "household_residence", "ground": "household"})

    stopped = _calculated(law, MAY, _placed("low"), asked)
    done = _calculated(law.signed("household_residence_taper", MAY.last_on), MAY, _placed("low"), asked)

    assert (stopped.problems[1].rule, stopped.amounts) == ("household_residence_taper", {})
    # 539.93 at the pivot is 97.39 a month, where the bands say 64.94; 92 % of 2936.74 and of 97.39 is holiday pay.
    amounts = done.amounts[1]
    assert (amounts["gross"], amounts["household_residence_allowance"]) == (293_674, 9_739)
    assert amounts["holiday_pay"] == 270_180 + 8_959
    assert done.parameters[1]["household_residence_taper"] == "2024-01-01 signed"
    slip = SlipMonth(
        str(MAY), [], is_whole=True, days_paid=0, days_of_month=0, full_time_pay=0, parameters=done.parameters[1]
    )
    ground = explanation.ground(slip, SlipLine("household_residence_allowance", 9_739))
    assert ground == explanation.Ground("KB/AR 13/07/2017", date(2024, 1, 1), is_signed=True)

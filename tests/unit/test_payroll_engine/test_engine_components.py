"""Elements of pay, each a line of its own, and what the rules make of their sums."""

from datetime import date

import numpy as np
import pytest
from unit.test_payroll_engine.people import SEPTEMBER, cents, households, month_columns

from payroll.engine import calculate, components, explain, parameters
from payroll.engine.columns import whole_months
from payroll.engine.components import Component
from payroll.engine.errors import ColumnsInvalid
from payroll.engine.household import Household
from payroll.engine.money import Rounding
from payroll.engine.periods import PayMonth
from payroll.engine.rules.contributions import Statute
from payroll.engine.wage_types import WageType

LAW = parameters.packaged()
MEALS = LAW.in_force("meal_vouchers", SEPTEMBER)
ELEMENTS = [
    Component(WageType.GROSS, cents(280_000), rounding=Rounding.TRUNCATED),
    Component(WageType.PENSION_BEARING_SUPPLEMENTS, cents(20_000)),
    Component(WageType.HOUSEHOLD_RESIDENCE_ALLOWANCE, cents(3_247)),
    Component(WageType.LANGUAGE_ALLOWANCE, cents(23_811)),
    Component(WageType.TAXABLE_ALLOWANCES, cents(1_000)),
    Component(WageType.TELEWORK_ALLOWANCE, cents(5_000)),
    Component(WageType.MEAL_VOUCHERS, cents(2_289), base=cents(21), laws=(MEALS,)),
    Component(WageType.NET_DEDUCTIONS, cents(500)),
    Component(WageType.BENEFITS_IN_KIND, cents(1_200)),
]


def columns(statute=Statute.CONTRACTUAL, elements=ELEMENTS):
    return components.month_columns(SEPTEMBER, statute, elements, whole_months(1), households(Household()))


def test_elements_are_added_up_by_what_the_rules_do_with_them():
    added, plain = (
        columns(),
        month_columns(
            [300_000],
            household_residence_allowance=3_247,
            taxable_allowances=24_811,
            untaxed_allowances=5_000,
            net_deductions=2_789,
            benefits_in_kind=1_200,
        ),
    )

    names = ("gross", "household_residence_allowance", "taxable_allowances", "untaxed_allowances", "net_deductions")
    assert [getattr(added, name).tolist() for name in names] == [getattr(plain, name).tolist() for name in names]
    nets = [calculate.calculate_month(each, LAW).net.tolist() for each in (added, plain)]
    assert nets[0] == nets[1]


@pytest.mark.parametrize(("statute", "base"), [(Statute.CONTRACTUAL, 328_058), (Statute.STATUTORY, 300_000)])
def test_contribution_base_of_each_statute(statute, base):
    result = calculate.calculate_month(columns(statute), LAW)

    assert result.contributions.base.tolist() == [base]


def test_slip_shows_each_element_and_adds_up_to_the_net():
    inputs = columns()
    result = calculate.calculate_month(inputs, LAW)

    (lines,) = explain.by_person(explain.month_lines(inputs, result, ELEMENTS), PayMonth(2026, 9))

    assert [line.wage_type.value for line in lines] == [
        "1000", "1010", "1100", "1200", "1210", "2000", "2100", "2200", "3000", "4010", "4100", "4110", "9000", "9100",
        "9900",
    ]  # fmt: skip
    assert sum(line.amount for line in lines if not line.wage_type.informs_only) == lines[-1].amount
    (vouchers,) = [line for line in lines if line.wage_type is WageType.MEAL_VOUCHERS]
    assert (vouchers.amount, vouchers.base, vouchers.origin) == (-2_289, 21, PayMonth(2026, 9))
    assert vouchers.parameters == (("meal_vouchers", date(2024, 1, 1)),)
    assert lines[0].rounding is Rounding.TRUNCATED


def test_deductions_are_known_by_their_wage_type():
    assert [each.name for each in WageType if each.is_deduction] == [
        "CONTRIBUTION", "PENSION_CONTRIBUTION", "HEALTH_CONTRIBUTION", "SPECIAL_CONTRIBUTION",
        "SPECIAL_CONTRIBUTION_QUARTER", "EXCEPTIONAL_CONTRIBUTION", "END_OF_YEAR_CONTRIBUTION", "WITHHOLDING_TAX",
        "EXCEPTIONAL_WITHHOLDING_TAX", "NET_DEDUCTIONS", "MEAL_VOUCHERS",
    ]  # fmt: skip


@pytest.mark.parametrize("wage_type", [WageType.HOLIDAY_PAY, WageType.WITHHOLDING_TAX, WageType.TAXABLE])
def test_what_is_calculated_or_paid_apart_is_no_element_of_a_month(wage_type):
    with pytest.raises(ColumnsInvalid):
        columns(elements=[Component(wage_type, cents(1))])


def test_element_of_other_people_is_refused():
    with pytest.raises(ColumnsInvalid):
        columns(elements=[Component(WageType.GROSS, np.zeros(2, dtype=np.int64))])


def test_month_without_elements_pays_nothing():
    assert calculate.calculate_month(columns(elements=[]), LAW).net.tolist() == [0]

"""The lines of a slip add up to its net and say where each amount comes from."""

from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.test_payroll_engine.people import month_columns, payment_columns

from payroll.engine import calculate, explain, parameters
from payroll.engine.household import Household
from payroll.engine.money import Rate, Rounding
from payroll.engine.rules.contributions import Statute
from payroll.engine.rules.exceptional_payments import PaymentColumn
from payroll.engine.wage_types import LANGUAGES, WageType

LAW = parameters.packaged()


def lines_of_month(gross, **inputs):
    columns = month_columns([gross], **inputs)
    (lines,) = explain.by_person(explain.month_lines(columns, calculate.calculate_month(columns, LAW)))
    return lines


def lines_of_payment(amount, column):
    columns = payment_columns([amount], [3600000], column=column, contribution=amount // 10)
    (lines,) = explain.by_person(explain.exceptional_lines(columns, calculate.calculate_exceptional(columns, LAW)))
    return lines


def codes(lines):
    return [line.wage_type.value for line in lines]


def sums_to_net(lines):
    return sum(line.amount for line in lines if not line.wage_type.informs_only) == lines[-1].amount


@pytest.mark.parametrize("wage_type", list(WageType))
def test_wage_type_has_four_digits_and_a_name_in_each_language(wage_type):
    assert len(wage_type.value) == 4
    assert wage_type.value.isdigit()
    assert all(wage_type.label(language) for language in LANGUAGES)


def test_labels_are_those_of_the_language():
    assert [WageType.WITHHOLDING_TAX.label(language) for language in LANGUAGES] == [
        "Bedrijfsvoorheffing",
        "Précompte professionnel",
        "Berufssteuervorabzug",
        "Withholding tax",
    ]


def test_contractual_month_shows_its_lines_in_the_order_of_the_slip():
    lines = lines_of_month(
        250000,
        household_residence_allowance=3000,
        taxable_allowances=2000,
        benefits_in_kind=1000,
        untaxed_allowances=500,
        net_deductions=100,
    )

    assert codes(lines) == [
        "1000", "1100", "1200", "2000", "2100", "2110", "2200", "3000", "4000", "4100", "9000", "9100", "9900",
    ]  # fmt: skip
    assert sums_to_net(lines)


def test_statutory_month_shows_pension_and_health_apart():
    lines = lines_of_month(300000, statute=Statute.STATUTORY)

    assert codes(lines) == ["1000", "2010", "2020", "2200", "3000", "9100", "9900"]
    assert [(line.base, line.rate) for line in lines[1:3]] == [(300000, Rate(750)), (300000, Rate(355))]


def test_line_says_its_law_with_the_date_of_the_table():
    (tax,) = [line for line in lines_of_month(300000) if line.wage_type is WageType.WITHHOLDING_TAX]

    assert tax.reference == (
        "KB/AR WIB/CIR 92 bijlage/annexe III, formule-clé (withholding_tax 2026-01-01); "
        "KB/AR WIB/CIR 92 bijlage/annexe III, formule-clé; bijlagen/annexes 3-5 "
        "(family_reductions 2026-01-01); "
        "KB/AR WIB/CIR 92 bijlage/annexe III, formule-clé; no 20, WIB/CIR 92 art. 289ter/1 "
        "(fiscal_work_bonus 2025-01-01)"
    )
    assert tax.parameters == (
        ("withholding_tax", date(2026, 1, 1)),
        ("family_reductions", date(2026, 1, 1)),
        ("fiscal_work_bonus", date(2025, 1, 1)),
    )
    assert (tax.base, tax.rate, tax.rounding, tax.amount) == (271844, None, Rounding.HALF_UP, -43787)


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (PaymentColumn.HOLIDAY_PAY, ["1500", "2300", "3100", "9100", "9900"]),
        (PaymentColumn.OTHER, ["1600", "2300", "3100", "9100", "9900"]),
    ],
)
def test_exceptional_payment_shows_its_lines_and_its_percentage(column, expected):
    lines = lines_of_payment(276000, column)

    assert codes(lines) == expected
    assert lines[2].rate == (Rate(4239) if column is PaymentColumn.HOLIDAY_PAY else Rate(4644))
    assert sums_to_net(lines)


def test_end_of_year_allowance_has_its_own_line_and_its_child_reduction_too():
    columns = payment_columns([276000], [2800000], contribution=36073, household=Household(children=2))
    result = calculate.calculate_exceptional(columns, LAW)

    (lines,) = explain.by_person(explain.exceptional_lines(columns, result, WageType.END_OF_YEAR_ALLOWANCE))

    assert [(line.wage_type.value, line.amount) for line in lines] == [
        ("1700", 276000),
        ("2310", -36073),
        ("3100", -96883),
        ("3110", 19377),
        ("9100", 239927),
        ("9900", 162421),
    ]
    assert sums_to_net(lines)


def test_lines_of_zero_are_left_out_but_for_pay_tax_taxable_and_net():
    assert codes(lines_of_month(0)) == ["1000", "3000", "9100", "9900"]


@settings(max_examples=60, deadline=None)
@given(st.integers(0, 2_000_000), st.integers(0, 50_000), st.integers(0, 50_000), st.sampled_from(Statute))
def test_lines_always_add_up_to_the_net(gross, allowance, deductions, statute):
    assert sums_to_net(
        lines_of_month(gross, statute=statute, household_residence_allowance=allowance, net_deductions=deductions)
    )

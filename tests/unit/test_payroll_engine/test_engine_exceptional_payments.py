"""Holiday pay and other exceptional payments at every edge of their tables."""

from datetime import date
from decimal import Decimal

import pytest
from unit.test_payroll_engine import reference
from unit.test_payroll_engine.people import month_columns, payment_columns

from payroll.engine import calculate, parameters
from payroll.engine.household import Household
from payroll.engine.readings import AnnualReference, Exemption, Readings
from payroll.engine.rules.exceptional_payments import PaymentColumn

LAW = parameters.packaged()
KINDS = {"holiday_pay": PaymentColumn.HOLIDAY_PAY, "exceptional": PaymentColumn.OTHER}
EDGES = [
    (year, kind, bound) for year, table in reference.EXCEPTIONAL.items() for kind in KINDS for bound in table["bounds"]
]


@pytest.mark.parametrize(("year", "kind", "bound"), EDGES)
def test_percentage_changes_just_over_each_bound(year, kind, bound):
    pay = [bound * 100 + offset for offset in (-1, 0, 1)]

    result = calculate.calculate_exceptional(
        payment_columns([100000] * 3, pay, on=date(year, 5, 2), column=KINDS[kind]), LAW
    )

    row = reference.EXCEPTIONAL[year]["bounds"].index(bound)
    expected = [reference.PERCENT[kind][place] for place in (row, row, row + 1)]
    assert result.exceptional.rate.tolist() == [int(Decimal(percent) * 100) for percent in expected]


@pytest.mark.parametrize("year", reference.EXCEPTIONAL)
@pytest.mark.parametrize("children", range(15))
def test_child_limits_are_inclusive(year, children):
    table = reference.EXCEPTIONAL[year]
    limits = [table["exempt"][min(children, 12) - 1], table["limits"][min(children, 5) - 1]] if children else []
    for limit in limits:
        pay = [limit * 100 + offset for offset in (-1, 0, 1)]
        columns = payment_columns([276000] * 3, pay, on=date(year, 5, 2), household=Household(children=children))

        taxes = calculate.calculate_exceptional(columns, LAW).exceptional.tax.tolist()

        assert taxes == [
            int(
                reference.exceptional(
                    f"{year}-05-02",
                    "exceptional",
                    Decimal(2760),
                    Decimal(each) / 100,
                    {"children": children},
                    Decimal(0),
                )["withholding_tax"]
                * 100
            )
            for each in pay
        ]


def test_end_of_year_allowance_of_3000_with_a_pay_of_36000():
    columns = payment_columns([300000], [3600000], contribution=39210)

    result = calculate.calculate_exceptional(columns, LAW)

    assert (result.taxable.tolist(), result.exceptional.rate.tolist()) == ([260790], [4644])
    assert (result.exceptional.tax.tolist(), result.net.tolist()) == ([121111], [139679])


def test_holiday_pay_of_2760_with_a_pay_of_36000():
    columns = payment_columns([276000], [3600000], column=PaymentColumn.HOLIDAY_PAY, contribution=36073)

    result = calculate.calculate_exceptional(columns, LAW)

    assert (result.exceptional.rate.tolist(), result.exceptional.tax.tolist()) == ([4239], [101705])


@pytest.mark.parametrize(
    ("children", "tax"), [(0, 40380), (1, 37351), (2, 32304), (3, 0)]
)  # 40.38 % of 1000.00, less 7.5 % of that (30.285, so 30.29) or 20 %; nothing at or under the limit for three children
def test_child_reduction_is_a_percentage_off_the_tax(children, tax):
    columns = payment_columns([100000], [2800000], household=Household(children=children))

    assert calculate.calculate_exceptional(columns, LAW).exceptional.tax.tolist() == [tax]


def test_disabled_child_counts_twice():
    household = Household(children=1, disabled_children=1)

    columns = payment_columns([100000], [2800000], household=household)

    assert calculate.calculate_exceptional(columns, LAW).exceptional.tax.tolist() == [32304]


@pytest.mark.parametrize(
    ("reading", "pay", "taxed", "tax"),
    [
        (Exemption.WHOLE, 1800000, 0, 0),
        (Exemption.UP_TO_LIMIT, 1800000, 114200, 31986),
        (Exemption.UP_TO_LIMIT, 1885800, 200000, 56018),
        (Exemption.UP_TO_LIMIT, 1600000, 0, 0),
        (Exemption.WHOLE, 1885801, 200000, 56018),
    ],
)
def test_exemption_follows_the_chosen_reading(reading, pay, taxed, tax):
    columns = payment_columns([200000], [pay], household=Household(children=1))

    result = calculate.calculate_exceptional(columns, LAW.read_by(Readings(exemption=reading))).exceptional

    assert (result.taxed.tolist(), result.tax.tolist()) == ([taxed], [tax])


@pytest.mark.parametrize(("reading", "annual"), [(AnnualReference.GROSS, 3600000), (AnnualReference.TAXABLE, 3262128)])
def test_normal_annual_pay_follows_the_chosen_reading(reading, annual):
    law = LAW.read_by(Readings(annual_reference=reading))

    assert calculate.normal_annual_pay(month_columns([280000], taxable_allowances=20000), law).tolist() == [annual]

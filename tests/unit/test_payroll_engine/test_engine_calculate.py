"""From gross to net: worked months, and the laws that every month obeys."""

from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from unit.test_payroll_engine.people import cents, households, month, month_columns, payment_columns

from payroll.engine import calculate, parameters
from payroll.engine.columns import cents_column
from payroll.engine.errors import AmountInvalid, ColumnsInvalid, ParameterMissing
from payroll.engine.household import CivilStatus, Household, HouseholdColumns, SpouseIncome
from payroll.engine.money import LARGEST_AMOUNT
from payroll.engine.readings import Readings, SmallOwnIncome
from payroll.engine.rules.contributions import Statute

LAW = parameters.packaged()
HOUSEHOLDS = [
    Household(),
    Household(CivilStatus.MARRIED, SpouseIncome.NONE, children=3),
    Household(CivilStatus.MARRIED, SpouseIncome.OWN),
    Household(CivilStatus.LEGAL_COHABITANT, SpouseIncome.SMALL_OWN, children=1),
    Household(CivilStatus.MARRIED, SpouseIncome.SMALL_PENSION),
    Household(CivilStatus.WIDOWED, children=2, single_parent=True),
]


def test_statutory_month_of_the_worked_illustration():
    result = month([327447], statute=Statute.STATUTORY, household_residence_allowance=3247, on=date(2026, 8, 28))

    assert (
        result.contributions.pension.tolist(),
        result.contributions.health.tolist(),
        result.taxable.tolist(),
        result.withholding_tax.tolist(),
        result.special_contribution.tolist(),
        result.net.tolist(),
    ) == ([24559], [11624], [294511], [57152], [2226], [235133])


def test_contractual_month_of_3000_in_september_2026():
    result = month([300000])

    assert (
        result.contributions.total.tolist(),
        result.work_bonus.part_a.tolist(),
        result.taxable.tolist(),
        result.annual.net_taxable.tolist(),
        result.annual.base_tax.tolist(),
        result.fiscal_work_bonus.tolist(),
        result.withholding_tax.tolist(),
        result.special_contribution.tolist(),
        result.net.tolist(),
    ) == ([39210], [11054], [271844], [2655128], [569402], [3663], [43787], [1924], [226133])


def test_benefit_in_kind_is_taxed_but_neither_contributed_on_nor_paid():
    without, with_benefit = month([400000]), month([400000], benefits_in_kind=10000)

    assert with_benefit.contributions.total.tolist() == without.contributions.total.tolist()
    assert with_benefit.special_contribution.tolist() == without.special_contribution.tolist()
    assert with_benefit.taxable.tolist() == (without.taxable + 10000).tolist()
    more_tax = with_benefit.withholding_tax - without.withholding_tax
    assert with_benefit.net.tolist() == (without.net - more_tax).tolist()
    assert more_tax.tolist() == [4815]


def test_untaxed_sums_and_deductions_change_the_net_alone():
    plain, changed = month([400000]), month([400000], untaxed_allowances=5000, net_deductions=1090)

    assert changed.taxable.tolist() == plain.taxable.tolist()
    assert changed.withholding_tax.tolist() == plain.withholding_tax.tolist()
    assert (changed.net - plain.net).tolist() == [3910]


def test_net_may_fall_below_zero_when_deductions_exceed_the_pay():
    assert month([0], net_deductions=5000).net.tolist() == [-5000]


def test_small_own_income_reading_reaches_the_month():
    inputs = month_columns([900000], household=HOUSEHOLDS[3])

    usual = calculate.calculate_month(inputs, LAW)
    other = calculate.calculate_month(inputs, LAW.read_by(Readings(small_own_income=SmallOwnIncome.AS_WITH_INCOME)))

    assert (usual.special_contribution.tolist(), other.special_contribution.tolist()) == ([6094], [5164])


def test_month_of_nobody_is_empty():
    assert month([]).net.tolist() == []


def test_month_refuses_the_column_when_somebody_needs_a_missing_reduction():
    inputs = month_columns([300000], on=date(2025, 6, 1), household=Household(dependants_66_plus_in_care=1))

    with pytest.raises(ParameterMissing):
        calculate.calculate_month(inputs, LAW)


def test_exceptional_payment_counts_untaxed_sums_and_deductions_in_the_net():
    columns = payment_columns([100000], [3600000])
    changed = replace(columns, untaxed_allowances=cents(500), net_deductions=cents(200))

    nets = [calculate.calculate_exceptional(each, LAW).net.tolist()[0] for each in (columns, changed)]

    assert nets[1] - nets[0] == 300


def test_exceptional_result_tells_its_tables():
    result = calculate.calculate_exceptional(payment_columns([100000], [3600000]), LAW)

    assert result.parameter_dates == {
        "contributions": date(2017, 10, 1),
        "exceptional_payments": date(2026, 1, 1),
    }


@settings(max_examples=60, deadline=None)
@given(
    st.lists(st.tuples(st.integers(0, 1_500_000), st.sampled_from(HOUSEHOLDS)), min_size=1, max_size=20),
    st.sampled_from(Statute),
    st.randoms(use_true_random=False),
)
def test_many_people_in_any_order_are_the_same_as_each_alone(people, statute, random):
    random.shuffle(people)
    columns = replace(
        month_columns([gross for gross, _ in people], statute=statute),
        household=HouseholdColumns.of(household for _, household in people),
    )

    together = calculate.calculate_month(columns, LAW).net.tolist()

    assert together == [
        month([gross], statute=statute, household=household).net.tolist()[0] for gross, household in people
    ]


# The special contribution of a couple with two incomes starts with a step of 5.15 at 1095.10; that of people taxed
# alone falls by a cent at 4100.00 as the published constants are rounded, which lifts the net.
STEPS = {HOUSEHOLDS[2]: 109_510}


@pytest.mark.parametrize("household", HOUSEHOLDS)
@pytest.mark.parametrize("statute", list(Statute))
@pytest.mark.parametrize("on", [date(2025, 6, 1), date(2026, 2, 1), date(2026, 7, 31), date(2026, 9, 14)])
def test_net_grows_with_every_euro_of_gross_but_for_the_named_steps(household, statute, on):
    gross = np.arange(0, 1_200_000, 100)

    net = month(gross, statute=statute, household=household, on=on).net

    falls = gross[1:][np.diff(net) < 0].tolist()
    step = STEPS.get(household)
    assert falls == ([step + 90] if step else [])


def test_largest_amounts_are_calculated_exactly():
    result = month(
        [LARGEST_AMOUNT],
        household_residence_allowance=LARGEST_AMOUNT,
        taxable_allowances=LARGEST_AMOUNT,
        benefits_in_kind=LARGEST_AMOUNT,
    )

    annual_net = 12 * (3 * LARGEST_AMOUNT * 8693 // 10000 + LARGEST_AMOUNT) - 607000
    assert result.annual.net_taxable.tolist() == [annual_net]
    assert result.annual.base_tax.tolist() == [2032038 + (annual_net - 5105000) * 535 // 1000 - 298798]


@pytest.mark.parametrize("gross", [[-1], [LARGEST_AMOUNT + 1]])
def test_amount_out_of_bounds_is_refused(gross):
    with pytest.raises(AmountInvalid):
        month_columns(gross)


def test_amount_that_int64_cannot_hold_is_refused():
    with pytest.raises(AmountInvalid):
        cents_column([2**63])


def test_column_of_floats_is_refused():
    with pytest.raises(AmountInvalid):
        replace(month_columns([1]), gross=np.array([1.0]))


def test_columns_of_different_lengths_are_refused():
    columns = month_columns([1, 2])

    with pytest.raises(ColumnsInvalid):
        replace(columns, gross=cents(1))
    with pytest.raises(ColumnsInvalid):
        replace(columns, household=households(Household()))
    with pytest.raises(ColumnsInvalid):
        replace(columns.household, children=cents(1))


@pytest.mark.parametrize("children", [-1, 200])
def test_household_with_an_impossible_number_of_children_is_refused(children):
    with pytest.raises(ColumnsInvalid):
        households(Household(children=children))


def test_contribution_above_the_exceptional_payment_is_refused():
    with pytest.raises(AmountInvalid):
        payment_columns([100], [100], contribution=101)

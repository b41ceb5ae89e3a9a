"""Contributions, work bonus and special contribution at every edge."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.test_payroll_engine import reference
from unit.test_payroll_engine.people import cents, households, month

from payroll.engine import parameters
from payroll.engine.household import CivilStatus, Household, SpouseIncome
from payroll.engine.money import parse_cents
from payroll.engine.readings import SmallOwnIncome
from payroll.engine.rules import contributions, fiscal_work_bonus, special_contribution, work_bonus
from payroll.engine.rules.contributions import Statute
from payroll.engine.rules.part_month import part_of_month
from payroll.engine.rules.work_bonus import Performance, WorkBonus

SEPTEMBER = date(2026, 9, 14)
MARRIED = CivilStatus.MARRIED


def law(table, on=SEPTEMBER):
    return parameters.packaged().in_force(table, on)


def days(paid, full):
    return Performance(cents(round(paid * 100)), cents(full * 100))


def test_contractual_contribution_includes_the_allowances():
    result = month([300000], household_residence_allowance=3247, taxable_allowances=10000)

    assert (result.contributions.base.tolist(), result.contributions.total.tolist()) == ([313247], [40941])


def test_statutory_contributions_are_on_the_gross_pay_alone():
    result = month([327447], statute=Statute.STATUTORY, household_residence_allowance=3247, taxable_allowances=10000)

    owed = result.contributions
    assert (owed.base.tolist(), owed.pension.tolist(), owed.health.tolist(), owed.general.tolist()) == (
        [327447],
        [24559],
        [11624],
        [0],
    )
    assert result.taxable.tolist() == [327447 - 24559 - 11624 + 3247 + 10000]


def test_exceptional_contribution_is_on_the_whole_amount():
    assert contributions.exceptional_contribution(cents(276000), law("contributions")).tolist() == [36073]


BONUS_EDGES = [
    (row[0], parse_cents(bound) + offset)
    for row in reference.BONUS
    for bound in (row[2], row[3], row[6], row[7])
    for offset in (-1, 0, 1, 2)
]


@pytest.mark.parametrize(("day", "pay"), BONUS_EDGES)
def test_work_bonus_is_right_on_both_sides_of_each_bound(day, pay):
    contribution = reference.cent(Decimal(pay) / 100 * Decimal("0.1307"))
    expected = reference.bonus(day, Decimal(pay) / 100, contribution, None)

    bonus = work_bonus.work_bonus(
        cents(pay), cents(int(contribution * 100)), days(1, 1), law("work_bonus", date.fromisoformat(day))
    )

    assert (bonus.part_a.tolist(), bonus.part_b.tolist()) == tuple([int(part * 100)] for part in expected)


@pytest.mark.parametrize(
    ("pay", "parts"),
    [
        ("2300.62", (12754, 17199)),
        ("2300.63", (12754, 17199)),
        ("2937.93", (12754, 0)),
        ("2937.94", (12754, 0)),
        ("3403.62", (0, 0)),
        ("3403.63", (0, 0)),
        ("3000.00", (11054, 0)),
        ("2500.00", (12754, 11818)),
    ],
)
def test_work_bonus_of_september_2026_at_its_bounds(pay, parts):
    amount = parse_cents(pay)

    bonus = work_bonus.work_bonus(cents(amount), cents(amount), days(20, 20), law("work_bonus"))

    assert (bonus.part_a[0], bonus.part_b[0]) == parts


def test_bonus_beyond_the_contribution_cuts_part_b_before_part_a():
    contribution = cents(29953, 20000, 12754, 10000, 0)

    pay = np.full_like(contribution, 200000)
    full = Performance(np.full_like(pay, 100), np.full_like(pay, 100))
    bonus = work_bonus.work_bonus(pay, contribution, full, law("work_bonus"))

    assert bonus.part_a.tolist() == [12754, 12754, 12754, 10000, 0]
    assert bonus.part_b.tolist() == [17199, 7246, 0, 0, 0]
    assert bonus.total.tolist() == [29953, 20000, 12754, 10000, 0]


@pytest.mark.parametrize(
    ("pay", "paid", "full", "reference_pay", "fraction"),
    [
        ("2015.00", 19, 23, "2439.15", 83),  # ONSS instructions 2026/3, first example of the work bonus
        ("1500.00", 11, 22, "2999.92", 50),
        ("1500.00", 10.5, 22, "3142.92", 48),
        ("1000.00", 7, 21, "3000.06", 33),
        ("1000.00", 1, 200 / 100, "2000.00", 50),
        ("2500.00", 22, 22, "2500.00", 100),
        ("2500.00", 23, 22, "2500.00", 100),
        ("0.00", 0, 22, "0.00", 0),
        ("1.00", 0.11, 22, "199.98", 1),
    ],
)
def test_part_month_is_brought_back_to_a_full_month(pay, paid, full, reference_pay, fraction):
    performance = Performance(cents(round(paid * 100)), cents(round(full * 100)))

    assert work_bonus.reference_pay(cents(parse_cents(pay)), performance).tolist() == [parse_cents(reference_pay)]
    assert work_bonus.month_fraction(performance).tolist() == [fraction]


def test_work_bonus_of_a_part_month_is_the_fraction_of_the_base_amount():
    bonus = work_bonus.work_bonus(cents(125000), cents(16338), days(11, 22), law("work_bonus"))

    assert (bonus.part_a.tolist(), bonus.part_b.tolist()) == ([6377], [5908])


def test_who_was_paid_no_day_has_no_work_bonus():
    bonus = work_bonus.work_bonus(cents(50000), cents(6535), days(0, 22), law("work_bonus"))

    assert bonus.total.tolist() == [0]


def test_statutory_staff_have_no_work_bonus():
    result = month([200000], statute=Statute.STATUTORY)

    assert (result.work_bonus.total.tolist(), result.fiscal_work_bonus.tolist()) == ([0], [0])


def test_fiscal_work_bonus_is_a_share_of_each_part():
    bonus = WorkBonus(cents(12754), cents(17199))

    assert fiscal_work_bonus.fiscal_work_bonus(bonus, law("fiscal_work_bonus")).tolist() == [4227 + 9036]


HOUSEHOLDS = {
    "isolated": (Household(), {}),
    "own": (
        Household(MARRIED, SpouseIncome.OWN),
        {"civil_status": "married", "spouse_income": "own"},
    ),
    "none": (
        Household(MARRIED, SpouseIncome.NONE),
        {"civil_status": "married", "spouse_income": "none"},
    ),
    "small_pension": (
        Household(MARRIED, SpouseIncome.SMALL_PENSION),
        {"civil_status": "married", "spouse_income": "small_pension"},
    ),
}
SPECIAL_BOUNDS = ("1095.10", "1945.38", "2190.18", "3737.00", "4100.00", "5571.99", "6038.82", "6417.45", "20000.00")


@pytest.mark.parametrize("kind", HOUSEHOLDS)
@pytest.mark.parametrize("bound", SPECIAL_BOUNDS)
def test_special_contribution_is_right_on_both_sides_of_each_bound(kind, bound):
    household, plain = HOUSEHOLDS[kind]
    around = [parse_cents(bound) + offset for offset in (-2, -1, 0, 1, 2)]

    amounts = special_contribution.special_contribution(
        cents(*around),
        households(*[household] * len(around)),
        law("special_contribution"),
        SmallOwnIncome.AS_WITHOUT_INCOME,
    )

    assert amounts.tolist() == [int(reference.special(Decimal(base) / 100, plain) * 100) for base in around]


@pytest.mark.parametrize(
    ("kind", "pay", "amount"),
    [
        ("isolated", "1945.38", 0),
        ("isolated", "2190.18", 1033),
        ("isolated", "3737.00", 2735),
        ("isolated", "4100.00", 3962),
        ("isolated", "4100.01", 3961),
        ("isolated", "6038.82", 6094),
        ("isolated", "6038.83", 6094),
        ("own", "1095.09", 0),
        ("own", "1095.10", 515),
        ("own", "1945.38", 515),
        ("own", "2190.18", 1444),
        ("own", "9000.00", 5164),
        ("none", "1945.37", 0),
        ("none", "2190.18", 1444),
        ("none", "9000.00", 6094),
        ("small_pension", "9000.00", 6094),
    ],
)
def test_special_contribution_at_its_published_bounds(kind, pay, amount):
    people = households(HOUSEHOLDS[kind][0])

    assert special_contribution.special_contribution(
        cents(parse_cents(pay)), people, law("special_contribution"), SmallOwnIncome.AS_WITHOUT_INCOME
    ).tolist() == [amount]


@pytest.mark.parametrize(
    ("reading", "amount"), [(SmallOwnIncome.AS_WITHOUT_INCOME, 6094), (SmallOwnIncome.AS_WITH_INCOME, 5164)]
)
def test_small_own_income_of_the_spouse_follows_the_chosen_reading(reading, amount):
    people = households(Household(MARRIED, SpouseIncome.SMALL_OWN))

    assert special_contribution.special_contribution(
        cents(900000), people, law("special_contribution"), reading
    ).tolist() == [amount]


@given(st.integers(0, 10**8), st.integers(1, 23).flatmap(lambda full: st.tuples(st.just(full), st.integers(0, full))))
def test_two_parts_of_a_month_add_up_to_the_month(pay, split):
    full, first = split

    parts = part_of_month(cents(pay, pay), cents(0, first), cents(first, full - first), cents(full, full))

    assert int(parts.sum()) == pay


@given(st.integers(0, 10**8), st.lists(st.integers(0, 23), max_size=6))
def test_any_parts_of_a_month_add_up_to_the_month(pay, cuts):
    edges = [0, *sorted(cuts), 23]
    before, days = np.array(edges[:-1]), np.diff(edges)

    parts = part_of_month(np.full_like(before, pay), before, days, np.full_like(before, 23))

    assert int(parts.sum()) == pay
    assert parts.min() >= 0


def test_first_part_of_a_month_is_truncated_to_the_cent():
    assert part_of_month(cents(300000), cents(0), cents(13), cents(22)).tolist() == [177272]

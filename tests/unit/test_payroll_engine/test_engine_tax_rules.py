"""Withholding tax at every edge of its brackets, with every reduction."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from unit.test_payroll_engine import reference
from unit.test_payroll_engine.people import cents, households, month

from payroll.engine import parameters
from payroll.engine.errors import ParameterMissing
from payroll.engine.household import CivilStatus, Household, SpouseIncome
from payroll.engine.rules import family_reductions, withholding_tax

YEARS = (2024, 2025, 2026)
EDGES = [
    (year, offset, edge)
    for year in YEARS
    for edge in (*(step[0] for step in reference.TAX[year]["steps"][:-1]), reference.TAX[year]["quotient"])
    for offset in (-1, 0, 1)
]


def law(table, year):
    return parameters.packaged().in_force(table, date(year, 6, 1))


def base_tax(year, taxable, *, couple):
    return withholding_tax.annual_tax(
        cents(taxable), np.array([couple]), law("withholding_tax", year)
    ).base_tax.tolist()[0]


def monthly_taxable_for(year, net):
    """The monthly taxable pay, in cents, whose annual net taxable pay is just under this one."""
    costs = reference.TAX[year]["costs_max"]
    yearly = net + costs if net + costs > costs / Decimal("0.3") else net / Decimal("0.7")
    return int(yearly * 100 / 12)


@pytest.mark.parametrize(("year", "offset", "edge"), EDGES)
@pytest.mark.parametrize("couple", [False, True])
def test_base_tax_is_right_on_both_sides_of_each_bracket(year, offset, edge, couple):
    taxable = monthly_taxable_for(year, edge) + offset
    household = {"civil_status": "married", "spouse_income": "none"} if couple else {}

    _, _, expected = reference.annual(year, Decimal(taxable) / 100, household)

    assert base_tax(year, taxable, couple=couple) == int(expected * 100)


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("couple", [False, True])
@pytest.mark.parametrize("offset", range(-2, 3))
def test_tax_is_right_where_costs_and_imputed_part_reach_their_maximum(year, couple, offset):
    table = reference.TAX[year]
    household = {"civil_status": "married", "spouse_income": "none"} if couple else {}
    costs_stop_at = int(table["costs_max"] / Decimal("0.30") * 100 / 12)
    imputed_stops_at = int((table["quotient"] / Decimal("0.30") + table["costs_max"]) * 100 / 12)

    for edge in (costs_stop_at, imputed_stops_at):
        _, _, expected = reference.annual(year, Decimal(edge + offset) / 100, household)
        assert base_tax(year, edge + offset, couple=couple) == int(expected * 100)


@pytest.mark.parametrize(
    ("year", "edge", "tax"),
    [
        (2026, "16710", "4469.93"),
        (2026, "29500", "9944.05"),
        (2026, "51050", "20320.38"),
        (2025, "16310", "4362.93"),
        (2025, "28790", "9704.37"),
        (2025, "49820", "19830.32"),
        (2024, "15830", "4234.53"),
        (2024, "27940", "9417.61"),
        (2024, "48350", "19245.03"),
    ],
)
def test_scale_gives_the_published_cumulative_tax_at_each_bound(year, edge, tax):
    from payroll.engine.brackets import Brackets
    from payroll.engine.money import parse_cents

    scale = Brackets.of(law("withholding_tax", year).rows("brackets"))
    bound = parse_cents(edge)

    at_bound, just_over = scale.apply(cents(bound, bound + 1)).tolist()

    assert abs(at_bound - parse_cents(tax)) <= 1
    assert at_bound <= just_over <= parse_cents(tax) + 1


def test_published_cumulative_amounts_are_used_at_a_gross_of_3000():
    assert month([300000]).annual.base_tax.tolist() == [569402]


@pytest.mark.parametrize(("year", "costs"), [(2024, 575000), (2025, 593000), (2026, 607000)])
def test_costs_stop_at_their_maximum(year, costs):
    annual = withholding_tax.annual_tax(cents(500000, 100000), np.array([False, False]), law("withholding_tax", year))

    assert (annual.taxable - annual.net_taxable).tolist() == [costs, 360000]


@pytest.mark.parametrize("year", YEARS)
def test_scale_two_takes_the_exempt_tax_off_twice(year):
    exempt = int(reference.TAX[year]["exempt"] * 100)

    assert base_tax(year, 600000, couple=False) > base_tax(year, 600000, couple=True) + exempt


@pytest.mark.parametrize("couple", [False, True])
def test_tax_is_never_below_zero(couple):
    assert base_tax(2026, 0, couple=couple) == 0
    assert withholding_tax.monthly_tax(cents(100), cents(200)).tolist() == [0]
    assert withholding_tax.withholding_tax(cents(100), cents(200)).tolist() == [0]


def test_twelfth_of_the_annual_tax_is_rounded_half_up():
    assert withholding_tax.monthly_tax(cents(1205, 1206, 1207), cents(0, 0, 0)).tolist() == [100, 101, 101]


@pytest.mark.parametrize("year", YEARS)
@pytest.mark.parametrize("children", range(12))
def test_reduction_for_children_follows_the_table_and_grows_beyond_eight(year, children):
    expected = reference.reductions(year, {"children": children})

    reduction = family_reductions.family_reductions(
        households(Household(children=children)), law("family_reductions", year)
    )

    assert reduction.tolist() == [int(expected * 100)]


MARRIED = CivilStatus.MARRIED


@pytest.mark.parametrize(
    ("household", "euro"),
    [
        (Household(), 0),
        (Household(children=2, disabled_children=1), 4404),
        (Household(single_parent=True, children=1), 624 + 624),
        (Household(MARRIED, SpouseIncome.OWN, single_parent=True), 0),
        (Household(disabled_worker=True), 624),
        (Household(MARRIED, disabled_spouse=True), 624),
        (Household(MARRIED, SpouseIncome.OWN, disabled_spouse=True), 0),
        (Household(MARRIED, SpouseIncome.SMALL_OWN, disabled_spouse=True), 1740),
        (Household(disabled_spouse=True), 0),
        (Household(other_dependants=3), 3 * 624),
        (Household(dependants_66_plus_in_care=2), 2 * 1992),
        (Household(MARRIED, SpouseIncome.SMALL_OWN), 1740),
        (Household(CivilStatus.LEGAL_COHABITANT, SpouseIncome.SMALL_PENSION), 3474),
        (Household(MARRIED, SpouseIncome.OWN), 0),
        (Household(MARRIED, SpouseIncome.NONE), 0),
        (Household(CivilStatus.DIVORCED, SpouseIncome.SMALL_PENSION), 0),
    ],
)
def test_each_reduction_of_2026_is_the_published_one(household, euro):
    assert family_reductions.family_reductions(households(household), law("family_reductions", 2026)).tolist() == [
        euro * 100
    ]


@pytest.mark.parametrize("year", [2024, 2025])
@pytest.mark.parametrize(
    ("household", "name"),
    [
        (Household(dependants_66_plus_in_care=1), "dependant_66_plus_in_care"),
        (Household(MARRIED, disabled_spouse=True), "disabled_spouse"),
    ],
)
def test_reduction_without_a_sourced_figure_is_refused_for_who_needs_it(year, household, name):
    with pytest.raises(ParameterMissing) as refusal:
        family_reductions.family_reductions(households(Household(), household), law("family_reductions", year))

    assert refusal.value.name == name


def test_who_needs_a_reduction_without_a_figure_can_be_told_beforehand():
    people = households(Household(), Household(MARRIED, disabled_spouse=True))

    needed = family_reductions.unavailable(people, law("family_reductions", 2025))

    assert {name: flags.tolist() for name, flags in needed.items()} == {
        "disabled_spouse": [False, True],
        "dependant_66_plus_in_care": [False, False],
    }


@pytest.mark.parametrize(
    ("household", "scale_two"),
    [
        (Household(), False),
        (Household(MARRIED, SpouseIncome.NONE), True),
        (Household(CivilStatus.LEGAL_COHABITANT, SpouseIncome.NONE), True),
        (Household(MARRIED, SpouseIncome.OWN), False),
        (Household(MARRIED, SpouseIncome.SMALL_OWN), False),
        (Household(MARRIED, SpouseIncome.SMALL_PENSION), False),
        (Household(CivilStatus.WIDOWED), False),
        (Household(CivilStatus.SEPARATED), False),
    ],
)
def test_scale_two_is_for_a_couple_with_one_income(household, scale_two):
    assert households(household).scale_two.tolist() == [scale_two]

"""A hundred thousand random households: the engine's columns against the independent Decimal payroll, every amount."""

from datetime import date
from decimal import Decimal

import numpy as np
import pytest
from unit.test_payroll_engine import reference

from payroll.engine import calculate, parameters
from payroll.engine.columns import ExceptionalColumns, MonthColumns
from payroll.engine.household import CivilStatus, Household, HouseholdColumns, SpouseIncome
from payroll.engine.rules.contributions import Statute, exceptional_contribution
from payroll.engine.rules.exceptional_payments import PaymentColumn
from payroll.engine.rules.work_bonus import Performance

LAW = parameters.packaged()
SEED = 20260914
PEOPLE = 100_000
GROUPS = [
    *((day, Statute.CONTRACTUAL) for day in ("2025-02-01", "2025-12-31", "2026-01-30", "2026-03-31")),
    *((day, Statute.CONTRACTUAL) for day in ("2026-05-29", "2026-07-31", "2026-09-30")),
    *((day, Statute.STATUTORY) for day in ("2024-01-31", "2025-01-31", "2026-09-30")),
]
PAYMENTS = [(f"{year}-05-29", kind) for year in (2024, 2025, 2026) for kind in ("holiday_pay", "exceptional")]
COLUMN = {"holiday_pay": PaymentColumn.HOLIDAY_PAY, "exceptional": PaymentColumn.OTHER}
STATUSES, INCOMES = list(CivilStatus), list(SpouseIncome)


def random_households(draw, count, *, all_reductions):
    """Plain dictionaries as the reference asks for them; figures that a year lacks are asked for in 2026 only."""
    children = draw.integers(0, 11, count)
    columns = {
        "civil_status": [STATUSES[place].value for place in draw.integers(0, len(STATUSES), count)],
        "spouse_income": [INCOMES[place].value for place in draw.integers(0, len(INCOMES), count)],
        "children": children.tolist(),
        "disabled_children": draw.integers(0, children + 1).tolist(),
        "single_parent": (draw.random(count) < 0.3).tolist(),
        "other_dependants": draw.integers(0, 4, count).tolist(),
        "dependants_66_plus_in_care": (draw.integers(0, 3, count) * all_reductions).tolist(),
        "disabled_worker": (draw.random(count) < 0.2).tolist(),
        "disabled_spouse": ((draw.random(count) < 0.2) & all_reductions).tolist(),
    }
    return [dict(zip(columns, person, strict=True)) for person in zip(*columns.values(), strict=True)]


def as_columns(households):
    return HouseholdColumns.of(
        Household(
            **person
            | {
                "civil_status": CivilStatus(person["civil_status"]),
                "spouse_income": SpouseIncome(person["spouse_income"]),
            }
        )
        for person in households
    )


def euro(column):
    return [Decimal(cents) / 100 for cents in column.tolist()]


def random_months(draw, day, statute, count):
    """Half of the people near the work bonus, the others up to 15,000 euro; a third of the months in part."""
    most = np.where(draw.random(count) < 0.5, 400_000, 1_500_000)
    full = draw.integers(18, 24, count)
    paid = np.where(draw.random(count) < 0.3, draw.integers(0, full + 1), full)
    households = random_households(draw, count, all_reductions=day >= "2026")
    columns = MonthColumns(
        paid_on=date.fromisoformat(day),
        statute=statute,
        gross=draw.integers(0, most),
        household_residence_allowance=draw.integers(0, 15_000, count),
        taxable_allowances=draw.integers(0, 50_000, count),
        benefits_in_kind=draw.integers(0, 30_000, count),
        untaxed_allowances=draw.integers(0, 10_000, count),
        net_deductions=draw.integers(0, 10_000, count),
        performance=Performance(paid * 100, full * 100),
        household=as_columns(households),
    )
    return columns, households


def reference_months(columns, households):
    asked = zip(
        households,
        *map(
            euro,
            (
                columns.gross,
                columns.household_residence_allowance,
                columns.taxable_allowances,
                columns.benefits_in_kind,
                columns.untaxed_allowances,
                columns.net_deductions,
            ),
        ),
        (columns.performance.paid // 100).tolist(),
        (columns.performance.full_month // 100).tolist(),
        strict=True,
    )
    day, statute = str(columns.paid_on), columns.statute.value
    for household, gross, allowance, taxable, in_kind, untaxed, deductions, paid, full in asked:
        yield reference.month(
            day,
            statute,
            gross,
            household,
            allowance=allowance,
            taxable_allowances=taxable,
            in_kind=in_kind,
            untaxed=untaxed,
            deductions=deductions,
            days=(paid, full),
        )


def cents_of(expected, name):
    return [int(each[name] * 100) for each in expected]


@pytest.mark.parametrize(("day", "statute"), GROUPS)
def test_months_of_a_population_agree_with_the_reference_on_every_amount(day, statute):
    draw = np.random.default_rng([SEED, GROUPS.index((day, statute))])
    columns, households = random_months(draw, day, statute, PEOPLE // len(GROUPS))

    result = calculate.calculate_month(columns, LAW)
    expected = list(reference_months(columns, households))

    amounts = {
        "contribution": result.contributions.total,
        "work_bonus_a": result.work_bonus.part_a,
        "work_bonus_b": result.work_bonus.part_b,
        "taxable": result.taxable,
        "annual_taxable": result.annual.taxable,
        "annual_net_taxable": result.annual.net_taxable,
        "base_tax": result.annual.base_tax,
        "family_reductions": result.family_reductions,
        "fiscal_work_bonus": result.fiscal_work_bonus,
        "withholding_tax": result.withholding_tax,
        "special_contribution": result.special_contribution,
        "net": result.net,
    }
    for name, column in amounts.items():
        assert column.tolist() == cents_of(expected, name), name


@pytest.mark.parametrize(("day", "kind"), PAYMENTS)
def test_payments_of_a_population_agree_with_the_reference_on_every_amount(day, kind):
    people = PEOPLE // 10
    draw = np.random.default_rng([SEED, PAYMENTS.index((day, kind))])
    households = random_households(draw, people, all_reductions=True)
    amount, yearly = draw.integers(0, 2_000_000, people), draw.integers(0, 10_000_000, people)
    on = date.fromisoformat(day)
    contribution = exceptional_contribution(amount, LAW.in_force("contributions", on))
    nothing = np.zeros(people, dtype=np.int64)

    result = calculate.calculate_exceptional(
        ExceptionalColumns(on, COLUMN[kind], amount, contribution, yearly, nothing, nothing, as_columns(households)),
        LAW,
    )
    expected = [
        reference.exceptional(day, kind, pay, year, household)
        for pay, year, household in zip(euro(amount), euro(yearly), households, strict=True)
    ]

    assert contribution.tolist() == cents_of(expected, "contribution")
    assert result.exceptional.rate.tolist() == cents_of(expected, "rate_pct")
    assert result.exceptional.tax.tolist() == cents_of(expected, "withholding_tax")
    assert result.net.tolist() == cents_of(expected, "net")

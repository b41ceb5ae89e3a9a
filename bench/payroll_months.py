"""People a second from gross to net: the columnar engine against the plain Decimal reference of the tests."""

import random
import sys
import time
from datetime import date
from decimal import Decimal
from pathlib import Path
from statistics import median

import numpy as np

from payroll.engine import calculate, parameters
from payroll.engine.columns import MonthColumns, whole_months
from payroll.engine.household import CivilStatus, Household, HouseholdColumns, SpouseIncome
from payroll.engine.rules.contributions import Statute

ROUNDS = 3
PEOPLE = 100_000
REFERENCE_PEOPLE = 5_000
PAID_ON = date(2026, 9, 29)


def _reference() -> object:
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from unit.test_payroll_engine import reference  # noqa: PLC0415 -- it lives with the tests

    return reference


def _people(count: int) -> tuple[list[int], list[Household]]:
    chance = random.Random(2026)
    gross = [chance.randrange(180_000, 900_000) for _ in range(count)]
    singles = [
        Household(civil_status=CivilStatus.SINGLE, spouse_income=SpouseIncome.NONE, children=chance.randrange(5))
        for _ in range(count)
    ]
    return gross, singles


def _asked(household: Household) -> dict[str, object]:
    """Return a household as the reference asks for it."""
    return {
        "civil_status": household.civil_status.value,
        "spouse_income": household.spouse_income.value,
        "children": household.children,
        "disabled_children": 0,
        "single_parent": False,
        "other_dependants": 0,
        "dependants_66_plus_in_care": 0,
        "disabled_worker": False,
        "disabled_spouse": False,
    }


def measure() -> None:
    """Print people a second, and the ratio to the Decimal reference."""
    gross, people = _people(PEOPLE)
    law = parameters.packaged()
    nothing = np.zeros(PEOPLE, dtype=np.int64)
    columns = MonthColumns(
        paid_on=PAID_ON,
        statute=Statute.CONTRACTUAL,
        gross=np.array(gross, dtype=np.int64),
        household_residence_allowance=nothing,
        taxable_allowances=nothing,
        benefits_in_kind=nothing,
        untaxed_allowances=nothing,
        net_deductions=nothing,
        performance=whole_months(PEOPLE),
        household=HouseholdColumns.of(people),
    )
    reference = _reference()
    ours, theirs = [], []
    for _ in range(ROUNDS):
        began = time.perf_counter()
        net = calculate.calculate_month(columns, law).net
        ours.append(PEOPLE / (time.perf_counter() - began))
        began = time.perf_counter()
        for cents, household in zip(gross[:REFERENCE_PEOPLE], people, strict=False):
            euros = Decimal(cents) / 100
            reference.month(str(PAID_ON), "contractual", euros, _asked(household))  # type: ignore[attr-defined]
        theirs.append(REFERENCE_PEOPLE / (time.perf_counter() - began))
    print("\ngross to net, people a second; baseline: the plain Decimal reference")
    print(f"columns of {PEOPLE}: {median(ours):,.0f}/s, {median(ours) / median(theirs):.0f} x {median(theirs):,.0f}/s")
    print(f"sum of nets: {np.sum(net) / 100:,.2f} EUR")

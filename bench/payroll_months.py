"""People a second from gross to net: the columnar engine against the Decimal reference of the tests and OpenFisca."""

import sys
import time
import tracemalloc
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from types import ModuleType

import numpy as np

from bench import environments, report
from bench.processes import Worker, worker
from payroll.engine import calculate, explain, parameters
from payroll.engine.brackets import Brackets
from payroll.engine.columns import MonthColumns, whole_months
from payroll.engine.household import Household, HouseholdColumns
from payroll.engine.law_values import Leaf, Row
from payroll.engine.money import CentsColumn, Rate, parse_cents, share
from payroll.engine.rules.contributions import Statute

ROUNDS = 7
PEOPLE = 100_000
REFERENCE_PEOPLE = 5_000
PAID_ON = date(2026, 9, 29)
AIM_OVER_REFERENCE = 15.0
SECONDS_AIM = 0.3
OPENFISCA = (
    "dpath==2.2.0", "numexpr==2.14.2", "numpy==2.4.6", "OpenFisca-Core==46.0.1", "openfisca-country_template==8.2.0",
    "pendulum==3.3.0", "psutil==7.2.2", "python-dateutil==4.0.0", "PyYAML==6.0.3", "six==1.17.0",
    "sortedcontainers==2.4.0", "StrEnum==0.4.15", "typing_extensions==4.16.0", "tzdata==2026.6",
)  # fmt: skip
TEMPLATE_INCOME_TAX = Rate.of_percent("15")
TEMPLATE_CONTRIBUTION = (("6000", "0", "0", "2"), ("12400", "120", "6000", "6"), (None, "504", "12400", "12"))
"""The two taxes of the country template in January 2024: a flat rate, and rows of upto, base, over and percentage."""


def measure() -> None:
    """Print people a second and their ratios, the time and the memory of 100,000 people."""
    columns, law = _people(PEOPLE), parameters.packaged()
    _against_reference(columns, law)
    _alone(columns, law)
    _against_openfisca()


def _against_reference(columns: MonthColumns, law: parameters.ParameterSet) -> None:
    report.heading("gross to net, people a second; baseline: the plain Decimal reference of the tests, one by one")
    reference = _reference()
    gross = [Decimal(cents) / 100 for cents in columns.gross[:REFERENCE_PEOPLE].tolist()]
    children = columns.household.children[:REFERENCE_PEOPLE].tolist()
    asked = [(euro, {"civil_status": "single", "children": count}) for euro, count in zip(gross, children, strict=True)]

    def one_by_one() -> None:
        for euro, household in asked:
            reference.month(str(PAID_ON), "contractual", euro, household)

    pairs = [
        (PEOPLE / _seconds(lambda: calculate.calculate_month(columns, law)), REFERENCE_PEOPLE / _seconds(one_by_one))
        for _ in range(ROUNDS)
    ]
    report.row(f"columns of {PEOPLE:,}", pairs, "Decimal", AIM_OVER_REFERENCE)


def _alone(columns: MonthColumns, law: parameters.ParameterSet) -> None:
    report.heading(f"gross to net of {PEOPLE:,} people on one core")
    seconds = sorted(_seconds(lambda: calculate.calculate_month(columns, law)) for _ in range(ROUNDS))[ROUNDS // 2]
    verdict = "reached" if seconds < SECONDS_AIM else "not reached"
    print(f"  {seconds:.3f} s  aim {SECONDS_AIM:g} s: {verdict}")
    tracemalloc.start()
    result = calculate.calculate_month(columns, law)
    print(f"  peak memory beyond the input {tracemalloc.get_traced_memory()[1] / 2**20:.0f} MB")
    tracemalloc.stop()
    lines = explain.month_lines(columns, result)
    spent = _seconds(lambda: sum(len(each) for each in explain.by_person(lines)))
    print(f"  every line of every slip as Python objects: {PEOPLE / spent:,.0f} people a second")


def _against_openfisca() -> None:
    report.heading(
        "the two taxes of OpenFisca's country template, people a second; baseline: OpenFisca itself (floats)"
    )
    try:
        python = environments.python("openfisca", OPENFISCA)
    except environments.CannotBeBuilt as error:
        report.skipped("OpenFisca", f"its country template cannot be installed: {error}")
        return
    with worker("bench.openfisca_tax", python=python) as theirs:
        salaries = np.arange(1, PEOPLE + 1, dtype=np.int64) * 20
        _require_same(theirs, salaries)
        pairs = [
            (PEOPLE / _seconds(lambda: _template_taxes(salaries)), PEOPLE / theirs.ask("seconds", PEOPLE))
            for _ in range(ROUNDS)
        ]
    report.row("the same taxes in cents", pairs, "OpenFisca", None)


def _require_same(theirs: Worker, salaries: CentsColumn) -> None:
    ours = int(np.sum(_template_taxes(salaries)))
    gap = abs(ours - theirs.ask("cents", PEOPLE))
    assert gap < PEOPLE, f"the taxes differ by {gap:.0f} cents"


def _template_taxes(salaries: CentsColumn) -> CentsColumn:
    cells = [dict(zip(("upto", "base", "over", "rate"), row, strict=True)) for row in TEMPLATE_CONTRIBUTION]
    rows = [
        Row(
            {
                name: Leaf(Rate.of_percent(text) if name == "rate" else parse_cents(text), Path("template"), 1)
                for name, text in row.items()
                if text is not None
            }
        )
        for row in cells
    ]
    return share(salaries, TEMPLATE_INCOME_TAX) + Brackets.of(rows).apply(salaries)


def _people(count: int) -> MonthColumns:
    draw = np.random.default_rng(2026)
    nothing = np.zeros(count, dtype=np.int64)
    return MonthColumns(
        paid_on=PAID_ON,
        statute=Statute.CONTRACTUAL,
        gross=draw.integers(180_000, 900_000, count),
        household_residence_allowance=nothing,
        taxable_allowances=nothing,
        benefits_in_kind=nothing,
        untaxed_allowances=nothing,
        net_deductions=nothing,
        performance=whole_months(count),
        household=HouseholdColumns.of(Household(children=each) for each in draw.integers(0, 5, count).tolist()),
    )


def _reference() -> ModuleType:
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    from unit.test_payroll_engine import reference  # noqa: PLC0415 -- it lives with the tests

    return reference


def _seconds(work: Callable[[], object]) -> float:
    began = time.perf_counter()
    work()
    return time.perf_counter() - began

"""From facts to the amounts of a month: one call of the engine per statute, however many people there are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np

from payroll.engine.calculate import calculate_month, month_law, unavailable_reductions
from payroll.engine.columns import MonthColumns
from payroll.engine.components import Component, month_columns
from payroll.engine.errors import ParameterMissing, PastVerified
from payroll.engine.explain import month_lines
from payroll.engine.household import HouseholdColumns
from payroll.engine.money import Cents, CentsColumn, half_up_to_cent, truncate_to_cent
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.engine.rules import family_reductions
from payroll.engine.rules.contributions import Statute
from payroll.engine.rules.part_month import part_of_month
from payroll.engine.rules.work_bonus import DAY, Performance
from payroll.engine.wage_types import WageType
from payroll.facts.kinds import Treatment
from payroll.facts.known import KnownFact
from payroll.runs import paid_apart
from payroll.runs.amounts import Amounts, by_person
from payroll.runs.person_months import PersonMonth, person_month
from payroll.runs.problems import EVERYBODY, Problem

STATED: Mapping[Treatment, WageType] = {
    Treatment.HOUSEHOLD_RESIDENCE: WageType.HOUSEHOLD_RESIDENCE_ALLOWANCE,
    Treatment.TAXABLE: WageType.TAXABLE_ALLOWANCES,
    Treatment.UNTAXED: WageType.UNTAXED_ALLOWANCES,
    Treatment.DEDUCTION: WageType.NET_DEDUCTIONS,
}
"""As which wage type an amount is paid that somebody stated."""
ORDER = {wage_type.name.lower(): position for position, wage_type in enumerate(WageType)}


@dataclass
class Calculation:
    """By person: the amounts of a month and the date of each law table, or why it could not be calculated."""

    amounts: dict[int, Amounts] = field(default_factory=dict)
    parameters: dict[int, dict[str, str]] = field(default_factory=dict)
    problems: dict[int, Problem] = field(default_factory=dict)

    def add(self, other: "Calculation") -> None:
        """Take in the same month of other people."""
        self.amounts.update(other.amounts)
        self.parameters.update(other.parameters)
        self.problems.update(other.problems)


def calculate(
    facts: Mapping[int, Sequence[KnownFact]],
    month: PayMonth,
    known_at: Mapping[int, datetime],
    parameters: ParameterSet,
) -> Calculation:
    """Calculate a month of many people, each as known at a moment of their own; who has no pay is left out.

    A person who cannot be calculated becomes a problem and stops nobody else; law tables that do not cover the
    month are one problem for everybody.
    """
    calculation = Calculation()
    by_statute: dict[Statute, list[PersonMonth]] = defaultdict(list)
    for person_id, moment in known_at.items():
        found = person_month(person_id, facts.get(person_id, ()), month, moment)
        if isinstance(found, Problem):
            calculation.problems[person_id] = found
        elif found is not None and (problem := paid_apart.undecided(found, month)) is not None:
            calculation.problems[person_id] = problem
        elif found is not None:
            by_statute[found.statute].append(found)
    for statute, people in by_statute.items():
        try:
            _calculate_statute(calculation, statute, people, month, parameters)
        except (ParameterMissing, PastVerified) as error:
            problem = Problem(EVERYBODY, _tables(error), str(month), str(error), error.on)
            calculation.problems.update({person.person_id: problem for person in people})
    return calculation


def _tables(error: ParameterMissing | PastVerified) -> str:
    return error.table if isinstance(error, ParameterMissing) else ", ".join(error.verified_until)


def difference(before: Amounts, after: Amounts) -> dict[str, Cents]:
    """Return what changed, by wage type in the order of the slip; what did not change is left out."""
    names = sorted(before.keys() | after.keys(), key=ORDER.__getitem__)
    changes = {name: after.get(name, 0) - before.get(name, 0) for name in names}
    return {name: amount for name, amount in changes.items() if amount}


def _calculate_statute(
    calculation: Calculation, statute: Statute, people: list[PersonMonth], month: PayMonth, parameters: ParameterSet
) -> None:
    month_law(statute, month.last_on, parameters)  # refuses with every table that does not cover the month, not one
    people = _without_unavailable(calculation, people, month.last_on, parameters)
    if not people:
        return
    inputs = _columns(statute, people, month)
    result = calculate_month(inputs, parameters)
    dates = {table: on.isoformat() for table, on in result.parameter_dates.items()}
    for person, amounts in zip(people, by_person(month_lines(inputs, result)), strict=True):
        calculation.amounts[person.person_id] = amounts
        calculation.parameters[person.person_id] = dates
    _pay_apart(calculation, people, month, parameters)


def _pay_apart(calculation: Calculation, people: list[PersonMonth], month: PayMonth, parameters: ParameterSet) -> None:
    """Add what is paid apart to the month; where the tables do not cover it, only those wait to whom it is due."""
    due = [person for person in people if any(kind.is_paid_apart for kind in person.beside)]
    try:
        for payments in paid_apart.of_people(due, month, parameters):
            for person_id, amounts in payments.amounts.items():
                calculation.amounts[person_id] = _added(calculation.amounts[person_id], amounts)
                calculation.parameters[person_id] = calculation.parameters[person_id] | payments.parameters
    except (ParameterMissing, PastVerified) as error:
        for person in due:
            problem = Problem(person.person_id, _tables(error), str(month), str(error), error.on)
            calculation.problems[person.person_id] = problem


def _without_unavailable(
    calculation: Calculation, people: list[PersonMonth], on: date, parameters: ParameterSet
) -> list[PersonMonth]:
    """Set apart who needs a reduction that the tables do not hold, each with a problem."""
    columns = HouseholdColumns.of(person.household for person in people)
    for reduction, needed in unavailable_reductions(columns, on, parameters).items():
        error = ParameterMissing(family_reductions.TABLE, on, reduction)
        for index in np.flatnonzero(needed).tolist():
            person_id = people[index].person_id
            problem = Problem(person_id, error.table, str(PayMonth.of(on)), str(error), on)
            calculation.problems[person_id] = problem
    return [person for person in people if person.person_id not in calculation.problems]


def _columns(statute: Statute, people: list[PersonMonth], month: PayMonth) -> MonthColumns:
    gross, performance = _gross(people, month)
    beside = [
        Component(wage_type, np.array([person.beside.get(treatment, 0) for person in people], dtype=np.int64))
        for treatment, wage_type in STATED.items()
    ]
    household = HouseholdColumns.of(person.household for person in people)
    return month_columns(month.last_on, statute, [Component(WageType.GROSS, gross), *beside], performance, household)


def _gross(people: list[PersonMonth], month: PayMonth) -> tuple[CentsColumn, Performance]:
    """Return the gross pay and the days paid: full-time pay by the fraction, then by the working days of each part."""
    index, full_time, numerator, denominator, days_before, days = np.array(_parts(people), dtype=np.int64).T
    working_days = month.working_days()
    full_month = truncate_to_cent(full_time * numerator, denominator)
    parts = part_of_month(full_month, days_before, days, np.full_like(days, working_days))
    gross, paid = np.zeros(len(people), dtype=np.int64), np.zeros(len(people), dtype=np.int64)
    np.add.at(gross, index, parts)
    np.add.at(paid, index, half_up_to_cent(days * DAY * numerator, denominator))
    return gross, Performance(paid, np.full_like(paid, working_days * DAY))


def _parts(people: list[PersonMonth]) -> list[tuple[int, Cents, int, int, int, int]]:
    """Return each part of each person's month: whose, the pay, the fraction, the days paid before it, its days.

    Days without pay do not count among those before: pay from the middle of a month is the truncated part of it.
    """
    rows = []
    for index, person in enumerate(people):
        days_before = 0
        for part in person.parts:
            fraction = (part.part.numerator, part.part.denominator)
            rows.append((index, part.pay.gross_month, *fraction, days_before, part.working_days))
            days_before += part.working_days
    return rows


def _added(one: Amounts, other: Amounts) -> Amounts:
    """Return two sets of amounts as one, in the order of the slip."""
    sums = {name: one.get(name, 0) + other.get(name, 0) for name in one.keys() | other.keys()}
    return {name: sums[name] for name in sorted(sums, key=ORDER.__getitem__) if sums[name]}

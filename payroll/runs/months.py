"""From facts to the amounts of a month: one call of the engine per statute, however many people there are."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import numpy as np

from payroll.engine.calculate import calculate_month, month_law, unavailable_reductions
from payroll.engine.columns import cents_column
from payroll.engine.errors import ParameterMissing, PastVerified
from payroll.engine.explain import LineColumn, month_lines
from payroll.engine.household import HouseholdColumns
from payroll.engine.money import Cents
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.engine.rules import family_reductions, special_contribution
from payroll.engine.rules.contributions import Statute
from payroll.engine.wage_types import WageType
from payroll.facts.known import KnownFact
from payroll.runs import month_inputs, normal_pay, paid_apart, quarters, ruled_allowances, yearly_pay
from payroll.runs.amounts import Amounts, by_person
from payroll.runs.month_inputs import MonthInputs
from payroll.runs.person_months import PersonMonth
from payroll.runs.problems import Problem
from payroll.runs.quarters import SETTLEMENT, Advances, Settlement
from payroll.runs.ruled_allowances import of_law, tables_of
from payroll.runs.scale_pay import as_amount

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
    asked = MonthInputs(month, parameters, calculation.problems)
    advances = Advances(month)
    for person_id, moment in known_at.items():
        asked.take(person_id, facts.get(person_id, ()), moment)
    for statute, people in asked.by_statute.items():
        try:
            _calculate_statute(calculation, statute, people, asked, advances)
        except (ParameterMissing, PastVerified) as error:
            problem = of_law(error, month)
            calculation.problems.update({person.person_id: problem for person in people})
    _settle_quarter(calculation, quarters.settle(advances, facts, known_at, parameters))
    return calculation


def _settle_quarter(calculation: Calculation, settlement: Settlement) -> None:
    """Add to the month what settles the quarter; who cannot be settled is not paid in part."""
    for person_id, amounts in settlement.amounts.items():
        owed = amounts.get(SETTLEMENT, 0)
        if owed:
            calculation.amounts[person_id] = _added(calculation.amounts[person_id], {**amounts, "net": -owed})
        calculation.parameters[person_id] = {**calculation.parameters[person_id], **settlement.parameters}
    for person_id, problem in settlement.problems.items():
        calculation.problems[person_id] = problem
        del calculation.amounts[person_id], calculation.parameters[person_id]


def difference(before: Amounts, after: Amounts) -> dict[str, Cents]:
    """Return what changed, by wage type in the order of the slip; what did not change is left out."""
    names = sorted(before.keys() | after.keys(), key=ORDER.__getitem__)
    changes = {name: after.get(name, 0) - before.get(name, 0) for name in names}
    return {name: amount for name, amount in changes.items() if amount}


def _calculate_statute(
    calculation: Calculation,
    statute: Statute,
    people: list[PersonMonth],
    asked: MonthInputs,
    advances: Advances,
) -> None:
    month, parameters = asked.month, asked.parameters
    of_quarter = (special_contribution.QUARTER_TABLE,) if month == month.quarter[-1] else ()
    # refuses with every table that does not cover the month, not one
    month_law(statute, month.last_on, parameters, of_quarter)
    if asked.unverified is not None:
        calculation.problems.update({person.person_id: asked.unverified for person in people})
        return
    people = _without_unavailable(calculation, people, month.last_on, parameters)
    ruled, problems = ruled_allowances.work_out(people, month, parameters)
    calculation.problems.update(problems)
    people = [person for person in people if person.person_id not in problems]
    if not people:
        return
    inputs, components = month_inputs.columns(statute, people, month, ruled)
    result = calculate_month(inputs, parameters)
    versions = {table: law.version for table, law in result.law.items()}
    lines = [*month_lines(inputs, result, components), *_scale_lines(people)]
    for person, amounts in zip(people, by_person(lines), strict=True):
        calculation.amounts[person.person_id] = amounts
        calculation.parameters[person.person_id] = {**versions, **person.versions} if person.versions else versions
    advances.add(people, result.contributions.base, result.special_contribution)
    for rule in ruled:
        own = {table: law.version for table, law in rule.law.items()}
        for person_id in rule.amounts.keys() & calculation.amounts.keys():
            calculation.parameters[person_id] = calculation.parameters[person_id] | own
    _pay_apart(calculation, statute, people, asked, advances)


def _scale_lines(people: list[PersonMonth]) -> list[LineColumn]:
    """Return the line that tells what the scale comes to, where somebody is paid by one."""
    if all(person.annual_at_pivot is None for person in people):
        return []
    months = [0 if one.annual_at_pivot is None else as_amount(one.usual[0]).gross_month for one in people]
    return [LineColumn(WageType.FULL_TIME_PAY, cents_column(months))]


def _pay_apart(
    calculation: Calculation, statute: Statute, people: list[PersonMonth], asked: MonthInputs, advances: Advances
) -> None:
    """Add what is paid apart to the month; where the tables do not cover it, only those wait to whom it is due."""
    month, parameters = asked.month, asked.parameters
    due = [one for one in people if asked.yearly.get(one.person_id) or any(kind.is_paid_apart for kind in one.beside)]
    try:
        due = yearly_pay.added(due, asked.yearly, month, parameters)
        annual_pay, lacking = normal_pay.of_year(statute, due, month, parameters)
        _leave_out(calculation, advances, lacking)
        due = [person for person in due if person.person_id not in lacking]
        for payments in paid_apart.of_people(due, annual_pay, month, parameters):
            for person_id, amounts in payments.amounts.items():
                calculation.amounts[person_id] = _added(calculation.amounts[person_id], amounts)
                calculation.parameters[person_id] = calculation.parameters[person_id] | payments.parameters
        advances.add_apart(due)
        for person in due:
            calculation.parameters[person.person_id] = {**calculation.parameters[person.person_id], **person.versions}
    except (ParameterMissing, PastVerified) as error:
        why = (tables_of(error), str(month), str(error), error.on)
        _leave_out(calculation, advances, {one.person_id: Problem(one.person_id, *why) for one in due})


def _leave_out(calculation: Calculation, advances: Advances, problems: Mapping[int, Problem]) -> None:
    """Take back the month of people whose pay cannot be worked out after all."""
    calculation.problems.update(problems)
    for person_id in problems:
        del calculation.amounts[person_id], calculation.parameters[person_id]
        advances.leave_out(person_id)


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


def _added(one: Amounts, other: Amounts) -> Amounts:
    """Return two sets of amounts as one, in the order of the slip."""
    sums = {name: one.get(name, 0) + other.get(name, 0) for name in one.keys() | other.keys()}
    return {name: sums[name] for name in sorted(sums, key=ORDER.__getitem__) if sums[name]}

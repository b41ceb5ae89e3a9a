"""From facts to the amounts of a month: one call of the engine per statute, however many people there are."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime

import numpy as np

from payroll.engine.calculate import calculate_month, month_law, unavailable_reductions
from payroll.engine.columns import MonthColumns, cents_column
from payroll.engine.components import Component, month_columns
from payroll.engine.errors import ParameterMissing, PastVerified
from payroll.engine.explain import LineColumn, month_lines
from payroll.engine.household import HouseholdColumns
from payroll.engine.money import Cents, CentsColumn, half_up_to_cent, truncate_to_cent
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.engine.rules import family_reductions
from payroll.engine.rules.contributions import Statute
from payroll.engine.rules.part_month import part_of_month
from payroll.engine.rules.work_bonus import DAY, HOURS_OF_A_DAY, Performance
from payroll.engine.wage_types import WageType
from payroll.facts.kinds import Treatment
from payroll.facts.known import KnownFact
from payroll.runs import paid_apart, ruled_allowances, yearly_pay
from payroll.runs.amounts import Amounts, by_person
from payroll.runs.person_months import PersonMonth, is_owed_apart, month_after_exit, person_month
from payroll.runs.problems import Problem
from payroll.runs.ruled_allowances import RuledAmounts, of_law, tables_of
from payroll.runs.scale_pay import ScalePay, as_amount
from payroll.runs.yearly_pay import Basis, Yearly

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
    asked = _Asked(month, parameters, calculation)
    for person_id, moment in known_at.items():
        asked.take(person_id, facts.get(person_id, ()), moment)
    for statute, people in asked.by_statute.items():
        try:
            _calculate_statute(calculation, statute, people, asked)
        except (ParameterMissing, PastVerified) as error:
            problem = of_law(error, month)
            calculation.problems.update({person.person_id: problem for person in people})
    return calculation


class _Asked:
    """What is asked about a month: each person's part of it, by statute; who cannot be asked about is a problem."""

    def __init__(self, month: PayMonth, parameters: ParameterSet, calculation: Calculation) -> None:
        self.month, self.parameters = month, parameters
        self.by_statute: dict[Statute, list[PersonMonth]] = defaultdict(list)
        self.yearly: dict[int, list[Basis]] = {}
        self._scales = ScalePay(month, parameters)
        self._calculation = calculation
        self._due, self.unverified = _due_in(month, parameters)
        self._since = min((one.counts[0].first_on for one in self._due), default=month.first_on)

    def take(self, person_id: int, facts: Sequence[KnownFact], moment: datetime) -> None:
        """Ask about one person, as known at a moment; who has neither pay nor anything due is left out."""
        try:
            bases = yearly_pay.bases(facts, moment, self._due, self.month, self.parameters) if self._due else []
            found = person_month(person_id, facts, self.month, moment)
            if found is None and (bases or is_owed_apart(facts, self.month, moment)):
                found = month_after_exit(person_id, facts, self.month, moment, self._since)
            if isinstance(found, PersonMonth):
                found = paid_apart.undecided(found, self.month) or self._scales.resolved(found)
        except PastVerified as error:
            found = of_law(error, self.month)
            if yearly_pay.EXIT_TABLE in error.verified_until:  # who has left is a case of its own, and has to be named
                found = replace(found, person_id=person_id)
        except ParameterMissing as error:
            found = Problem(person_id, error.table, str(self.month), str(error), error.on)
        if isinstance(found, Problem):
            self._calculation.problems[person_id] = found
        elif found is not None:
            self.by_statute[found.statute].append(found)
            if bases:
                self.yearly[person_id] = bases


def _due_in(month: PayMonth, parameters: ParameterSet) -> tuple[list[Yearly], Problem | None]:
    """Return what is due in a month once a year, or that nobody verified whether something is."""
    try:
        return yearly_pay.due_in(month, parameters), None
    except PastVerified as error:
        return [], of_law(error, month)


def difference(before: Amounts, after: Amounts) -> dict[str, Cents]:
    """Return what changed, by wage type in the order of the slip; what did not change is left out."""
    names = sorted(before.keys() | after.keys(), key=ORDER.__getitem__)
    changes = {name: after.get(name, 0) - before.get(name, 0) for name in names}
    return {name: amount for name, amount in changes.items() if amount}


def _calculate_statute(calculation: Calculation, statute: Statute, people: list[PersonMonth], asked: "_Asked") -> None:
    month, parameters = asked.month, asked.parameters
    month_law(statute, month.last_on, parameters)  # refuses with every table that does not cover the month, not one
    if asked.unverified is not None:
        calculation.problems.update({person.person_id: asked.unverified for person in people})
        return
    people = _without_unavailable(calculation, people, month.last_on, parameters)
    ruled, problems = ruled_allowances.work_out(people, month, parameters)
    calculation.problems.update(problems)
    people = [person for person in people if person.person_id not in problems]
    if not people:
        return
    inputs, components = _columns(statute, people, month, ruled)
    result = calculate_month(inputs, parameters)
    versions = {table: law.version for table, law in result.law.items()}
    lines = [*month_lines(inputs, result, components), *_scale_lines(people)]
    for person, amounts in zip(people, by_person(lines), strict=True):
        calculation.amounts[person.person_id] = amounts
        calculation.parameters[person.person_id] = {**versions, **person.versions} if person.versions else versions
    for rule in ruled:
        own = {table: law.version for table, law in rule.law.items()}
        for person_id in rule.amounts.keys() & calculation.amounts.keys():
            calculation.parameters[person_id] = calculation.parameters[person_id] | own
    _pay_apart(calculation, people, asked)


def _scale_lines(people: list[PersonMonth]) -> list[LineColumn]:
    """Return the line that tells what the scale comes to, where somebody is paid by one."""
    if all(person.annual_at_pivot is None for person in people):
        return []
    months = [0 if one.annual_at_pivot is None else as_amount(one.usual[0]).gross_month for one in people]
    return [LineColumn(WageType.FULL_TIME_PAY, cents_column(months))]


def _pay_apart(calculation: Calculation, people: list[PersonMonth], asked: "_Asked") -> None:
    """Add what is paid apart to the month; where the tables do not cover it, only those wait to whom it is due."""
    month, parameters = asked.month, asked.parameters
    due = [one for one in people if asked.yearly.get(one.person_id) or any(kind.is_paid_apart for kind in one.beside)]
    try:
        due = yearly_pay.added(due, asked.yearly, month, parameters)
        for payments in paid_apart.of_people(due, month, parameters):
            for person_id, amounts in payments.amounts.items():
                calculation.amounts[person_id] = _added(calculation.amounts[person_id], amounts)
                calculation.parameters[person_id] = calculation.parameters[person_id] | payments.parameters
        for person in due:
            calculation.parameters[person.person_id] = {**calculation.parameters[person.person_id], **person.versions}
    except (ParameterMissing, PastVerified) as error:
        for person in due:
            problem = Problem(person.person_id, tables_of(error), str(month), str(error), error.on)
            calculation.problems[person.person_id] = problem
            del calculation.amounts[person.person_id], calculation.parameters[person.person_id]


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


def _columns(
    statute: Statute, people: list[PersonMonth], month: PayMonth, ruled: Sequence[RuledAmounts]
) -> tuple[MonthColumns, list[Component]]:
    """Return the month of these people, and the elements that it was added up from, one of each wage type."""
    gross, performance = _gross(people, month)
    amounts = {WageType.GROSS: gross}
    for treatment, wage_type in STATED.items():
        amounts[wage_type] = cents_column([person.beside.get(treatment, 0) for person in people])
    for rule in ruled:
        own = cents_column([rule.amounts.get(person.person_id, 0) for person in people])
        amounts[rule.wage_type] = amounts[rule.wage_type] + own if rule.wage_type in amounts else own
    components = [Component(wage_type, column) for wage_type, column in amounts.items()]
    household = HouseholdColumns.of(person.household for person in people)
    return month_columns(month.last_on, statute, components, performance, household), components


def _gross(people: list[PersonMonth], month: PayMonth) -> tuple[CentsColumn, Performance]:
    """Return the gross pay and what was paid of the month: by the fraction, then by the working days of each part.

    Who works part time on any paid day is measured by hours, everybody else by days.
    """
    index, full_time, numerator, denominator, days_before, days = np.array(_parts(people), dtype=np.int64).T
    working_days = month.working_days()
    full_month = truncate_to_cent(full_time * numerator, denominator)
    parts = part_of_month(full_month, days_before, days, np.full_like(days, working_days))
    gross, paid = np.zeros(len(people), dtype=np.int64), np.zeros(len(people), dtype=np.int64)
    np.add.at(gross, index, parts)
    of_a_day = np.full_like(paid, DAY)
    of_a_day[index[(numerator < denominator) & (days > 0)]] = HOURS_OF_A_DAY
    np.add.at(paid, index, half_up_to_cent(days * of_a_day[index] * numerator, denominator))
    return gross, Performance(paid, working_days * of_a_day)


def _parts(people: list[PersonMonth]) -> list[tuple[int, Cents, int, int, int, int]]:
    """Return each part of each person's month: whose, the pay, the fraction, the days paid before it, its days.

    Days without pay do not count among those before: pay from the middle of a month is the truncated part of it.
    """
    rows = []
    for index, person in enumerate(people):
        days_before = 0
        for part in person.parts:
            fraction = (part.part.numerator, part.part.denominator)
            rows.append((index, as_amount(part.pay).gross_month, *fraction, days_before, part.working_days))
            days_before += part.working_days
    return rows


def _added(one: Amounts, other: Amounts) -> Amounts:
    """Return two sets of amounts as one, in the order of the slip."""
    sums = {name: one.get(name, 0) + other.get(name, 0) for name in one.keys() | other.keys()}
    return {name: sums[name] for name in sorted(sums, key=ORDER.__getitem__) if sums[name]}

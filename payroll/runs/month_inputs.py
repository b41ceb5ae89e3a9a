"""What the engine is asked about a month: who is paid, statute by statute, and the columns of their pay."""

from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

import numpy as np

from payroll.engine.columns import MonthColumns, cents_column
from payroll.engine.components import Component, month_columns
from payroll.engine.errors import ParameterMissing, PastVerified
from payroll.engine.household import HouseholdColumns
from payroll.engine.money import Cents, CentsColumn, half_up_to_cent, truncate_to_cent
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.engine.rules.contributions import Statute
from payroll.engine.rules.part_month import part_of_month
from payroll.engine.rules.work_bonus import DAY, HOURS_OF_A_DAY, Performance
from payroll.engine.wage_types import WageType
from payroll.facts.kinds import Treatment
from payroll.facts.known import KnownFact
from payroll.runs import paid_apart, yearly_pay
from payroll.runs.person_months import PersonMonth, is_owed_apart, month_after_exit, person_month, with_usual_allowances
from payroll.runs.problems import Problem
from payroll.runs.ruled_allowances import RuledAmounts, of_law
from payroll.runs.scale_pay import ScalePay, as_amount
from payroll.runs.yearly_pay import Basis, Yearly

STATED: Mapping[Treatment, WageType] = {
    Treatment.HOUSEHOLD_RESIDENCE: WageType.HOUSEHOLD_RESIDENCE_ALLOWANCE,
    Treatment.TAXABLE: WageType.TAXABLE_ALLOWANCES,
    Treatment.UNTAXED: WageType.UNTAXED_ALLOWANCES,
    Treatment.DEDUCTION: WageType.NET_DEDUCTIONS,
}
"""As which wage type an amount is paid that somebody stated."""


class MonthInputs:
    """What is asked about a month: each person's part of it, by statute; who cannot be asked about is a problem."""

    def __init__(
        self,
        month: PayMonth,
        parameters: ParameterSet,
        problems: dict[int, Problem],
        yearly: Collection[Treatment] = yearly_pay.PAID_YEARLY,
    ) -> None:
        """Ask about a month, and the `yearly` payments that are named; who cannot be asked about joins `problems`."""
        self.month, self.parameters = month, parameters
        self.by_statute: dict[Statute, list[PersonMonth]] = defaultdict(list)
        self.yearly: dict[int, list[Basis]] = {}
        self._scales = ScalePay(month, parameters)
        self._problems = problems
        self._due, self.unverified = _due_in(month, parameters, yearly)
        self._since = min((one.counts[0].first_on for one in self._due), default=month.first_on)

    @property
    def may_pay_yearly(self) -> bool:
        """Whether one of the yearly payments is part of the month, or nobody verified that none is."""
        return bool(self._due) or self.unverified is not None

    def take(self, person_id: int, facts: Sequence[KnownFact], moment: datetime) -> None:
        """Ask about one person, as known at a moment; who has neither pay nor anything due is left out."""
        try:
            bases = yearly_pay.bases(facts, moment, self._due, self.month, self.parameters) if self._due else []
            found = person_month(person_id, facts, self.month, moment)
            if found is None and (bases or is_owed_apart(facts, self.month, moment)):
                found = month_after_exit(person_id, facts, self.month, moment, self._since)
            if isinstance(found, PersonMonth):
                found = paid_apart.undecided(found, self.month) or self._scales.resolved(found)
            if isinstance(found, PersonMonth) and (bases or any(kind.is_paid_apart for kind in found.beside)):
                found = with_usual_allowances(found, facts, self.month, moment)
        except PastVerified as error:
            found = of_law(error, self.month)
            if yearly_pay.EXIT_TABLE in error.verified_until:  # who has left is a case of its own, and has to be named
                found = replace(found, person_id=person_id)
        except ParameterMissing as error:
            found = Problem(person_id, error.table, str(self.month), str(error), error.on)
        if isinstance(found, Problem):
            self._problems[person_id] = found
        elif found is not None:
            self.by_statute[found.statute].append(found)
            if bases:
                self.yearly[person_id] = bases


def _due_in(
    month: PayMonth, parameters: ParameterSet, yearly: Collection[Treatment]
) -> tuple[list[Yearly], Problem | None]:
    """Return what is due in a month once a year, or that nobody verified whether something is."""
    try:
        return yearly_pay.due_in(month, parameters, yearly), None
    except PastVerified as error:
        return [], of_law(error, month)


def columns(
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

"""Settles the special contribution of a quarter with the last pay in it: what is due, less the advances of its months.

The instructions of the social security office take the contribution on the pay of the quarter and let the last amount
that is withheld differ from the others, as that pay is known at its end (ONSS/RSZ, special contribution).
"""

from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

import numpy as np

from payroll.engine.columns import cents_column
from payroll.engine.errors import ParameterMissing, PastVerified
from payroll.engine.explain import quarter_lines
from payroll.engine.household import Household, HouseholdColumns
from payroll.engine.money import Cents, CentsColumn
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.engine.rules import contributions, special_contribution
from payroll.engine.rules.contributions import Statute
from payroll.engine.rules.special_contribution import QUARTER_TABLE
from payroll.engine.wage_types import WageType
from payroll.facts.kinds import Treatment
from payroll.facts.known import KnownFact
from payroll.facts.models import FactKind
from payroll.runs import paid_apart, ruled_allowances, yearly_pay
from payroll.runs.amounts import Amounts, by_person
from payroll.runs.month_inputs import MonthInputs, columns
from payroll.runs.person_months import PersonMonth, goes_on
from payroll.runs.problems import Problem
from payroll.runs.ruled_allowances import of_law

SETTLEMENT = WageType.SPECIAL_CONTRIBUTION_QUARTER.name.lower()
"""The amount of a month by which its quarter is settled."""
COUNTED = (Treatment.END_OF_YEAR_ALLOWANCE,)
"""What is paid apart and yet is pay of the quarter: holiday pay is not."""
BESIDE_PAY = frozenset(
    {FactKind.ACCOUNT, FactKind.ADDRESS, FactKind.COUNT, FactKind.TELEWORK, FactKind.COMMUTING, FactKind.CERTIFICATE}
)
"""Facts that change nothing in the pay that bears contributions."""


@dataclass
class Advances:
    """What people are paid in a month that bears contributions, and the advance withheld on it, in cents by person."""

    month: PayMonth
    people: dict[int, PersonMonth] = field(default_factory=dict)
    base: dict[int, Cents] = field(default_factory=dict)
    apart: dict[int, Cents] = field(default_factory=dict)
    withheld: dict[int, Cents] = field(default_factory=dict)
    problems: dict[int, Problem] = field(default_factory=dict)

    def add(self, people: Sequence[PersonMonth], base: CentsColumn, withheld: CentsColumn) -> None:
        """Take in some people, with what they are paid in the month itself."""
        for person, paid, advance in zip(people, base.tolist(), withheld.tolist(), strict=True):
            self.people[person.person_id] = person
            self.base[person.person_id] = paid
            self.withheld[person.person_id] = advance

    def add_apart(self, people: Sequence[PersonMonth]) -> None:
        """Take in what is paid apart to some of them and counts as pay of the quarter: no advance is taken of it."""
        for person in people:
            self.apart[person.person_id] = paid_apart.contribution_base(person)

    def paid_to(self, people: Sequence[int]) -> CentsColumn:
        """Return what the month brings of the pay of a quarter to each of these people."""
        return cents_column([self.base.get(one, 0) + self.apart.get(one, 0) for one in people])

    def withheld_of(self, people: Sequence[int]) -> CentsColumn:
        """Return the advance of each of these people."""
        return cents_column([self.withheld.get(one, 0) for one in people])

    def leave_out(self, person_id: int) -> None:
        """Leave out somebody whose month cannot be calculated after all."""
        del self.people[person_id], self.base[person_id], self.withheld[person_id]


@dataclass(frozen=True)
class Settlement:
    """What a month withholds, or gives back, to settle the quarter of those whose last pay of it the month brings."""

    amounts: Mapping[int, Amounts] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    problems: Mapping[int, Problem] = field(default_factory=dict)


@dataclass(frozen=True)
class _Known:
    """What is known of whom, and when, and by which law it is looked at."""

    facts: Mapping[int, Sequence[KnownFact]]
    at: Mapping[int, datetime]
    parameters: ParameterSet

    def is_steady(self, person_id: int, month: PayMonth) -> bool:
        """Return whether one pay and one household hold on all days of a quarter until a month, and nothing beside."""
        since, until, at = month.quarter[0].first_on, month.last_on, self.at[person_id]
        return all(
            fact.kind in BESIDE_PAY
            or (
                fact.kind in (FactKind.PAY, FactKind.HOUSEHOLD)
                and fact.counters_id is None
                and fact.valid_from <= since
                and (fact.valid_to is None or fact.valid_to >= until)
            )
            for fact in self.facts.get(person_id, ())
            if fact.known_from <= at
        )

    def settles(self, person_id: int, month: PayMonth) -> bool:
        """Return whether a month brings the last pay of its quarter to somebody who is paid in it."""
        return not goes_on(self.facts.get(person_id, ()), month, self.at[person_id])


def settle(
    last: Advances,
    facts: Mapping[int, Sequence[KnownFact]],
    known_at: Mapping[int, datetime],
    parameters: ParameterSet,
) -> Settlement:
    """Settle the quarter of those to whom a month brings the last pay of it, each as known at a moment of their own.

    The household is that of the month with the last pay, as for its advance: several in a quarter have no rule of
    their own. Whose earlier months cannot be worked out, or whom the table of the quarter does not cover, becomes a
    problem.
    """
    known = _Known(facts, known_at, parameters)
    settling = [person_id for person_id in last.base if known.settles(person_id, last.month)]
    if not settling:
        return Settlement()
    steady = [person_id for person_id in settling if known.is_steady(person_id, last.month)]
    earlier = [_advances(month, settling, steady, known, last) for month in last.month.quarter if month < last.month]
    problems = {person_id: problem for month in earlier for person_id, problem in month.problems.items()}
    people = [person_id for person_id in settling if person_id not in problems]
    try:
        law = parameters.in_force(QUARTER_TABLE, last.month.last_on)
        base, withheld, households = _until(last, earlier, people, known)
        owed = special_contribution.quarter_settlement(
            base, withheld, HouseholdColumns.of(households), law, parameters.readings.small_own_income
        )
    except (ParameterMissing, PastVerified) as error:
        return Settlement(problems=problems | {one: of_law(error, last.month, one) for one in people})
    amounts = dict(zip(people, by_person(quarter_lines(base, owed, law)), strict=True))
    return Settlement(amounts, {QUARTER_TABLE: law.version}, problems)


def _until(
    last: Advances, earlier: Sequence[Advances], people: Sequence[int], known: _Known
) -> tuple[CentsColumn, CentsColumn, list[Household]]:
    """Return the pay of the quarter until a month, what was withheld of it, and the household of the last pay in it.

    Who is paid something more after the last pay had been settled by then, and a household of later is not asked.
    """
    base = withheld = np.zeros(len(people), dtype=np.int64)
    households: dict[int, Household] = {}
    for month in earlier:
        base, withheld = base + month.paid_to(people), withheld + month.withheld_of(people)
        left = [
            index
            for index, person_id in enumerate(people)
            if person_id in month.base and known.settles(person_id, month.month)
        ]
        if left:
            gone = [people[index] for index in left]
            households = {one: month.people[one].household for one in gone} | households
            withheld[left] = _due(base[left], [households[one] for one in gone], month.month, known.parameters)
    households = {one: last.people[one].household for one in people} | households
    return base + last.paid_to(people), withheld + last.withheld_of(people), [households[one] for one in people]


def _due(base: CentsColumn, households: Sequence[Household], month: PayMonth, parameters: ParameterSet) -> CentsColumn:
    """Return what is due on the pay of a quarter. Raises ParameterMissing or PastVerified."""
    law = parameters.in_force(QUARTER_TABLE, month.last_on)
    reading = parameters.readings.small_own_income
    return special_contribution.special_contribution(base, HouseholdColumns.of(households), law, reading)


def _advances(month: PayMonth, people: Sequence[int], steady: Sequence[int], known: _Known, last: Advances) -> Advances:
    """Work out the advances of an earlier month, and no more of it: whoever has none had no pay in it.

    To `steady` people, which is nearly everybody, it brought what the last month brings.
    """
    advances = Advances(month)
    inputs = MonthInputs(month, known.parameters, advances.problems, COUNTED)
    alike = frozenset() if inputs.may_pay_yearly else frozenset(steady)
    for person_id in people:
        if person_id not in alike:
            inputs.take(person_id, known.facts.get(person_id, ()), known.at[person_id])
    for statute, paid in inputs.by_statute.items():
        with _problem_of(advances, paid):
            _add_statute(advances, statute, paid, inputs)
    same = [last.people[person_id] for person_id in people if person_id in alike]
    with _problem_of(advances, same):
        base = cents_column([last.base[person.person_id] for person in same])
        advances.add(same, base, _withheld(base, HouseholdColumns.of(one.household for one in same), inputs))
    return advances


@contextmanager
def _problem_of(advances: Advances, people: Sequence[PersonMonth]) -> Generator[None]:
    """Make it a problem of these people where the law tables do not cover the month."""
    try:
        yield
    except (ParameterMissing, PastVerified) as error:
        advances.problems.update(dict.fromkeys((one.person_id for one in people), of_law(error, advances.month)))


def _add_statute(advances: Advances, statute: Statute, people: Sequence[PersonMonth], inputs: MonthInputs) -> None:
    month, parameters = inputs.month, inputs.parameters
    if inputs.unverified is not None:
        advances.problems.update({person.person_id: inputs.unverified for person in people})
        return
    ruled, problems = ruled_allowances.work_out(people, month, parameters, ruled_allowances.BEARING_CONTRIBUTIONS)
    advances.problems.update(problems)
    able = [person for person in people if person.person_id not in problems]
    if not able:
        return
    paid, _ = columns(statute, able, month, ruled)
    allowances = paid.household_residence_allowance + paid.taxable_allowances
    base = contributions.contribution_base(statute, paid.gross, allowances)
    advances.add(able, base, _withheld(base, paid.household, inputs))
    apart = [one for one in able if one.person_id in inputs.yearly or any(kind in COUNTED for kind in one.beside)]
    advances.add_apart(yearly_pay.added(apart, inputs.yearly, month, parameters))


def _withheld(base: CentsColumn, households: HouseholdColumns, inputs: MonthInputs) -> CentsColumn:
    """Return the advances of a month. Raises ParameterMissing or PastVerified."""
    law = inputs.parameters.in_force(special_contribution.TABLE, inputs.month.last_on)
    return special_contribution.special_contribution(base, households, law, inputs.parameters.readings.small_own_income)

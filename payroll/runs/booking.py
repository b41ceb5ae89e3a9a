"""Compares a month with what is stored of it, step by step as facts became known, so that each step has its case."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from types import MappingProxyType

from payroll.engine.errors import PastVerified
from payroll.engine.money import Cents
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.engine.rules import arrears
from payroll.facts.known import KnownFact
from payroll.runs.amounts import Amounts, tax_of
from payroll.runs.models import NO_CASE, PayResult
from payroll.runs.months import Calculation, calculate, difference
from payroll.runs.person_months import goes_on
from payroll.runs.problems import Problem
from payroll.runs.quarters import SETTLEMENT
from payroll.runs.ruled_allowances import of_law


@dataclass
class Booking:
    """A person's month as it comes to stand, and what changed on the way, in cents by wage type and case."""

    person_id: int
    stored: PayResult | None
    amounts: Amounts
    parameters: dict[str, str] = field(default_factory=dict)
    differences: dict[tuple[str, str], Cents] = field(default_factory=lambda: defaultdict(int))
    is_calculated: bool = False
    problem: Problem | None = None

    def take(self, calculation: Calculation, case_number: str) -> None:
        """Go on to what a step brought; what a step could not calculate is left to the next one."""
        self.problem = calculation.problems.get(self.person_id)
        if self.problem is not None:
            return
        self.is_calculated = self.person_id in calculation.amounts
        amounts = calculation.amounts.get(self.person_id, {})
        for wage_type, cents in difference(self.amounts, amounts).items():
            self.differences[wage_type, case_number] += cents
        self.amounts = amounts
        self.parameters = calculation.parameters.get(self.person_id, self.parameters)

    @property
    def settles_anew(self) -> bool:
        """Whether what settles a quarter changed."""
        return any(cents for (wage_type, _), cents in self.differences.items() if wage_type == SETTLEMENT)

    @property
    def is_new(self) -> bool:
        """Whether the run has something to store: a first result, or one that differs or knows more."""
        if self.problem is not None:
            return False
        return self.is_calculated if self.stored is None else bool(self.differences)


@dataclass(frozen=True)
class _Step:
    known_at: datetime
    case_number: str = NO_CASE


def book_month(
    facts: Mapping[int, Sequence[KnownFact]],
    stored: Mapping[int, PayResult],
    month: PayMonth,
    known_at: datetime,
    parameters: ParameterSet,
    *,
    earlier: bool,
    paid_in: PayMonth | None = None,
    held: Mapping[int, Problem] = MappingProxyType({}),
) -> tuple[list[Booking], list[Problem]]:
    """Return what a run has to store of a month, and who cannot be calculated.

    A stored result is first calculated again as it was known then, which shows what the law tables alone changed,
    and then once more for each moment at which something became known since. Of an `earlier` month than the run's
    own those are passed over whose stored result knew all that is known, and who has none is owed the whole month.
    `paid_in` is the month in which the run is paid: more pay of an earlier year is arrears. `held` are the people of
    whom an earlier month of the quarter waits, each with the problem: what settles the pay of it waits with it.
    """
    people = [one for one in facts if not earlier or _is_late(facts[one], stored.get(one), month, known_at)]
    steps = {person: _steps(facts[person], stored.get(person), known_at) for person in people}
    bookings = {person: _begun(person, stored.get(person)) for person in people}
    for round_ in range(max((len(taken) for taken in steps.values()), default=0)):
        turn = {person: taken[round_] for person, taken in steps.items() if round_ < len(taken)}
        calculation = calculate(facts, month, {person: step.known_at for person, step in turn.items()}, parameters)
        for person, step in turn.items():
            bookings[person].take(calculation, step.case_number)
    for booking in bookings.values():
        if booking.stored is None and not earlier:
            booking.differences.clear()
    if paid_in is not None:
        for booking in bookings.values():
            _hold_arrears(booking, month, paid_in, parameters)
    for booking in bookings.values():
        if booking.person_id in held and booking.settles_anew:
            booking.problem = booking.problem or replace(held[booking.person_id], period=str(month))
    found = dict.fromkeys(booking.problem for booking in bookings.values() if booking.problem is not None)
    return [booking for booking in bookings.values() if booking.is_new], list(found)


def _hold_arrears(booking: Booking, month: PayMonth, paid_in: PayMonth, parameters: ParameterSet) -> None:
    """Keep arrears from being paid by a formula that is not the law's, unless an officer signed for it."""
    more = sum(cents for (wage_type, _), cents in booking.differences.items() if wage_type == "taxable")
    if booking.problem is not None:
        return
    try:
        law = arrears_law(more, booking.amounts, month, paid_in, parameters)
    except PastVerified as error:
        booking.problem = of_law(error, month, booking.person_id)
    else:
        booking.parameters = {**booking.parameters, **law}


def arrears_law(
    more_taxable: Cents, amounts: Amounts, month: PayMonth, paid_in: PayMonth, parameters: ParameterSet
) -> dict[str, str]:
    """Return the date of the table that arrears rest on; nothing where there are none: no earlier year, or no tax.

    Arrears have percentages of their own (AR/KB CIR 92 annex III no 58-61) that no source gives: an officer signs for
    the tax of the month of origin, and each slip says so. Raises `PastVerified` unless one did.
    """
    if month.year >= paid_in.year or more_taxable <= 0 or not tax_of(amounts):
        return {}
    return {arrears.TABLE: parameters.in_force(arrears.TABLE, paid_in.last_on).version}


def _begun(person_id: int, stored: PayResult | None) -> Booking:
    return Booking(person_id, stored, stored.amounts if stored is not None else {})


def _is_late(facts: Sequence[KnownFact], stored: PayResult | None, month: PayMonth, known_at: datetime) -> bool:
    """Return whether a stored month has to be looked at again; of later days only the last pay of a quarter is news."""
    if stored is None:
        return True
    late = [fact for fact in facts if fact.known_from > stored.known_at]
    if any(fact.valid_from <= month.last_on for fact in late):
        return True
    return bool(late) and goes_on(facts, month, stored.known_at) != goes_on(facts, month, known_at)


def _steps(facts: Sequence[KnownFact], stored: PayResult | None, known_at: datetime) -> list[_Step]:
    if stored is None:
        return [_Step(known_at)]
    late = {fact.known_from: fact.case_number or NO_CASE for fact in facts if fact.known_from > stored.known_at}
    return [_Step(stored.known_at), *(_Step(moment, late[moment]) for moment in sorted(late))]

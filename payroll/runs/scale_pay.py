"""What places on pay scales come to in a month: annual amount, indexation, and the pay of a full-time month."""

from dataclasses import replace
from datetime import date

import numpy as np

from payroll.engine.money import Cents
from payroll.engine.parameters import InForce, ParameterSet
from payroll.engine.periods import PayMonth
from payroll.engine.rules import indexation
from payroll.engine.rules.part_month import WorkingTime
from payroll.facts.values import Pay, Placed
from payroll.runs.person_months import PersonMonth

_ONE = np.ones(1, dtype=np.int64)
WHOLE = WorkingTime(_ONE, _ONE)


class ScalePay:
    """The scales of one month; what one place comes to is looked up once, however many people have it."""

    def __init__(self, month: PayMonth, parameters: ParameterSet) -> None:
        self._month = month
        self._parameters = parameters
        self._found: dict[tuple[str, str | int, date], Cents] = {}
        self._full_time: dict[Cents, Cents] = {}

    @property
    def index(self) -> InForce:
        """The indexation of the month; raises ParameterMissing or PastVerified."""
        return self._parameters.in_force(indexation.TABLE, self._month.last_on)

    def annual(self, placed: Placed, on: date) -> Cents:
        """Return the annual amount at pivot 138.01. Raises ParameterMissing for a step that nobody entered."""
        key = (placed.scale, placed.step or placed.years_on(on), on)
        if key not in self._found:
            scales = self._parameters.scales
            step = (
                scales.step(placed.scale, placed.step, on)
                if placed.step is not None
                else scales.by_seniority(placed.scale, placed.years_on(on), on)
            )
            self._found[key] = step.annual
        return self._found[key]

    def full_time_month(self, annual: Cents) -> Cents:
        """Return the month's full-time pay of an annual amount at pivot 138.01."""
        if annual not in self._full_time:
            reading = self._parameters.readings.centenindex
            paid = indexation.monthly_pay(np.array([annual], dtype=np.int64), WHOLE, self.index, reading)
            self._full_time[annual] = int(paid[0])
        return self._full_time[annual]

    def pay(self, paid: Pay | Placed, on: date) -> Pay:
        """Return a pay as an amount, whichever way it was stated."""
        if isinstance(paid, Pay):
            return paid
        amount = self.full_time_month(self.annual(paid, on))
        return Pay(amount, paid.fraction_numerator, paid.fraction_denominator, paid.statute)

    def resolved(self, person: PersonMonth) -> PersonMonth:
        """Return a month with an amount in the place of each place on a scale.

        Raises ParameterMissing or PastVerified for a step, or an indexation, that cannot be used.
        """
        if not is_placed(person):
            return person
        parts = [replace(part, pay=self.pay(part.pay, part.first_on)) for part in person.parts]
        last = next((part for part in reversed(person.parts) if part.is_paid), person.parts[-1])
        annual = self.annual(last.pay, last.first_on) if isinstance(last.pay, Placed) else None
        versions = {**person.versions, indexation.TABLE: self.index.version}
        return replace(person, parts=parts, annual_at_pivot=annual, versions=versions)


def is_placed(person: PersonMonth) -> bool:
    """Return whether some of the month is paid by a scale."""
    return any(isinstance(part.pay, Placed) for part in person.parts)


def as_amount(paid: Pay | Placed) -> Pay:
    """Return a pay that was looked up; a place on a scale that was not is a fault of the program."""
    if isinstance(paid, Placed):
        raise TypeError("a place on a scale has to be looked up before it is paid")
    return paid

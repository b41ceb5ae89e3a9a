"""Holiday pay and the end-of-year allowance in the month in which they are due, worked out from the facts of a year."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from fractions import Fraction
from itertools import takewhile
from typing import Self, TypeAlias

import numpy as np

from payroll.engine.columns import cents_column
from payroll.engine.errors import ParameterMissing, PastVerified
from payroll.engine.money import MONTHS_OF_YEAR, RATE_SCALE, Cents
from payroll.engine.parameters import InForce, ParameterSet
from payroll.engine.periods import PayMonth
from payroll.engine.rules import contributions, end_of_year_allowance, holiday_pay, indexation
from payroll.engine.rules.part_month import WorkingTime
from payroll.facts.kinds import Treatment
from payroll.facts.known import KnownFact
from payroll.facts.models import FactKind
from payroll.facts.store import standing
from payroll.facts.timeline import Span, within
from payroll.facts.values import Placed
from payroll.runs.household_allowance import full_time_allowance
from payroll.runs.person_months import Contribution, Held, PaidPart, PersonMonth, contract_part, paid_parts, pay_of
from payroll.runs.scale_pay import ScalePay

TABLE = "yearly_payments"
EXIT_TABLE = "pay_after_exit"
PAID_YEARLY = (Treatment.HOLIDAY_PAY, Treatment.END_OF_YEAR_ALLOWANCE)
MONTHS_OF_ALLOWANCE = 9
"""The end-of-year allowance looks at January to September."""


@dataclass(frozen=True)
class Yearly:
    """A payment that is due in a month: the month on whose pay it rests, and the months whose work it counts."""

    treatment: Treatment
    rests_on: PayMonth
    counts: Sequence[PayMonth]
    law: InForce


@dataclass(frozen=True)
class Basis:
    """What one person's payment rests on: full-time pay and allowance in cents, and the part of the time performed."""

    yearly: Yearly
    month: Cents
    year: Cents
    allowance: Cents
    performed: Fraction
    versions: Mapping[str, str]


def due_in(month: PayMonth, parameters: ParameterSet, treatments: Collection[Treatment] = PAID_YEARLY) -> list[Yearly]:
    """Return the payments, of some or of both, that are part of a month.

    Raises PastVerified where the month may be one of theirs and nobody verified that.
    """
    table = parameters.tables[TABLE]
    periods = [one for one in table.periods if one.valid_from <= month.last_on <= (one.valid_to or date.max)]
    found = []
    for period in periods:
        looked_up = InForce(table, period, month.last_on, by_override=False)
        for treatment in treatments:
            if looked_up.cents(f"{treatment}_in") == month.month:
                law = parameters.in_force(TABLE, month.last_on)
                rests_on = PayMonth(month.year, law.cents(f"{treatment}_rests_on"))
                found.append(Yearly(treatment, rests_on, _counted_months(treatment, month), law))
    return found


def needed_since(month: PayMonth, parameters: ParameterSet, treatments: Collection[Treatment] = PAID_YEARLY) -> date:
    """Return the first day whose facts a month rests on: its own, or that of the year that a payment counts."""
    try:
        return min((one.counts[0].first_on for one in due_in(month, parameters, treatments)), default=month.first_on)
    except PastVerified:
        return month.first_on


def months_resting_on(
    first_on: date,
    last_on: date,
    until: PayMonth,
    parameters: ParameterSet,
    treatments: Collection[Treatment] = PAID_YEARLY,
) -> list[PayMonth]:
    """Return the months, up to one of them, with a payment that rests on some of these days."""
    months = (PayMonth(year, month) for year in range(first_on.year, until.year + 1) for month in range(1, 13))
    return [
        month
        for month in takewhile(lambda one: one <= until, months)
        if needed_since(month, parameters, treatments) < month.first_on
        and needed_since(month, parameters, treatments) <= last_on
        and first_on <= month.last_on
    ]


def _counted_months(treatment: Treatment, month: PayMonth) -> list[PayMonth]:
    if treatment is Treatment.HOLIDAY_PAY:
        return [PayMonth(month.year - 1, one) for one in range(1, MONTHS_OF_YEAR + 1)]
    return [PayMonth(month.year, one) for one in range(1, MONTHS_OF_ALLOWANCE + 1)]


def bases(
    facts: Iterable[KnownFact], known_at: datetime, due: Sequence[Yearly], month: PayMonth, parameters: ParameterSet
) -> list[Basis]:
    """Return what each payment of one person rests on; nothing for who performed nothing.

    An amount that an officer stated in the year, or of who had left by then since the month of the exit, stands before
    the rule. Raises ParameterMissing or PastVerified.
    """
    counted = standing(facts, known_at)
    found = []
    for yearly in due:
        worked = _Worked.of(counted, yearly)
        performed = worked.performed(yearly.counts)
        if performed and not _is_stated(counted, yearly.treatment, worked.last_month, month):
            found.append(_basis(counted, worked, yearly, performed, parameters))
    return found


@dataclass(frozen=True)
class _Worked:
    """What one person's payment looks at: the pay, the regimes and the absences until the month that it rests on."""

    pay: Sequence[Span]
    regimes: Sequence[Span]
    absences: Sequence[Span]

    @classmethod
    def of(cls, counted: Sequence[KnownFact], yearly: Yearly) -> Self:
        since, until = yearly.counts[0].first_on, max(yearly.rests_on.last_on, yearly.counts[-1].last_on)
        held = Held(counted, since, until)
        return cls(held.pay(), held.of(FactKind.REGIME), held.of(FactKind.ABSENCE))

    @property
    def last_month(self) -> PayMonth:
        """The month of the last day with pay; there has to be one."""
        return PayMonth.of(self.pay[-1].last_on)

    def performed(self, months: Sequence[PayMonth]) -> Fraction:
        """Return the part of these months that was performed: the paid working days at their part of full time."""
        pay = within(self.pay, months[0].first_on, months[-1].last_on)
        if not pay:
            return Fraction(0)
        whole = pay_of(pay[0].values)
        covers = (pay[0].first_on, pay[0].last_on) == (months[0].first_on, months[-1].last_on)
        if whole is not None and covers and not self.regimes and not self.absences:
            return contract_part(whole)
        return sum((self._of_month(month) for month in months), start=Fraction(0)) / len(months)

    def _of_month(self, month: PayMonth) -> Fraction:
        return sum((part.working_days * part.part for part in self.parts(month)), Fraction(0)) / month.working_days()

    def parts(self, month: PayMonth) -> list[PaidPart]:
        """Return the parts of a month."""
        return list(paid_parts(within(self.pay, month.first_on, month.last_on), self.regimes, self.absences, month))


def _is_stated(counted: Sequence[KnownFact], treatment: Treatment, last: PayMonth, month: PayMonth) -> bool:
    since = min(PayMonth(month.year, 1), last).first_on
    return any(
        fact.kind == FactKind.ONE_OFF
        and fact.values["treatment"] == treatment
        and since <= fact.valid_from <= month.last_on
        for fact in counted
    )


def _basis(
    counted: Sequence[KnownFact], worked: _Worked, yearly: Yearly, performed: Fraction, parameters: ParameterSet
) -> Basis:
    last, exit_law = _last_part(worked, yearly, parameters)
    scales = ScalePay(yearly.rests_on, parameters)
    month = scales.pay(last.pay, last.last_on).gross_month
    versions = {TABLE: yearly.law.version}
    year = MONTHS_OF_YEAR * month
    annual = None
    if isinstance(last.pay, Placed):
        annual = scales.annual(last.pay, last.last_on)
        year = int(indexation.annual_pay(cents_column([annual]), scales.index, parameters.readings.centenindex)[0])
        versions[indexation.TABLE] = scales.index.version
    if exit_law is not None:
        share = exit_law.rate("share_of_last_pay").ten_thousandths
        month, year = month * share // RATE_SCALE, year * share // RATE_SCALE
        versions[EXIT_TABLE] = exit_law.version
    allowance = full_time_allowance(counted, last, annual, yearly.rests_on, parameters)
    return Basis(yearly, month, year + MONTHS_OF_YEAR * allowance, allowance, performed, versions)


def _last_part(worked: _Worked, yearly: Yearly, parameters: ParameterSet) -> tuple[PaidPart, InForce | None]:
    """Return the last days with pay in the month on which a payment rests, or its last days where all are unpaid.

    Who had none in that month has those of before, by a reading that no source gives: PastVerified unless signed.
    """
    pay = [span for span in worked.pay if span.first_on <= yearly.rests_on.last_on]
    if not pay:  # a table of an administration can let a payment rest on a month before somebody was hired
        raise ParameterMissing(TABLE, yearly.law.on, f"pay by {yearly.rests_on}, on which the payment rests")
    month = min(PayMonth.of(pay[-1].last_on), yearly.rests_on)
    law = parameters.in_force(EXIT_TABLE, yearly.law.on) if month < yearly.rests_on else None
    parts = worked.parts(month)
    if not parts:
        raise ParameterMissing(EXIT_TABLE, yearly.law.on, "pay before the month")
    return next((part for part in reversed(parts) if part.is_paid), parts[-1]), law


def added(
    people: Sequence[PersonMonth], found: Mapping[int, Sequence[Basis]], month: PayMonth, parameters: ParameterSet
) -> list[PersonMonth]:
    """Return the people with what is due to each, in cents before its own tax.

    Raises ParameterMissing or PastVerified for a table without usable figures.
    """
    by_person = {person.person_id: person for person in people}
    for treatment, work_out in _WORKED_OUT.items():
        due = [
            (by_person[person.person_id], basis)
            for person in people
            for basis in found.get(person.person_id, ())
            if basis.yearly.treatment is treatment
        ]
        by_person.update((one.person_id, one) for one in (work_out(due, month, parameters) if due else ()))
    return list(by_person.values())


Due: TypeAlias = Sequence[tuple[PersonMonth, Basis]]


def _holiday_pay(due: Due, month: PayMonth, parameters: ParameterSet) -> list[PersonMonth]:
    law = parameters.in_force(holiday_pay.TABLE, month.last_on)
    pay, allowance = (cents_column([getattr(one, name) for _, one in due]) for name in ("month", "allowance"))
    amounts = holiday_pay.holiday_pay(pay, allowance, _performed_times(due), law)
    return [
        _with(person, basis, int(amount), None, {holiday_pay.TABLE: law.version})
        for (person, basis), amount in zip(due, amounts.tolist(), strict=True)
    ]


def _end_of_year_allowance(due: Due, month: PayMonth, parameters: ParameterSet) -> list[PersonMonth]:
    law = parameters.in_force(end_of_year_allowance.TABLE, month.last_on)
    rates = parameters.in_force(contributions.TABLE, month.last_on)
    index = parameters.in_force(indexation.TABLE, due[0][1].yearly.rests_on.last_on)
    year = cents_column([basis.year for _, basis in due])
    october = cents_column([basis.month + basis.allowance for _, basis in due])
    performed = _performed_times(due)
    total = end_of_year_allowance.end_of_year_allowance(year, october, performed, law, index).total.astype(np.int64)
    statute = due[0][0].statute
    owed_on = end_of_year_allowance.contribution_base(statute, total, performed, law).astype(np.int64)
    owed = end_of_year_allowance.end_of_year_contribution(statute, total, performed, law, rates).astype(np.int64)
    versions = {end_of_year_allowance.TABLE: law.version, indexation.TABLE: index.version}
    return [
        _with(person, basis, amount, Contribution(*contribution), versions)
        for (person, basis), amount, *contribution in zip(
            due, total.tolist(), owed_on.tolist(), owed.tolist(), strict=True
        )
    ]


_WORKED_OUT: Mapping[Treatment, Callable[[Due, PayMonth, ParameterSet], list[PersonMonth]]] = {
    Treatment.HOLIDAY_PAY: _holiday_pay,
    Treatment.END_OF_YEAR_ALLOWANCE: _end_of_year_allowance,
}


def _performed_times(due: Due) -> WorkingTime:
    """Return the part that each performed: whole numbers of Python, as the parts of a year have large denominators."""
    parts = [basis.performed for _, basis in due]
    return WorkingTime(
        np.array([part.numerator for part in parts], dtype=object),
        np.array([part.denominator for part in parts], dtype=object),
    )


def _with(
    person: PersonMonth,
    basis: Basis,
    amount: Cents,
    contribution: Contribution | None,
    versions: Mapping[str, str],
) -> PersonMonth:
    treatment = basis.yearly.treatment
    owed = person.contributions if contribution is None else {**person.contributions, treatment: contribution}
    return replace(
        person,
        beside={**person.beside, treatment: amount},
        contributions=owed,
        versions={**person.versions, **basis.versions, **versions},
    )

"""What a case changes in each month that it touches: the engine with its facts, and without."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from casework.clock import local_date
from payroll.engine.errors import PastVerified
from payroll.engine.money import Cents, format_cents
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.facts import store as facts_store
from payroll.facts.models import PAY_KINDS, Fact
from payroll.facts.service import TICK
from payroll.facts.timeline import within
from payroll.runs import reach
from payroll.runs.amounts import Amounts
from payroll.runs.booking import arrears_law
from payroll.runs.months import ORDER, calculate
from payroll.runs.problems import Problem
from payroll.runs.quarters import SETTLEMENT
from payroll.runs.ruled_allowances import of_law

NET, TAXABLE = "net", "taxable"


@dataclass(frozen=True)
class MonthChange:
    """A month without and with the facts of a case, in cents by wage type, and the date of each law table."""

    period: str
    without: Amounts
    with_: Amounts
    parameters: Mapping[str, str]

    @property
    def lines(self) -> list[dict[str, str]]:
        """The lines that differ, in the order of the slip: amounts as texts with two decimals."""
        names = sorted(self.without.keys() | self.with_.keys(), key=ORDER.__getitem__)
        pairs = [(name, self.without.get(name, 0), self.with_.get(name, 0)) for name in names]
        return [
            {
                "wage_type": name,
                "without": format_cents(before),
                "with": format_cents(after),
                "difference": format_cents(after - before),
            }
            for name, before, after in pairs
            if before != after
        ]

    @property
    def net(self) -> Cents:
        """What the month brings more, or less, to the one whose month it is."""
        return self.with_.get(NET, 0) - self.without.get(NET, 0)

    @property
    def settles_anew(self) -> bool:
        """Whether what settles a quarter changed."""
        return self.with_.get(SETTLEMENT, 0) != self.without.get(SETTLEMENT, 0)

    @property
    def as_kept(self) -> dict[str, Any]:
        """The month as it is kept with the case."""
        return {"period": self.period, "lines": self.lines, "parameters": dict(self.parameters)}


def months_touched(
    known: Sequence[Fact], since: date, until: date, moment: datetime, parameters: ParameterSet
) -> list[PayMonth]:
    """Return the months with pay that days touch, up to the present month.

    Days that begin later than that touch the month in which they begin; a payment that counts the work of some of the
    days touches its month too, and so does the settlement of their quarter.
    """
    held = [span for kind in PAY_KINDS for span in facts_store.in_force(known, kind, moment)]
    pay = sorted(within(held, since, until), key=lambda span: span.first_on)
    if not pay:
        return []
    last = min(max(PayMonth.of(local_date(moment)), PayMonth.of(since)), PayMonth.of(until))
    months, month = [], PayMonth.of(max(since, pay[0].first_on))
    while month <= last:
        if within(pay, month.first_on, month.last_on):
            months.append(month)
        month = month.following
    until_month = PayMonth.of(local_date(moment))
    return sorted({*months, *reach.months_resting_on(known, (since, until), until_month, moment, parameters)})


def changes_of(
    known: Sequence[Fact],
    person_id: int,
    months: Iterable[PayMonth],
    moment: datetime,
    parameters: ParameterSet,
    paid_with: PayMonth,
) -> dict[PayMonth, MonthChange | Problem]:
    """Return what each month comes to by `change_of`, oldest first.

    What settles a quarter waits with the month of it that cannot be paid, as in a run.
    """
    found: dict[PayMonth, MonthChange | Problem] = {}
    for month in months:
        change = change_of(known, person_id, month, moment, parameters, paid_with)
        waiting = [one for one in map(found.get, month.quarter) if isinstance(one, Problem)]
        if waiting and isinstance(change, MonthChange) and change.settles_anew:
            change = replace(waiting[0], period=str(month))
        found[month] = change
    return found


def change_of(
    known: Sequence[Fact],
    person_id: int,
    month: PayMonth,
    moment: datetime,
    parameters: ParameterSet,
    paid_with: PayMonth,
) -> MonthChange | Problem:
    """Return what became known at a moment changes in a month, or why the month cannot be calculated.

    `paid_with` is the month whose run pays it: more pay of an earlier year is arrears, and shown only where that run
    would pay it.
    """
    facts = {person_id: known}
    without = calculate(facts, month, {person_id: moment - TICK}, parameters)
    with_ = calculate(facts, month, {person_id: moment}, parameters)
    if person_id in with_.problems:
        return with_.problems[person_id]
    before, after = without.amounts.get(person_id, {}), with_.amounts.get(person_id, {})
    more_taxable = after.get(TAXABLE, 0) - before.get(TAXABLE, 0)
    try:
        law = arrears_law(more_taxable, after, month, paid_with, parameters)
    except PastVerified as error:
        return of_law(error, month, person_id)
    rests_on = with_.parameters.get(person_id, {}) or without.parameters.get(person_id, {})
    return MonthChange(str(month), before, after, {**rests_on, **law})

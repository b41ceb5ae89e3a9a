"""Which days a month rests on beside its own: those of its quarter, and those of the year that a payment counts."""

from collections.abc import Iterator, Sequence
from datetime import date, datetime

from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.facts.known import KnownFact
from payroll.facts.service import TICK
from payroll.runs import quarters, yearly_pay
from payroll.runs.person_months import goes_on


def needed_since(month: PayMonth, parameters: ParameterSet) -> date:
    """Return the first day whose facts a month rests on.

    Of the earlier months of its quarter what was paid apart counts too, where contributions are due on it.
    """
    earlier = [one for one in month.quarter if one < month]
    return min(
        month.quarter[0].first_on,
        yearly_pay.needed_since(month, parameters),
        *(yearly_pay.needed_since(one, parameters, quarters.COUNTED) for one in earlier),
    )


def months_resting_on(
    known: Sequence[KnownFact], days: tuple[date, date], until: PayMonth, moment: datetime, parameters: ParameterSet
) -> list[PayMonth]:
    """Return the months, up to one of them, that rest on some days about which a moment made something known.

    They are those with a payment that counts these days, and those that settle a quarter of theirs, or the quarter of
    such a payment on which contributions are due.
    """
    counted = yearly_pay.months_resting_on(*days, until, parameters, quarters.COUNTED)
    first, last = map(PayMonth.of, days)
    changed = [(first, min(last, until)), *((month, month) for month in counted)]
    settling = {month for months in changed for month in _settling(known, *months, moment) if month <= until}
    return sorted({*yearly_pay.months_resting_on(*days, until, parameters), *settling})


def _settling(known: Sequence[KnownFact], first: PayMonth, last: PayMonth, moment: datetime) -> Iterator[PayMonth]:
    """Yield the months that settle a quarter of these months, and the earlier ones of whose last pay it is news."""
    month = first.quarter[0]
    while month <= last.quarter[-1]:
        settled, settles = (not goes_on(known, month, at) for at in (moment - TICK, moment))
        if settles if month >= first else settles != settled:
            yield month
        month = month.following

"""The days of a pay month: until when something still counts, when people are paid, and when a bank carries it out."""

from datetime import date, datetime, timedelta
from functools import cache

import holidays

from casework.calendars.working_time import WorkingCalendar
from casework.clock import BRUSSELS
from payroll.engine.periods import PayMonth

ONE_DAY = timedelta(days=1)
QUIET_HOUR = 2
SATURDAY = 5


def pay_day(month: PayMonth, calendar: WorkingCalendar) -> date:
    """Return the second-last working day of a month, on which the federal administration pays."""
    last = calendar.at_or_before(month.last_on)
    return calendar.at_or_before(last - ONE_DAY)


def cut_off(month: PayMonth, calendar: WorkingCalendar, days_before: int) -> date:
    """Return the last day on which something still counts for a month: so many working days before its pay day."""
    on = pay_day(month, calendar)
    for _ in range(days_before):
        on = calendar.at_or_before(on - ONE_DAY)
    return on


def execution_day(wanted_on: date, approved_on: date) -> date:
    """Return the day on which banks pay: the wanted day or the TARGET day before it, but after the approval."""
    on = wanted_on
    while not is_target_day(on):
        on -= ONE_DAY
    if on > approved_on:
        return on
    on = approved_on + ONE_DAY
    while not is_target_day(on):
        on += ONE_DAY
    return on


def is_target_day(on: date) -> bool:
    """Return whether banks settle euro payments on a day (calendar of the TARGET system of the Eurosystem)."""
    return on.weekday() < SATURDAY and on not in _target_closing_days(on.year)


def is_quiet_hour(now: datetime) -> bool:
    """Return whether it is between 02:00 and 03:00 in Belgium, which comes twice or not at all when clocks change."""
    return now.astimezone(BRUSSELS).hour == QUIET_HOUR


@cache
def _target_closing_days(year: int) -> frozenset[date]:
    return frozenset(holidays.financial_holidays("ECB", years=year))

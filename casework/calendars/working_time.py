"""Counts working days and working hours; every moment is passed in, and days open by the clock on the wall."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from functools import cache

import holidays

from casework.clock import BRUSSELS, local_date

ALWAYS_SUNDAYS = frozenset({"Easter Sunday", "Pentecost"})
"""Named by the library, but no legal holidays of the law of 4 January 1974: they fall on a Sunday anyway."""
MONDAY_TO_FRIDAY = frozenset(range(5))
ONE_DAY = timedelta(days=1)


@cache
def legal_holidays(year: int) -> frozenset[date]:
    """Return the ten legal holidays of a year (law of 4 January 1974, royal decree of 18 April 1974, article 1)."""
    named = holidays.country_holidays("BE", years=year, language="en_US", observed=False)
    return frozenset(on for on, name in named.items() if name not in ALWAYS_SUNDAYS)


@dataclass(frozen=True, slots=True)
class WorkingCalendar:
    """When an organisation works: its hours on its weekdays (Monday is 0), but for holidays and its own closed days.

    Hours are those of the clock in Belgium. Raises `ValueError` for a calendar by which nobody would ever work.
    """

    opens: time = time(8)
    closes: time = time(17)
    weekdays: frozenset[int] = MONDAY_TO_FRIDAY
    closed_on: frozenset[date] = frozenset()

    def __post_init__(self) -> None:
        if not self.weekdays or not self.opens < self.closes:
            raise ValueError("a calendar needs a day of the week, and to open before it closes")

    def is_working_day(self, on: date) -> bool:
        """Return whether people work on a day."""
        return on.weekday() in self.weekdays and on not in self.closed_on and on not in legal_holidays(on.year)

    def days_after(self, on: date, count: int) -> date:
        """Return the working day that comes so many working days after a day, which itself does not count."""
        while count > 0:
            on += ONE_DAY
            count -= self.is_working_day(on)
        return on

    def days_between(self, after: date, until: date) -> int:
        """Return how many working days there are after one day up to another, which counts; 0 if it is earlier."""
        return sum(self.is_working_day(after + ONE_DAY * n) for n in range(1, (until - after).days + 1))

    def at_or_before(self, on: date) -> date:
        """Return the day itself if people work on it, else the last working day before it."""
        while not self.is_working_day(on):
            on -= ONE_DAY
        return on

    def hours_between(self, start_at: datetime, end_at: datetime) -> timedelta:
        """Return how much working time lies between two moments; none if the second is the earlier."""
        spans = self._spans(start_at, local_date(end_at))
        return sum((max(timedelta(), min(close, end_at) - open_) for open_, close in spans), timedelta())

    def after_hours(self, start_at: datetime, duration: timedelta) -> datetime:
        """Return the moment at which so much working time has passed since a moment."""
        for open_, close in self._spans(start_at, None):
            if duration <= close - open_:
                return open_ + duration
            duration -= close - open_
        raise AssertionError("a calendar without an end has an end")

    @property
    def day(self) -> timedelta:
        """How long a working day is."""
        return datetime.combine(date.min, self.closes) - datetime.combine(date.min, self.opens)

    def _spans(self, start_at: datetime, last_on: date | None) -> Iterator[tuple[datetime, datetime]]:
        """Yield the working hours of each day from a moment on, in UTC."""
        on = local_date(start_at)
        while last_on is None or on <= last_on:
            if self.is_working_day(on):
                close = _moment(on, self.closes)
                open_ = max(_moment(on, self.opens), start_at)
                if open_ < close:
                    yield open_, close
            on += ONE_DAY


def _moment(on: date, at: time) -> datetime:
    return datetime.combine(on, at, BRUSSELS).astimezone(UTC)

"""Working days and hours: the ten legal holidays, days of one's own, and clocks that are put forward and back."""

from datetime import UTC, date, datetime, time, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.calendars.working_time import WorkingCalendar, legal_holidays
from casework.clock import BRUSSELS

ORDINARY = WorkingCalendar()
DAYS = st.dates(date(2020, 1, 1), date(2035, 12, 31))
FIRST = datetime(2020, 1, 1, tzinfo=UTC)
MOMENTS = st.timedeltas(timedelta(), timedelta(days=16 * 365)).map(lambda after: FIRST + after)
CALENDARS = st.builds(
    WorkingCalendar,
    opens=st.sampled_from([time(0), time(7, 30), time(8)]),
    closes=st.sampled_from([time(12), time(17), time(23, 59)]),
    weekdays=st.frozensets(st.integers(0, 6), min_size=1),
    closed_on=st.frozensets(DAYS, max_size=5),
)


@settings(deadline=None)
@given(st.integers(2000, 2060))
def test_every_year_has_the_ten_legal_holidays(year: int):
    assert len(legal_holidays(year)) == 10 - (date(year, 5, 1) in _moving(year))
    assert {date(year, 1, 1), date(year, 7, 21), date(year, 12, 25)} <= legal_holidays(year)


def _moving(year: int) -> set[date]:
    """Return the holidays that move with Easter; one of them may fall on a fixed one."""
    fixed = {date(year, *on) for on in ((1, 1), (5, 1), (7, 21), (8, 15), (11, 1), (11, 11), (12, 25))}
    moving = set(legal_holidays(year)) - fixed
    return {date(year, 5, 1)} if len(moving) == 2 else set()


def test_the_days_that_move_with_easter_are_two_mondays_and_a_thursday():
    assert {date(2026, 4, 6), date(2026, 5, 14), date(2026, 5, 25)} <= legal_holidays(2026)
    assert date(2026, 4, 5) not in legal_holidays(2026)


def test_a_bridge_day_is_no_working_day_of_the_organisation_that_has_it():
    bridging = WorkingCalendar(closed_on=frozenset({date(2026, 5, 15)}))

    # Ascension is Thursday 14 May 2026.
    assert ORDINARY.days_after(date(2026, 5, 13), 1) == date(2026, 5, 15)
    assert bridging.days_after(date(2026, 5, 13), 1) == date(2026, 5, 18)


@settings(deadline=None)
@given(CALENDARS, DAYS, st.integers(1, 40))
def test_days_after_and_days_between_are_each_others_inverse(calendar, on, count):
    later = calendar.days_after(on, count)

    assert calendar.is_working_day(later)
    assert calendar.days_between(on, later) == count
    assert calendar.days_between(on, later - timedelta(days=1)) == count - 1


@settings(deadline=None)
@given(CALENDARS, DAYS, st.integers(0, 60), st.integers(0, 60))
def test_days_between_adds_up_over_any_day_in_between(calendar, on, first, second):
    middle, last = on + timedelta(days=first), on + timedelta(days=first + second)

    assert calendar.days_between(on, last) == calendar.days_between(on, middle) + calendar.days_between(middle, last)


@settings(deadline=None)
@given(CALENDARS, MOMENTS, st.timedeltas(timedelta(minutes=1), timedelta(hours=60)))
def test_after_hours_and_hours_between_are_each_others_inverse(calendar, start, duration):
    end = calendar.after_hours(start, duration)

    assert calendar.hours_between(start, end) == duration
    assert calendar.is_working_day(end.astimezone(BRUSSELS).date())


@settings(deadline=None)
@given(CALENDARS, MOMENTS, st.timedeltas(timedelta(), timedelta(days=9)), st.timedeltas(timedelta(), timedelta(days=9)))
def test_hours_between_adds_up_over_any_moment_in_between(calendar, start, first, second):
    middle, end = start + first, start + first + second
    halves = calendar.hours_between(start, middle) + calendar.hours_between(middle, end)

    assert calendar.hours_between(start, end) == halves


@pytest.mark.parametrize(
    ("friday", "monday_opens"),
    [
        # The clock goes forward on Sunday 29 March 2026, and back on Sunday 25 October 2026.
        (datetime(2026, 3, 27, 17, tzinfo=BRUSSELS), datetime(2026, 3, 30, 6, tzinfo=UTC)),
        (datetime(2026, 10, 23, 17, tzinfo=BRUSSELS), datetime(2026, 10, 26, 7, tzinfo=UTC)),
    ],
)
def test_a_day_opens_at_the_same_time_on_the_wall_after_the_clock_was_changed(friday, monday_opens):
    assert ORDINARY.after_hours(friday, timedelta(hours=1)) == monday_opens + timedelta(hours=1)
    assert ORDINARY.hours_between(friday, monday_opens + timedelta(hours=9)) == timedelta(hours=9)


def test_a_day_that_is_an_hour_short_holds_an_hour_less():
    # Whoever works on the Sunday on which the clock is put forward, from midnight to noon, works eleven hours.
    at_night = WorkingCalendar(opens=time(0), closes=time(12), weekdays=frozenset({6}))
    midnight = datetime(2026, 3, 29, tzinfo=BRUSSELS)

    assert at_night.hours_between(midnight, midnight + timedelta(days=1)) == timedelta(hours=11)


@pytest.mark.parametrize(
    "unusable",
    [{"weekdays": frozenset()}, {"opens": time(17), "closes": time(8)}, {"opens": time(8), "closes": time(8)}],
)
def test_a_calendar_by_which_nobody_would_work_is_refused(unusable):
    with pytest.raises(ValueError, match="a calendar needs"):
        WorkingCalendar(**unusable)

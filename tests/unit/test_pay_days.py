"""The days of a pay month: pay day, cut-off, and the day on which banks carry a payment out."""

from datetime import UTC, date, datetime

import pytest

from casework.calendars.working_time import WorkingCalendar
from payroll.engine.periods import PayMonth
from payroll.runs.pay_day import cut_off, execution_day, is_quiet_hour, is_target_day, pay_day

CLOSED = WorkingCalendar(closed_on=frozenset({date(2026, 9, 29), date(2026, 9, 30)}))


@pytest.mark.parametrize(
    ("month", "on"),
    [
        (PayMonth(2026, 9), date(2026, 9, 29)),
        (PayMonth(2026, 10), date(2026, 10, 29)),
        (PayMonth(2026, 5), date(2026, 5, 28)),
        (PayMonth(2026, 11), date(2026, 11, 27)),  # the 30th is a Monday
        (PayMonth(2026, 12), date(2026, 12, 30)),
    ],
)
def test_people_are_paid_on_the_second_last_working_day(month: PayMonth, on: date) -> None:
    assert pay_day(month, WorkingCalendar()) == on


def test_days_on_which_an_organisation_is_closed_bring_its_pay_day_forward() -> None:
    assert pay_day(PayMonth(2026, 9), CLOSED) == date(2026, 9, 25)


@pytest.mark.parametrize(("days", "on"), [(0, date(2026, 9, 29)), (1, date(2026, 9, 28)), (5, date(2026, 9, 22))])
def test_the_cut_off_lies_so_many_working_days_before_the_pay_day(days: int, on: date) -> None:
    assert cut_off(PayMonth(2026, 9), WorkingCalendar(), days) == on


@pytest.mark.parametrize(
    ("on", "is_open"),
    [
        (date(2026, 4, 3), False),  # Good Friday, a working day in Belgium
        (date(2026, 4, 6), False),
        (date(2026, 7, 21), True),  # the national holiday, on which banks settle
        (date(2026, 12, 26), False),
        (date(2026, 9, 26), False),
        (date(2026, 9, 29), True),
    ],
)
def test_target_days_are_those_of_the_eurosystem_and_not_of_belgium(on: date, is_open: bool) -> None:
    assert is_target_day(on) is is_open


@pytest.mark.parametrize(
    ("wanted", "approved", "on"),
    [
        (date(2026, 9, 29), date(2026, 9, 20), date(2026, 9, 29)),
        (date(2026, 4, 3), date(2026, 3, 20), date(2026, 4, 2)),
        (date(2026, 9, 29), date(2026, 9, 29), date(2026, 9, 30)),
        (date(2026, 9, 29), date(2026, 10, 2), date(2026, 10, 5)),
        (date(2026, 4, 3), date(2026, 4, 2), date(2026, 4, 7)),
    ],
)
def test_a_payment_is_carried_out_on_a_target_day_after_its_approval(wanted: date, approved: date, on: date) -> None:
    assert execution_day(wanted, approved) == on


@pytest.mark.parametrize(
    ("at", "is_quiet"),
    [
        (datetime(2026, 10, 24, 23, 59, tzinfo=UTC), False),
        (datetime(2026, 10, 25, 0, 30, tzinfo=UTC), True),  # 02:30 in summer time
        (datetime(2026, 10, 25, 1, 30, tzinfo=UTC), True),  # 02:30 once more
        (datetime(2026, 10, 25, 2, 0, tzinfo=UTC), False),
        (datetime(2026, 3, 29, 1, 0, tzinfo=UTC), False),  # 02:00 does not exist on this night
    ],
)
def test_nothing_is_done_in_the_hour_that_comes_twice(at: datetime, is_quiet: bool) -> None:
    assert is_quiet_hour(at) is is_quiet

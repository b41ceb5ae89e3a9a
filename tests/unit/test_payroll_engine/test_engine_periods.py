"""Pay months and their working days."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payroll.engine.errors import ColumnsInvalid
from payroll.engine.periods import PayMonth

MONTHS = st.builds(PayMonth, st.integers(2000, 2100), st.integers(1, 12))


def test_pay_month_is_read_and_written_alike():
    assert str(PayMonth.parse("2026-09")) == "2026-09"


@pytest.mark.parametrize("text", ["2026-13", "2026-9", "26-09", "2026-09-01", "0000-01", ""])
def test_pay_month_refuses_what_is_no_month(text):
    with pytest.raises(ColumnsInvalid):
        PayMonth.parse(text)


def test_pay_month_of_a_date_begins_and_ends_with_the_calendar():
    month = PayMonth.of(date(2024, 2, 14))

    assert (month.first_on, month.last_on) == (date(2024, 2, 1), date(2024, 2, 29))


@pytest.mark.parametrize(("month", "following"), [("2026-09", "2026-10"), ("2026-12", "2027-01")])
def test_following_month_crosses_the_year(month, following):
    assert PayMonth.parse(month).following == PayMonth.parse(following)


@pytest.mark.parametrize(("month", "days"), [("2026-09", 22), ("2026-02", 20), ("2025-05", 22), ("2026-12", 23)])
def test_working_days_are_monday_to_friday_with_public_holidays(month, days):
    assert PayMonth.parse(month).working_days() == days


@pytest.mark.parametrize(
    ("since", "until", "days"),
    [
        (date(2026, 9, 14), None, 13),
        (None, date(2026, 9, 13), 9),
        (date(2026, 9, 12), date(2026, 9, 13), 0),
        (date(2026, 10, 1), None, 0),
        (date(2026, 8, 1), date(2026, 10, 31), 22),
    ],
)
def test_working_days_of_a_part_stay_within_the_month(since, until, days):
    assert PayMonth.parse("2026-09").working_days(since, until) == days


@given(MONTHS, st.integers(1, 27))
def test_working_days_of_two_parts_add_up_to_the_month(month, day):
    first = month.working_days(until=date(month.year, month.month, day))
    second = month.working_days(since=date(month.year, month.month, day + 1))

    assert first + second == month.working_days()

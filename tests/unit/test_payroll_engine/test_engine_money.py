"""Whole cents: read, written and rounded exactly."""

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from unit.test_payroll_engine.people import cents

from payroll.engine.errors import AmountInvalid, RateInvalid
from payroll.engine.money import (
    LARGEST_AMOUNT,
    Rate,
    format_cents,
    half_up_to_cent,
    parse_cents,
    share,
    truncate_to_cent,
)


@pytest.mark.parametrize(
    ("text", "expected"),
    [("0", 0), ("3000", 300000), ("3000.5", 300050), ("3000.05", 300005), ("100000000.00", LARGEST_AMOUNT)],
)
def test_parse_cents_reads_euro(text, expected):
    assert parse_cents(text) == expected


@pytest.mark.parametrize(
    "text",
    ["", "-1", "+1", " 1", "1 ", "1,00", "1.000", "1.", ".5", "1e3", "NaN", "٣", "1_0", "100000000.01", "9" * 400],
)
def test_parse_cents_refuses_what_is_no_amount(text):
    with pytest.raises(AmountInvalid):
        parse_cents(text)


@given(st.integers(0, LARGEST_AMOUNT))
def test_amount_written_and_read_is_the_same(amount):
    assert parse_cents(format_cents(amount)) == amount


@pytest.mark.parametrize(("amount", "text"), [(5, "0.05"), (-5, "-0.05"), (-123456, "-1234.56"), (0, "0.00")])
def test_format_cents_writes_two_decimals_and_the_sign(amount, text):
    assert format_cents(amount) == text


@pytest.mark.parametrize(("text", "expected"), [("13.07", 1307), ("30", 3000), ("7.5", 750), ("0", 0), ("100", 10000)])
def test_rate_of_percent_is_exact(text, expected):
    assert Rate.of_percent(text) == Rate(expected)


@pytest.mark.parametrize(("text", "expected"), [("0.2699", 2699), ("1", 10000), ("0.3", 3000)])
def test_rate_of_fraction_is_exact(text, expected):
    assert Rate.of_fraction(text) == Rate(expected)


@pytest.mark.parametrize("text", ["13.071", "100.01", "-1", "a", "", "1e1"])
def test_rate_of_percent_refuses_what_is_no_rate(text):
    with pytest.raises(RateInvalid):
        Rate.of_percent(text)


@pytest.mark.parametrize("text", ["0.26991", "1.0001", "26.99"])
def test_rate_of_fraction_refuses_what_is_no_rate(text):
    with pytest.raises(RateInvalid):
        Rate.of_fraction(text)


def test_rate_writes_its_percentage_with_two_decimals():
    assert Rate.of_percent("7.5").percent == "7.50"


def test_half_goes_up_and_less_than_half_goes_down():
    assert half_up_to_cent(cents(149, 150, 151, 50, 0), 100).tolist() == [1, 2, 2, 1, 0]


@given(st.integers(0, LARGEST_AMOUNT), st.integers(1, 10**6))
def test_half_up_is_never_more_than_half_a_cent_away(amount, denominator):
    rounded = int(half_up_to_cent(cents(amount), denominator)[0])

    difference = Fraction(rounded) - Fraction(amount, denominator)

    assert -Fraction(1, 2) < difference <= Fraction(1, 2)


def test_truncation_follows_the_published_example_of_an_indexed_salary():
    assert truncate_to_cent(cents(2_200_000 * 18_845), 12 * 10_000).tolist() == [345491]


def test_share_of_the_largest_amount_does_not_overflow():
    assert share(np.array([48 * LARGEST_AMOUNT]), Rate.of_percent("53.50")).tolist() == [
        48 * LARGEST_AMOUNT * 535 // 1000
    ]

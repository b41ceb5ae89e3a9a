"""Whole cents and exact fractions, so that no amount passes through a float and every rounding has a name.

Bounds: one amount is at most LARGEST_AMOUNT (100 million euro) and a rate is a number of ten-thousandths, at
most one (a coefficient less than ten). The largest product of the engine, a year of four such amounts times a
coefficient and doubled for the rounding, stays under 10**18, which int64 holds.
"""

import re
from dataclasses import dataclass
from enum import StrEnum
from typing import Self, TypeAlias

import numpy as np
from numpy.typing import NDArray

from payroll.engine.errors import AmountInvalid, RateInvalid

Cents: TypeAlias = int
CentsColumn: TypeAlias = NDArray[np.int64]

LARGEST_AMOUNT: Cents = 10_000_000_000
RATE_SCALE = 10_000
MONTHS_OF_YEAR = 12


class Rounding(StrEnum):
    """How the amount of a line came to whole cents; the values are the names of the functions that do it."""

    HALF_UP = "half_up_to_cent"
    TRUNCATED = "truncate_to_cent"


_AMOUNT = re.compile(r"(\d{1,9})(?:\.(\d{1,2}))?", re.ASCII)
_DECIMAL = re.compile(r"(\d{1,3})(?:\.(\d{1,4}))?", re.ASCII)


@dataclass(frozen=True)
class Rate:
    """An exact rate or coefficient: a whole number of ten-thousandths of the base."""

    ten_thousandths: int

    @classmethod
    def of_percent(cls, text: str) -> Self:
        """Read a percentage such as "13.07"; raises RateInvalid beyond two decimals or 100 %."""
        return cls._checked(_scaled(text, 2), text)

    @classmethod
    def of_fraction(cls, text: str) -> Self:
        """Read a fraction such as "0.2699"; raises RateInvalid beyond four decimals or one."""
        return cls._checked(_scaled(text, 4), text)

    @classmethod
    def of_coefficient(cls, text: str) -> Self:
        """Read an index coefficient such as "2.1223"; raises RateInvalid below one or from ten."""
        scaled = _scaled(text, 4)
        if scaled is None or not RATE_SCALE <= scaled < 10 * RATE_SCALE:
            raise RateInvalid(f"{text!r} is not a coefficient: write a quoted decimal from 1 to 9.9999.")
        return cls(scaled)

    @classmethod
    def _checked(cls, ten_thousandths: int | None, text: str) -> Self:
        if ten_thousandths is None or ten_thousandths > RATE_SCALE:
            raise RateInvalid(
                f"{text!r} is not a rate: write a quoted decimal from 0 to 100 % with at most "
                "two decimals as a percentage, four as a fraction."
            )
        return cls(ten_thousandths)

    @property
    def percent(self) -> str:
        """The rate as a percentage with two decimals, without the sign: "13.07"."""
        return format_cents(self.ten_thousandths)


def parse_cents(text: str) -> Cents:
    """Read an amount in euro such as "3000" or "3000.00"; raises AmountInvalid for anything else."""
    match = _AMOUNT.fullmatch(text)
    cents = int(match[1]) * 100 + int((match[2] or "").ljust(2, "0")) if match else LARGEST_AMOUNT + 1
    if cents > LARGEST_AMOUNT:
        raise AmountInvalid(
            f"{text[:40]!r} is not an amount: write euro with a point and at most two decimals, "
            f'such as "3000.00", from 0 to {format_cents(LARGEST_AMOUNT)}.'
        )
    return cents


def parse_month(text: str) -> int:
    """Read the number of a month of the year such as "5"; raises AmountInvalid for anything else."""
    if not text.isascii() or not text.isdigit() or not 1 <= int(text) <= MONTHS_OF_YEAR:
        raise AmountInvalid(f'{text[:40]!r} is not a month: write a number from "1" to "12".')
    return int(text)


def format_cents(cents: Cents) -> str:
    """Write an amount in euro with two decimals: 123456 becomes "1234.56"."""
    euro, rest = divmod(abs(cents), 100)
    return f"{'-' if cents < 0 else ''}{euro}.{rest:02d}"


def half_up_to_cent(numerator: CentsColumn, denominator: int | CentsColumn) -> CentsColumn:
    """Divide and round to the nearest cent, a half upwards, as the withholding-tax formula does (no 3)."""
    return (2 * numerator + denominator) // (2 * denominator)


def truncate_to_cent(numerator: CentsColumn, denominator: int | CentsColumn) -> CentsColumn:
    """Divide and drop what is below the cent: the rounding of the federal circulars on pay."""
    return numerator // denominator


def share(amount: CentsColumn, rate: Rate) -> CentsColumn:
    """Take a rate of an amount, half up to the cent."""
    return half_up_to_cent(amount * rate.ten_thousandths, RATE_SCALE)


def _scaled(text: str, decimals: int) -> int | None:
    match = _DECIMAL.fullmatch(text)
    if match is None or len(match[2] or "") > decimals:
        return None
    return int(match[1] + (match[2] or "").ljust(decimals, "0"))

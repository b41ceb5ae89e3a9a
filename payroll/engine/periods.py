"""The pay month and its working days: parts of a month are counted in working days, not in thirtieths."""

import calendar
import re
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cached_property
from typing import Self

import numpy as np

from payroll.engine.errors import ColumnsInvalid

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, order=True)
class PayMonth:
    """One calendar month of pay, written 2026-09."""

    year: int
    month: int

    @classmethod
    def of(cls, on: date) -> Self:
        """Return the month that holds this date."""
        return cls(on.year, on.month)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read "2026-09"; raises ColumnsInvalid for anything else."""
        if not _MONTH.fullmatch(text) or text.startswith("0000"):
            raise ColumnsInvalid(f"{text[:20]!r} is not a month: write it as 2026-09.")
        return cls(int(text[:4]), int(text[5:]))

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.month:02d}"

    @cached_property
    def first_on(self) -> date:
        """The first day of the month."""
        return date(self.year, self.month, 1)

    @cached_property
    def last_on(self) -> date:
        """The last day of the month."""
        return date(self.year, self.month, calendar.monthrange(self.year, self.month)[1])

    @property
    def following(self) -> "PayMonth":
        """The month after this one."""
        return PayMonth.of(self.last_on + timedelta(days=1))

    @property
    def quarter(self) -> "tuple[PayMonth, PayMonth, PayMonth]":
        """The three months of the calendar quarter that this month is one of, in their order."""
        first = self.month - (self.month - 1) % 3
        return PayMonth(self.year, first), PayMonth(self.year, first + 1), PayMonth(self.year, first + 2)

    def working_days(self, since: date | None = None, until: date | None = None) -> int:
        """Count Monday to Friday, both ends included, within this month.

        Public holidays count: they are paid days, so they stand on both sides of the fraction of the month
        (KB/AR 25/10/2013 art. 15; circular 740 of 31/05/2024).
        """
        first = max(self.first_on, since or self.first_on)
        last = min(self.last_on, until or self.last_on)
        if last < first:
            return 0
        return int(np.busday_count(first, last + timedelta(days=1)))

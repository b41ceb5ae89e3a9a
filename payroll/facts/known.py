"""A fact as calculations look at it: a plain row, as the ORM's objects cost more to read than the pay to calculate."""

from collections.abc import Mapping
from datetime import date, datetime
from typing import Any, NamedTuple, TypeAlias

from payroll.facts.models import Fact
from payroll.facts.timeline import FOREVER, Span


class FactRow(NamedTuple):
    """As much of a fact as calculations look at."""

    id: int
    person_id: int
    kind: str
    values: Mapping[str, Any]
    valid_from: date
    valid_to: date | None
    known_from: datetime
    case_number: str | None
    counters_id: int | None

    @property
    def span(self) -> Span:
        """The days that the fact covers, with what it says about them."""
        return Span(self.valid_from, self.valid_to or FOREVER, self.values)


KnownFact: TypeAlias = Fact | FactRow
"""A fact of one person may be either; a draft is never a row."""

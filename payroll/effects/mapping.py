"""Which fields of a form become which dated fact: a declaration per effect of the catalogue, and how it is read."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from payroll.engine.household import MOST_DEPENDANTS
from payroll.facts.models import FactKind
from payroll.facts.timeline import FOREVER, Span, Values


@dataclass(frozen=True)
class Unclear:
    """Why a form cannot become a fact: the field, the fact or the rule in question, the day, and what to do."""

    rule: str
    message: str
    on: date | None = None


Reader = Callable[[Any], str | int]
Change = Mapping[str, str | int]
Settle = Callable[[Values | None, Change, date], Values | Unclear]


@dataclass(frozen=True)
class FactMapping:
    """From the fields of a form to facts of one kind, valid from the day in the field `effective`.

    `fields` are the values that the form may change, each with its reader; what it leaves open stays as it was.
    """

    kind: FactKind
    effective: str
    fields: Mapping[str, Reader]
    settle: Settle

    def read(self, answers: Mapping[str, Any]) -> tuple[date, Change] | Unclear:
        """Return the day and the change that a filled-in form asks for."""
        effective = answers.get(self.effective)
        if not effective:
            return Unclear(self.effective, f"the form lacks {self.effective}; enter the fact by hand")
        change = {}
        try:
            day = date.fromisoformat(str(effective))
            for name, reader in self.fields.items():
                if answers.get(name) not in (None, ""):
                    change[name] = reader(answers[name])
        except ValueError as error:
            return Unclear("form", f"the form holds a value that cannot be used: {error}; enter the fact by hand")
        if not change:
            return Unclear("form", f"the form changes nothing: it fills in none of {', '.join(self.fields)}", day)
        return day, change

    def spans(self, held: Sequence[Span], change: Change, effective: date) -> list[Span] | Unclear:
        """Return what holds from the effective day on; `held` is what held from then on without the form.

        A later change that is already known keeps what the form leaves open.
        """
        if not held or held[0].first_on > effective:
            whole = self.settle(None, change, effective)
            return whole if isinstance(whole, Unclear) else [Span(effective, FOREVER, whole)]
        spans = []
        for span in held:
            values = self.settle(span.values, change, span.first_on)
            if isinstance(values, Unclear):
                return values
            spans.append(Span(span.first_on, span.last_on, values))
        return spans


def choice(known: type[StrEnum]) -> Reader:
    """Return a reader of one of some words; it raises ValueError for another."""
    return lambda raw: known(str(raw)).value


def count(raw: Any) -> int:
    """Read a number of people. Raises ValueError."""
    number = int(str(raw))
    if not 0 <= number <= MOST_DEPENDANTS:
        raise ValueError(f"{number} is not a number from 0 to {MOST_DEPENDANTS}")
    return number

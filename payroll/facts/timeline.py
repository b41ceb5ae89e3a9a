"""Spans of days with values: later knowledge is painted over earlier knowledge field by field, and nothing is lost."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from itertools import zip_longest
from typing import Any, TypeAlias

FOREVER = date.max
DAY = timedelta(days=1)

Values: TypeAlias = Mapping[str, Any]


@dataclass(frozen=True)
class Span:
    """Some days, both ends included, and what holds on them; `FOREVER` is an open end."""

    first_on: date
    last_on: date
    values: Values

    def overlaps(self, other: "Span") -> bool:
        """Whether the two have a day in common."""
        return self.first_on <= other.last_on and other.first_on <= self.last_on


def painted(spans: Iterable[Span]) -> list[Span]:
    """Return what holds on each day, oldest day first, when every span stands before the earlier ones.

    A span stands before another one in the fields that it states: what it leaves out stays as it was.
    """
    known = list(spans)
    if len(known) < 2:
        return known
    cuts = sorted({span.first_on for span in known} | {span.last_on + DAY for span in known if span.last_on < FOREVER})
    result = []
    for first_on, after in zip_longest(cuts, cuts[1:]):
        stated = [span.values for span in known if span.first_on <= first_on <= span.last_on]
        if stated:
            last_on = after - DAY if after is not None else FOREVER
            result.append(Span(first_on, last_on, {name: one for values in stated for name, one in values.items()}))
    return joined(result)


def joined(spans: Sequence[Span]) -> list[Span]:
    """Return the spans with neighbours that say the same made one; they must not overlap, oldest first."""
    result: list[Span] = []
    for span in spans:
        if result and result[-1].values == span.values and result[-1].last_on + DAY == span.first_on:
            result[-1] = replace(result[-1], last_on=span.last_on)
        else:
            result.append(span)
    return result


def within(spans: Iterable[Span], first_on: date, last_on: date) -> list[Span]:
    """Return the parts of the spans that lie within these days."""
    return [
        Span(max(span.first_on, first_on), min(span.last_on, last_on), span.values)
        for span in spans
        if span.first_on <= last_on and first_on <= span.last_on
    ]


def news(wanted: Iterable[Span], held: Sequence[Span]) -> list[Span]:
    """Return the parts of what is wanted that the held spans do not already say, field by field."""
    return [part for span in wanted for part in without([span], *(one for one in held if _says(one, span.values)))]


def next_change(held: Sequence[Span], names: Iterable[str], after: date, *, by_field: bool) -> date | None:
    """Return the first later day on which one of these fields comes to say something else, if there is one.

    With `by_field` a field that was not known before says nothing else when it becomes known; without it, to say
    something after nothing is a change. A field that is no longer stated never counts.
    """
    wanted = tuple(names)
    known: dict[str, Any] = dict(on_day(held, after) or {})
    for span in sorted((one for one in held if one.first_on > after), key=lambda one: one.first_on):
        for name in wanted:
            is_news = name in span.values and span.values[name] != known.get(name)
            if is_news and (name in known or not by_field):
                return span.first_on
        known |= span.values
    return None


def _says(span: Span, values: Values) -> bool:
    return all(name in span.values and span.values[name] == value for name, value in values.items())


def without(spans: Sequence[Span], *holes: Span) -> list[Span]:
    """Return the parts of the spans on days that none of the holes covers, whatever the holes say."""
    remaining = list(spans)
    for hole in holes:
        remaining = [part for span in remaining for part in _around(span, hole)]
    return remaining


def on_day(spans: Iterable[Span], day: date) -> Values | None:
    """Return what holds on a day, if anything."""
    return next((span.values for span in spans if span.first_on <= day <= span.last_on), None)


def _around(span: Span, hole: Span) -> list[Span]:
    if not span.overlaps(hole):
        return [span]
    parts = []
    if span.first_on < hole.first_on:
        parts.append(replace(span, last_on=hole.first_on - DAY))
    if hole.last_on < span.last_on:
        parts.append(replace(span, first_on=hole.last_on + DAY))
    return parts

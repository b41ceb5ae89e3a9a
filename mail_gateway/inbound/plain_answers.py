"""Reads from running text what it plainly says about the fields of a form; what has two readings is left to be asked.

The form checker judges every answer: here only candidates are found.
"""

import re
from collections.abc import Iterator, Sequence
from datetime import date

from casework.catalogue import form_checker, words
from casework.catalogue.models import CHOICES, LANGUAGES, Field, FieldType, Form
from mail_gateway.inbound.dates_in_text import DayNamed, Role, days_in

_MOST_LETTERS = 20_000
_SHORTEST_LABEL = 4
_FRACTION = re.compile(r"(?<![\w/.,-])([1-9])\s?/\s?([1-9]\d?)(?![\w/.,-]?\d)")
_PERCENT = re.compile(
    r"(?<![\w/.,-])(\d{1,3}(?:[.,]\d{1,2})?)\s?(?:%|procent\b|pour\s?cent\b|prozent\b|per\s?cent\b)", re.IGNORECASE
)
_MONEY = re.compile(
    r"(?:€|\beur(?:o)?)\s?(\d[\d .]*(?:,\d{2})?)\b|\b(\d[\d .]*(?:,\d{2})?)\s?(?:€|eur(?:o|os)?\b)", re.IGNORECASE
)
_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"']{1,64}@[\w-]+(?:\.[\w-]+)+")
_HALF = frozenset({"halftijds", "halftime", "mi temps", "halbzeit", "half time"})
_PER_CENT = 100
_NOT = frozenset(
    words.fold("niet geen nooit zonder pas non ne sans nicht kein keine ohne not no never without").split()
)
_WORDS_A_NOT_REACHES = 3


def plain_answers(form: Form, text: str, answered: dict[str, str], language: str, today: date) -> dict[str, str]:
    """Return answers for fields that have none yet: choices first, since they decide what else is asked."""
    text = text[:_MOST_LETTERS]
    found: dict[str, str] = {}
    folded = f" {words.fold(text)} "
    beside_names = folded
    for name in sorted(map(words.fold, form.names()), key=len, reverse=True):
        beside_names = beside_names.replace(f" {name} ", " | ")  # `Change of household composition` chooses no change
    for field in form.fields:
        if field.type in CHOICES and field.required and field.key not in answered:
            option = _option_named(field, beside_names)
            if option is not None:
                found[field.key] = option
    asked = form_checker.visible_fields(form, {**found, **answered}, language)
    open_fields = [field for field in asked if field.key not in answered and field.key not in found]
    found |= _days(form, open_fields, days_in(text, today))
    for field in open_fields:
        value = _only(_values(field, text, folded))
        if value is not None:
            found[field.key] = value
    return {key: value for key, value in found.items() if any(field.key == key for field in asked)}


def _option_named(field: Field, folded: str) -> str | None:
    """Return the one option whose label stands in the text; one that is part of a longer one named does not count."""
    named = {
        label: option.key
        for option in field.options
        for label in {words.fold(option.label.in_(language)) for language in LANGUAGES}
        if len(label) >= _SHORTEST_LABEL and option.key != "other" and f" {label} " in folded
    }
    keys = {
        key
        for label, key in named.items()
        if not any(label != longer and f" {label} " in f" {longer} " for longer in named)
    }
    denied = any(_is_denied(label, folded) for label in named)
    return keys.pop() if len(keys) == 1 and not denied else None


def _is_denied(label: str, folded: str) -> bool:
    before = folded.partition(f" {label} ")[0].split()
    return not _NOT.isdisjoint(before[-_WORDS_A_NOT_REACHES:])


def _days(form: Form, open_fields: Sequence[Field], days: Sequence[DayNamed]) -> dict[str, str]:
    """Give the days to the fields that begin and end something; a day with no such word only to a lone field."""
    ends = {field.key: field for field in form.fields if field.type is FieldType.DATE and field.not_before}
    begins = [field for field in form.fields if field.type is FieldType.DATE and field.key not in ends]
    if len(begins) != 1 or len(ends) > 1:
        return {}
    distinct = {day.on for day in days if day.role is not Role.OF}
    by_role = {role: {day.on for day in days if day.role is role} for role in Role}
    start = by_role[Role.BEGIN] or (distinct if len(distinct) == 1 and not by_role[Role.END] else set())
    found = {begins[0].key: start, **dict.fromkeys(ends, by_role[Role.END])}
    open_keys = {field.key for field in open_fields}
    return {key: next(iter(on)).isoformat() for key, on in found.items() if len(on) == 1 and key in open_keys}


def _values(field: Field, text: str, folded: str) -> Iterator[str]:
    """Yield what the text names in the unit of a field."""
    unit = re.search(r"\(([^()]+)\)$", field.label.nl)
    if field.type is FieldType.EMAIL:
        yield from _ADDRESS.findall(text)
    elif field.type is FieldType.MONEY:
        yield from (before or after for before, after in _MONEY.findall(text))
    elif field.type is FieldType.DECIMAL and unit and unit[1] == "%":
        yield from _percentages(text, folded)
    elif field.type in {FieldType.DECIMAL, FieldType.INTEGER} and unit:
        yield from re.findall(rf"(?<![\w.,])(\d{{1,6}}(?:[.,]\d{{1,3}})?)\s?{re.escape(unit[1])}\b", text)


def _percentages(text: str, folded: str) -> Iterator[str]:
    for found in _PERCENT.finditer(text):
        yield found[1].replace(",", ".")
    for found in _FRACTION.finditer(text):
        part, whole = int(found[1]), int(found[2])
        if part < whole and _PER_CENT * part % whole == 0:
            yield str(_PER_CENT * part // whole)
    if any(f" {word} " in folded for word in _HALF):
        yield str(_PER_CENT // 2)


def _only(values: Iterator[str]) -> str | None:
    distinct = {value.strip() for value in values}
    return distinct.pop() if len(distinct) == 1 else None

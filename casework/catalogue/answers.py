"""Reads one answer as people write it (1/9/2026, 12,5, "Gehuwd") into the one form in which it is kept.

What is kept can be written as JSON: a date as 2026-09-01, a month as 2026-09, a decimal as "12.5", a year and
an integer as a number, an amount as whole cents, a choice as the key of its option.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from datetime import date
from decimal import Decimal
from enum import StrEnum

from casework.catalogue import words
from casework.catalogue.models import LANGUAGES, Field, FieldType

Value = str | int


class ErrorCode(StrEnum):
    """What can be wrong with a form; `texts.yaml` says each in four languages."""

    MISSING_FIELD = "missing_field"
    MISSING_DOCUMENT = "missing_document"
    UNKNOWN_FIELD = "unknown_field"
    UNKNOWN_OPTION = "unknown_option"
    NOT_A_DATE = "not_a_date"
    NOT_A_MONTH = "not_a_month"
    NOT_A_YEAR = "not_a_year"
    YEAR_OUT_OF_RANGE = "year_out_of_range"
    TOO_EARLY = "too_early"
    NOT_AN_INTEGER = "not_an_integer"
    NOT_A_DECIMAL = "not_a_decimal"
    NOT_AN_AMOUNT = "not_an_amount"
    TOO_SMALL = "too_small"
    TOO_LARGE = "too_large"
    TOO_LONG = "too_long"
    NOT_AN_EMAIL = "not_an_email"
    NOT_A_CASE_NUMBER = "not_a_case_number"


@dataclass(frozen=True, slots=True)
class WrongAnswer:
    """Why an answer cannot be kept; `params` fill the text that says so."""

    code: ErrorCode
    params: Mapping[str, str] = dataclass_field(default_factory=dict)


_YEARS_BACK, _YEARS_AHEAD = 100, 50  # beyond a working life and its pension a year is a slip of the keyboard
_LONGEST_LINE = 500
_LONGEST_TEXT = 50_000
_LONGEST_TOKEN = 254  # the longest e-mail address (RFC 5321 4.5.3.1.3, less the brackets)
_DECIMAL_PLACES = 4
_YEAR_FIRST = re.compile(r"([0-9]{4})([-/.])([0-9]{1,2})\2([0-9]{1,2})")
_DAY_FIRST = re.compile(r"([0-9]{1,2})([-/.])([0-9]{1,2})\2([0-9]{4})")
_MONTH = re.compile(r"(?:([0-9]{4})[-/.]([0-9]{1,2})|([0-9]{1,2})[-/.]([0-9]{4}))")
# At most 15 digits before and 12 after the point: together they fit the 28 digits that Decimal keeps exactly.
_NUMBER = re.compile(r"([+-]?)([0-9]{1,15})(?:[.,]([0-9]{1,12}))?")
_GROUPED = re.compile(r"([+-]?)([0-9]{1,3}([ .,'])[0-9]{3}(?:\3[0-9]{3}){0,3})(?:(?!\3)[.,]([0-9]{1,12}))?")
_EMAIL = re.compile(r"""([^@\s<>()\[\],;:"\\]{1,64})@((?:[^\W_][\w-]{0,62}\.)+[^\W\d_][\w-]{1,62})""")
_CASE_NUMBER = re.compile(r"#?([A-Za-z]{3}) ?([0-9]{7})")


def clean(raw: str) -> str:
    """Return the answer without outer blanks, control characters and halves of characters.

    What is longer than any answer may be is cut, and stays too long.
    """
    bounded = raw.strip()[: _LONGEST_TEXT + 1].replace("\r\n", "\n")
    return "".join(char for char in bounded if char in "\n\t" or unicodedata.category(char) not in {"Cc", "Cs"}).strip()


def find_option(field: Field, raw: str, language: str) -> str | None:
    """Return the key of the option meant by its key or by its label, the reader's own language first."""
    wanted = words.fold(raw[:_LONGEST_LINE])
    for option in field.options:
        if words.fold(option.key) == wanted:
            return option.key
    for spoken in (language, *LANGUAGES):
        for option in field.options:
            if words.fold(option.label.in_(spoken)) == wanted:
                return option.key
    return None


def read_answer(field: Field, raw: str, language: str, today: date) -> Value | WrongAnswer:
    """Return what is kept of an answer that is not empty, or why it cannot be kept."""
    if field.options:
        chosen = find_option(field, raw, language)
        return chosen if chosen is not None else WrongAnswer(ErrorCode.UNKNOWN_OPTION, {"value": raw[:60]})
    if field.type in _CALENDAR:
        return _CALENDAR[field.type](raw[:_LONGEST_TOKEN], today)
    if field.type in _NUMBERS:
        return _read_number(field, raw[:_LONGEST_TOKEN])
    if field.type is FieldType.EMAIL:
        return _read_email(raw)
    if field.type is FieldType.CASE_NUMBER:
        match = _CASE_NUMBER.fullmatch(" ".join(raw[:_LONGEST_TOKEN].split()))
        return f"{match[1].upper()}{match[2]}" if match else WrongAnswer(ErrorCode.NOT_A_CASE_NUMBER)
    return _read_text(field, raw)


def write_answer(field: Field, value: Value, language: str) -> str:
    """Return a kept answer as people of this language write it; `read_answer` makes the same value of it."""
    option = field.option(str(value))
    if option is not None:
        return option.label.in_(language)
    if field.type in {FieldType.DATE, FieldType.MONTH}:
        return ("." if language == "de" else "/").join(reversed(str(value).split("-")))
    if field.type is FieldType.MONEY:
        value = f"{int(value) // 100}.{int(value) % 100:02}"
    if field.type in {FieldType.MONEY, FieldType.DECIMAL}:
        return str(value) if language == "en" else str(value).replace(".", ",")
    return str(value)


def _read_text(field: Field, raw: str) -> Value | WrongAnswer:
    longest = _LONGEST_TEXT if field.type is FieldType.TEXTAREA else _LONGEST_LINE
    kept = raw if field.type is FieldType.TEXTAREA else " ".join(raw.split())
    return kept if len(kept) <= longest else WrongAnswer(ErrorCode.TOO_LONG, {"maximum": str(longest)})


def _read_email(raw: str) -> Value | WrongAnswer:
    match = _EMAIL.fullmatch(raw) if len(raw) <= _LONGEST_TOKEN else None
    return f"{match[1]}@{match[2].lower()}" if match else WrongAnswer(ErrorCode.NOT_AN_EMAIL)


def _read_date(raw: str, today: date) -> Value | WrongAnswer:
    if match := _YEAR_FIRST.fullmatch(raw):
        year, month, day = match[1], match[3], match[4]
    elif match := _DAY_FIRST.fullmatch(raw):
        day, month, year = match[1], match[3], match[4]
    else:
        return WrongAnswer(ErrorCode.NOT_A_DATE)
    try:
        found = date(int(year), int(month), int(day))
    except ValueError:
        return WrongAnswer(ErrorCode.NOT_A_DATE)
    return _out_of_range(found.year, today) or found.isoformat()


def _read_month(raw: str, today: date) -> Value | WrongAnswer:
    match = _MONTH.fullmatch(raw)
    if match is None:
        return WrongAnswer(ErrorCode.NOT_A_MONTH)
    year, month = int(match[1] or match[4]), int(match[2] or match[3])
    if not 1 <= month <= 12:
        return WrongAnswer(ErrorCode.NOT_A_MONTH)
    return _out_of_range(year, today) or f"{year:04}-{month:02}"


def _read_year(raw: str, today: date) -> Value | WrongAnswer:
    if re.fullmatch(r"[0-9]{4}", raw) is None:
        return WrongAnswer(ErrorCode.NOT_A_YEAR)
    return _out_of_range(int(raw), today) or int(raw)


def _out_of_range(year: int, today: date) -> WrongAnswer | None:
    earliest, latest = today.year - _YEARS_BACK, today.year + _YEARS_AHEAD
    if earliest <= year <= latest:
        return None
    return WrongAnswer(ErrorCode.YEAR_OUT_OF_RANGE, {"earliest": str(earliest), "latest": str(latest)})


def _read_number(field: Field, raw: str) -> Value | WrongAnswer:
    code, places = _NUMBERS[field.type]
    number = _parse_number(_without_unit(field, raw))
    if number is None or number != round(number, places):
        return WrongAnswer(code)
    if number < field.minimum:
        return WrongAnswer(ErrorCode.TOO_SMALL, {"minimum": str(field.minimum)})
    if number > field.maximum:
        return WrongAnswer(ErrorCode.TOO_LARGE, {"maximum": str(field.maximum)})
    if field.type is FieldType.DECIMAL:
        return f"{number.normalize():f}"
    return int(number * 100) if field.type is FieldType.MONEY else int(number)


def _without_unit(field: Field, raw: str) -> str:
    """Drop the unit that people repeat: € with an amount, else the one in the label, as in (km)."""
    plain = " ".join(raw.replace("\N{RIGHT SINGLE QUOTATION MARK}", "'").split()).replace("\N{MINUS SIGN}", "-")
    unit = re.search(r"\(([^()]+)\)$", field.label.nl)
    units = ["€", "EUR", "euro"] if field.type is FieldType.MONEY else [unit[1]] if unit else []
    for name in units:
        if plain.casefold().endswith(name.casefold()):
            return plain[: -len(name)].strip()
        if plain.casefold().startswith(name.casefold()):
            return plain[len(name) :].strip()
    return plain


def _parse_number(raw: str) -> Decimal | None:
    """Read 1234,5 and 1234.5, and thousands set apart in groups (1.234,50 or 1 234,50)."""
    if match := _NUMBER.fullmatch(raw):
        sign, whole, fraction = match[1], match[2], match[3]
    elif match := _GROUPED.fullmatch(raw):
        sign, whole, fraction = match[1], re.sub(r"[^0-9]", "", match[2]), match[4]
    else:
        return None
    return Decimal(f"{sign}{whole}.{fraction or 0}")


_CALENDAR: Mapping[FieldType, Callable[[str, date], Value | WrongAnswer]] = {
    FieldType.DATE: _read_date,
    FieldType.MONTH: _read_month,
    FieldType.YEAR: _read_year,
}
_NUMBERS: Mapping[FieldType, tuple[ErrorCode, int]] = {
    FieldType.INTEGER: (ErrorCode.NOT_AN_INTEGER, 0),
    FieldType.DECIMAL: (ErrorCode.NOT_A_DECIMAL, _DECIMAL_PLACES),
    FieldType.MONEY: (ErrorCode.NOT_AN_AMOUNT, 2),
}

"""Finds the days that a sentence names, in the four languages of the desk, and whether something begins or ends there.

A day is read only where one reading is left: whoever calls asks for the rest.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, timedelta
from enum import StrEnum

from casework.catalogue import words

_MONTH_NAMES = (
    "januari janvier januar january jan janv",
    "februari février fevrier februar february feb févr",
    "maart mars märz maerz march mrt mar",
    "april avril apr avr",
    "mei mai may",
    "juni juin june jun",
    "juli juillet july jul juil",
    "augustus août aout august aug",
    "september septembre sep sept",
    "oktober octobre october okt oct",
    "november novembre nov",
    "december décembre decembre dezember dec dez",
)
_MONTHS = {words.fold(name): number for number, names in enumerate(_MONTH_NAMES, start=1) for name in names.split()}
_MONTH = "|".join(sorted((name for names in _MONTH_NAMES for name in names.split()), key=len, reverse=True))
_ORDINAL = r"(?:er|ste|de|e|st|nd|rd|th|\.)?"
_FORMS = (
    r"(?P<y1>[12]\d{3})[-/.](?P<m1>\d{1,2})[-/.](?P<d1>\d{1,2})",
    r"(?P<d2>\d{1,2})(?P<sep>[-/.])(?P<m2>\d{1,2})(?:(?P=sep)(?P<y2>[12]\d{3}))?",
    rf"(?P<d3>\d{{1,2}}){_ORDINAL}\s+(?:of\s+)?(?P<m3>{_MONTH})\b\.?(?:,?\s+(?P<y3>[12]\d{{3}}))?",
    rf"\b(?P<m4>{_MONTH})\s+(?P<d4>\d{{1,2}}){_ORDINAL}(?:,?\s+(?P<y4>[12]\d{{3}}))?",
    # The month is said once, at the end of the stretch.
    rf"(?P<d5>\d{{1,2}}){_ORDINAL}(?=\s+(?:tot|t/m|t\.e\.m\.|au|bis|to|until|till|through)\s)",
)
_DAY = re.compile(rf"(?<![\w/.-])(?:{'|'.join(_FORMS)})(?![\w/%-])", re.IGNORECASE)

_BEGINS = (
    "vanaf, met ingang van, ingaand op, ingang, start op, begint op, sinds, à partir du, à partir de, à compter du, "
    "dès le, depuis le, début le, le début, ab dem, ab, seit dem, seit, beginnend am, from, starting, starting on, "
    "as of, as from, since, beginning, beginning on, effective"
)
_ENDS = (
    "tot en met, t.e.m., t/m, tem, tot, einde op, jusqu'au, jusque, au, à, fin le, bis zum, bis, "
    "until, till, to, through, up to"
)
# These begin a stretch only if it is ended too; else they say of which day something is: `your mail of 3 March`.
_OF_OR_BEGINS = "van, du, de, vom, von, of, between, tussen, entre, zwischen"
_SINCE = frozenset({"sinds", "depuis", "seit", "since"})
_ARTICLES = frozenset({"de", "den", "le", "dem", "the", "en", "met", "inclus", "zum"})
_BEFORE = 40  # letters before a day in which a word may say what it is
_NEXT_YEAR_AT_MOST = timedelta(days=274)  # further ahead, a day without its year is as likely one that is past
_MOST_DAYS = 50


class Role(StrEnum):
    """What happens on a day, by the words before it."""

    BEGIN = "begin"
    END = "end"
    OF = "of"
    UNSAID = "unsaid"


@dataclass(frozen=True, slots=True)
class DayNamed:
    """One day that a text names."""

    on: date
    role: Role


@dataclass(frozen=True, slots=True)
class _Mention:
    day: int
    month: int | None
    year: int | None
    role: Role
    is_past: bool
    is_numeric: bool


def _by_length(listed: str) -> tuple[str, ...]:
    return tuple(sorted((words.fold(phrase) for phrase in listed.split(", ")), key=len, reverse=True))


_ROLE_WORDS = (
    (Role.END, _by_length(_ENDS)),
    (Role.BEGIN, _by_length(_BEGINS)),
    (Role.OF, _by_length(_OF_OR_BEGINS)),
)


def days_in(text: str, today: date) -> tuple[DayNamed, ...]:
    """Return the days that a text names, in its order.

    A day without its year takes that of the day that ends the same stretch, or else the next one to come (after
    "since": the last that was); where that is far off, or the day is mere figures, it is left out.
    """
    mentions = list(_mentions(text))
    for number in range(len(mentions) - 1):
        mentions[number : number + 2] = _as_stretch(*mentions[number : number + 2])
    days = ((mention, _day(mention, today)) for mention in mentions)
    return tuple(DayNamed(on, mention.role) for mention, on in days if on is not None)


def _as_stretch(first: _Mention, last: _Mention) -> tuple[_Mention, _Mention]:
    """Return two neighbouring days; one that begins what the other ends takes from it what it leaves unsaid."""
    if first.role not in {Role.BEGIN, Role.OF} or last.role is not Role.END:
        return first, last
    first = replace(first, role=Role.BEGIN, month=last.month if first.month is None else first.month)
    if first.month is None or last.month is None:
        return first, last
    turns = (first.month, first.day) > (last.month, last.day)
    if first.year is None and last.year is not None:
        first = replace(first, year=last.year - turns)
    elif last.year is None and first.year is not None:
        last = replace(last, year=first.year + turns)
    return first, last


def _mentions(text: str) -> Iterator[_Mention]:
    for number, found in enumerate(_DAY.finditer(text)):
        if number >= _MOST_DAYS:
            return
        parts = found.groupdict()
        day = next(int(parts[f"d{form}"]) for form in "12345" if parts[f"d{form}"])
        year = next((int(parts[f"y{form}"]) for form in "1234" if parts[f"y{form}"]), None)
        before = words.fold(text[max(0, found.start() - _BEFORE) : found.start()])
        is_past = not _SINCE.isdisjoint(before.split()[-2:])
        yield _Mention(day, _month(parts), year, _role(before), is_past=is_past, is_numeric=parts["d2"] is not None)


def _month(parts: dict[str, str | None]) -> int | None:
    figures = parts["m1"] or parts["m2"]
    return int(figures) if figures else _MONTHS.get(words.fold(parts["m3"] or parts["m4"] or ""))


def _role(before: str) -> Role:
    tail = f" {before}"
    for role, phrases in _ROLE_WORDS:
        if any(tail.endswith(f" {phrase}") for phrase in phrases):
            return role
    return _role(before.rpartition(" ")[0]) if before.rpartition(" ")[2] in _ARTICLES else Role.UNSAID


def _day(mention: _Mention, today: date) -> date | None:
    if mention.year is not None:
        return _date(mention.year, mention)
    return None if mention.is_numeric else _nearest(mention, today)


def _nearest(mention: _Mention, today: date) -> date | None:
    days = [day for shift in (-1, 0, 1) if (day := _date(today.year + shift, mention)) is not None]
    if mention.is_past:
        return max((day for day in days if day <= today), default=None)
    coming = min((day for day in days if day >= today), default=None)
    return coming if coming and coming - today <= _NEXT_YEAR_AT_MOST else None


def _date(year: int, mention: _Mention) -> date | None:
    try:
        return date(year, mention.month or 0, mention.day)
    except ValueError:
        return None

"""Reads the date of a mail (RFC 5322, 3.3), also as programs write it that never read the standard."""

import re
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

_LONGEST = 200
_COMMENT = re.compile(r"\((?:\\.|[^()\\])*+\)")
_NESTED_COMMENTS = 3
_ISO = re.compile(r"\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d{1,6})?)? ?(?:Z|[+-]\d\d:?\d\d)?\Z", re.IGNORECASE)
_AROUND_COLON = re.compile(r"(?<=\d)\s*:\s*(?=\d)")
_GLUED = re.compile(r"(\d\d:\d\d(?::\d\d)? ?[+-]\d{4})[A-Za-z].*")  # a time with its zone, and what is glued to it
_GLUED_ZONE = re.compile(r"(?<=:\d\d)(?=(?:GMT|UTC?|[ECMP][SD]T)\b)")
_COLON_IN_OFFSET = re.compile(r"(?<=[\d ])([+-]\d\d):(\d\d)\b")
_OFFSET_IN_HOURS = re.compile(r"(:\d\d ?[+-])(\d{1,2})\Z")
_FRACTION = re.compile(r"(:\d\d)[.,]\d+")
_LEAP_SECOND = re.compile(r"(\d:\d\d):60\b")
_DAY_WITH_DOT = re.compile(r"\b(\d{1,2})\. ")
_YEAR_OF_THREE = re.compile(r"(?<=[a-z.] )1(\d\d)(?= \d{1,2}:)", re.IGNORECASE)  # years since 1900, unconverted
_HALF_DAY = re.compile(r"\b(\d{1,2})(:\d\d(?::\d\d)?) ?([AP])M\b", re.IGNORECASE)
_NAMED_OFFSET = re.compile(r"\b(?:GMT|UTC?) ?(?=[+-]\d)")
_ZONE = re.compile(r"\b(MET DST|CES?T|MES?T|ME[SZ]Z?|WES?T|BST|EES?T)\b")
_OFFSETS = {
    "WET": "+0000",
    "WEST": "+0100",
    "BST": "+0100",
    "CET": "+0100",
    "MET": "+0100",
    "MEZ": "+0100",
    "CEST": "+0200",
    "MEST": "+0200",
    "MET DST": "+0200",
    "MESZ": "+0200",
    "EET": "+0200",
    "EEST": "+0300",
}
_WORD = re.compile(r"[^\W\d_]{3,}\.?")
_MONTHS = {  # by their first letters, in Dutch, French and German
    "Jan": ("jan", "jän"),
    "Feb": ("feb", "fev", "fév"),
    "Mar": ("maa", "mär", "mrt", "mars"),
    "Apr": ("apr", "avr"),
    "May": ("mei", "mai"),
    "Jun": ("juin", "jun"),
    "Jul": ("juil", "jul"),
    "Aug": ("aug", "aoû", "aou"),
    "Sep": ("sep",),
    "Oct": ("oct", "okt"),
    "Nov": ("nov",),
    "Dec": ("dec", "dez", "déc"),
}
_MONTH_OF = {first: month for month, firsts in _MONTHS.items() for first in firsts}


def read_date(value: str) -> datetime | None:
    """Return the moment that a header names, or None where it names none; a time without a zone is one of UTC."""
    text = _repaired(value[:_LONGEST])
    try:
        if _ISO.match(text):
            moment = datetime.fromisoformat(text.upper().replace(" +", "+").replace(" -", "-"))
        else:
            moment = parsedate_to_datetime(text)
        moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
        moment.astimezone(UTC)  # raises for one at the edge of the calendar, which nobody could keep
    except (TypeError, ValueError, IndexError, OverflowError):
        return None
    return moment


def _repaired(text: str) -> str:
    for _ in range(_NESTED_COMMENTS):
        text = _COMMENT.sub(" ", text)
    text = _AROUND_COLON.sub(":", text).strip()
    if _ISO.match(text):
        return text
    text = _FRACTION.sub(r"\1", _GLUED.sub(r"\1", text))
    text = _YEAR_OF_THREE.sub(r"20\1", _LEAP_SECOND.sub(r"\1:59", _DAY_WITH_DOT.sub(r"\1 ", text)))
    text = _COLON_IN_OFFSET.sub(r"\1\2", _NAMED_OFFSET.sub("", _GLUED_ZONE.sub(" ", text)))
    text = _OFFSET_IN_HOURS.sub(lambda found: f"{found[1]}{int(found[2]):02}00", text)
    text = _ZONE.sub(lambda found: _OFFSETS.get(found[1], found[1]), text)
    return _HALF_DAY.sub(_whole_day, _WORD.sub(_english, text))


def _english(word: re.Match[str]) -> str:
    lower = word[0].lower()
    return _MONTH_OF.get(lower[:4]) or _MONTH_OF.get(lower[:3]) or word[0]


def _whole_day(found: re.Match[str]) -> str:
    hour = int(found[1]) % 12 + (12 if found[3] in "pP" else 0)
    return f"{hour:02}{found[2]}"

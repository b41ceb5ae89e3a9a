"""How moments, days, sizes and channels are written in a language; moments are shown in Belgian time."""

from datetime import date, datetime
from functools import lru_cache

from babel.dates import format_date

from casework.attachments import sniffing
from casework.clock import BRUSSELS, local_date

LOCALES = {"nl": "nl_BE", "fr": "fr_BE", "de": "de_BE", "en": "en_BE"}
KILOBYTE = 1024


def moment(at: datetime, language: str) -> str:
    """Return a moment as people write it, such as '21 november 2026, 14:05'."""
    return f"{day(local_date(at), language)}, {at.astimezone(BRUSSELS):%H:%M}"


def short_moment(at: datetime) -> str:
    """Return a moment in digits, for tables, such as '21/11/2026 14:05': the same in every language of Belgium."""
    return f"{at.astimezone(BRUSSELS):%d/%m/%Y %H:%M}"


def short_day(at: datetime) -> str:
    """Return the Belgian calendar day of a moment in digits, such as '21/11/2026'."""
    return f"{at.astimezone(BRUSSELS):%d/%m/%Y}"


@lru_cache(maxsize=4096)
def day(on: date, language: str) -> str:
    """Return a calendar day as people write it."""
    return _with_first(format_date(on, "long", locale=LOCALES[language]), on, language)


def abbreviated_day(on: date, language: str) -> str:
    """Return a calendar day with its month cut short, such as '21 nov. 2026'."""
    pattern = "d. MMM y" if language == "de" else "d MMM y"
    return _with_first(format_date(on, pattern, locale=LOCALES[language]), on, language)


def _with_first(written: str, on: date, language: str) -> str:
    """Write the first of a month as French does, and CLDR does not."""
    return written.replace("1 ", "1er ", 1) if language == "fr" and on.day == 1 else written


def month(on: date, language: str) -> str:
    """Return the month of a day as people write it, such as 'mei 2026'."""
    return format_date(on, "MMMM y", locale=LOCALES[language])


def file_kind(media_type: str) -> str:
    """Return a kind of file as people call it, such as 'PDF': what the file is, whatever its name says."""
    return sniffing.extension_for(media_type).removeprefix(".").upper()


def size(count: int) -> str:
    """Return a number of bytes in the largest unit that keeps it readable, rounded up: a file is never '0 kB'."""
    if count < KILOBYTE:
        return f"{count} B"
    kilobytes = -(-count // KILOBYTE)
    return f"{kilobytes} kB" if kilobytes < KILOBYTE else f"{-(-kilobytes // KILOBYTE)} MB"

"""Compares words without accents, which many keyboards and old programs leave out."""

import re
import unicodedata

_ACCENTS = re.compile("[\u0300-\u036f\u3099\u309a]+")  # with the two that Japanese has


def unaccented(words: str) -> str:
    """Return words without the accents on their letters."""
    if words.isascii():
        return words
    return _ACCENTS.sub("", unicodedata.normalize("NFD", words))


def compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern for unaccented words, from one that is written with its accents."""
    return re.compile(unaccented(pattern))

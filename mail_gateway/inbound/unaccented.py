"""Compares words without accents, which many keyboards and old programs leave out."""

import re
import unicodedata


def unaccented(words: str) -> str:
    """Return words without the accents on their letters."""
    if words.isascii():
        return words
    return "".join(char for char in unicodedata.normalize("NFD", words) if not unicodedata.combining(char))


def compiled(pattern: str) -> re.Pattern[str]:
    """Return a pattern for unaccented words, from one that is written with its accents."""
    return re.compile(unaccented(pattern))

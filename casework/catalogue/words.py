"""How words are compared, so that accents, case and typing slips never decide whether a form is found."""

import re
import unicodedata
from collections.abc import Iterable
from difflib import get_close_matches

_LIGATURES = str.maketrans({"œ": "oe", "æ": "ae", "ø": "o", "đ": "d", "ł": "l"})  # NFKD leaves these whole
_WORDS = re.compile(r"[^\W_]+")
_ASCII = "".join(char if char.isalnum() else " " for char in map(chr, range(128))).lower()
_LONGEST_NAME = 60  # comparing names is quadratic in their length, and a name may come from a stranger


def fold(text: str) -> str:
    """Return the text in lower case, without accents, words and numbers one space apart."""
    if text.isascii():  # most words are, and there is nothing to take apart
        return " ".join(text.translate(_ASCII).split())
    decomposed = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    plain = "".join(char for char in decomposed if not unicodedata.combining(char)).translate(_LIGATURES)
    return " ".join(_WORDS.findall(plain))


def nearest(name: str, known: Iterable[str]) -> str:
    """Return the known name that looks most like this one; there must be at least one."""
    names = sorted(known)
    shortened = name[:_LONGEST_NAME].casefold()
    return get_close_matches(shortened, names, n=1, cutoff=0.0)[0]

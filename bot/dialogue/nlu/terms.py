"""The terms by which a sentence is told from others: parts of its words, its words, and pairs of neighbours."""

import re
from collections.abc import Callable
from itertools import pairwise

_WORDS = re.compile(r"\w+")
_SHORTEST, _LONGEST = 2, 5

Terms = Callable[[str], list[str]]


def parts_of_words(sentence: str) -> list[str]:
    """Return each run of two to five letters within a word and the blanks around it, as often as it occurs."""
    found = []
    for word in sentence.split():
        letters = f" {word} "
        for length in range(_SHORTEST, _LONGEST + 1):
            found += [letters[at : at + length] for at in range(max(1, len(letters) - length + 1))]
            if len(letters) <= length:
                break
    return found


def words_and_pairs(sentence: str) -> list[str]:
    """Return each word, and each two that are neighbours."""
    words: list[str] = _WORDS.findall(sentence)
    return [*words, *(f"{one} {next_one}" for one, next_one in pairwise(words))]

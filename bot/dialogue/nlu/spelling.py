"""How a sentence is spelt before it is compared: people greet first, stretch words and mistype."""

import re
from collections import Counter
from collections.abc import Iterable

from bot.dialogue.nlu import courtesies
from bot.dialogue.nlu.folding import normal

_CASE_NUMBER = re.compile(r"\bhrb ?\d+")
_STRETCHED = re.compile(r"(\w)\1{2,}")
_DIGIT = re.compile(r"\d")
# Shorter words are too much like each other to be set right; longer ones nobody mistypes, they only cost time.
SHORTEST, LONGEST = 4, 24


def plain(text: str) -> str:
    """Fold as `normal` does, and take every number for the same one: which day it is says nothing of what is meant."""
    numbered = _CASE_NUMBER.sub("casenumber", normal(text))
    return _DIGIT.sub("0", _STRETCHED.sub(r"\1", numbered))


class Speller:
    """The words of the examples; one letter wrong, missing, too many or out of place is set right towards them."""

    def __init__(self, texts: Iterable[str]) -> None:
        self._seen = Counter(word for text in texts for word in plain(courtesies.set_aside(text)).split())
        self._shortened: dict[str, list[str]] = {}
        for word in self._seen:
            if SHORTEST <= len(word) <= LONGEST:
                for form in _shortened(word):
                    self._shortened.setdefault(form, []).append(word)

    def __call__(self, text: str) -> str:
        """Write what is meant plainly, in words that stand in the examples where it has words that nearly do."""
        return " ".join(self._corrected(word) for word in plain(courtesies.set_aside(text)).split())

    def _corrected(self, word: str) -> str:
        if word in self._seen or not SHORTEST <= len(word) <= LONGEST:
            return word
        near = {known for form in _shortened(word) for known in self._shortened.get(form, ()) if _one_slip(word, known)}
        return max(near, key=lambda known: (self._seen[known], known), default=word)


def _shortened(word: str) -> set[str]:
    """Give the word itself, and it without each of its letters: two words one slip apart share one of these."""
    return {word, *(word[:at] + word[at + 1 :] for at in range(len(word)))}


def _one_slip(typed: str, meant: str) -> bool:
    """Whether one letter more, less, other, or two neighbours that changed places, is all the difference."""
    at = next((at for at, (one, other) in enumerate(zip(typed, meant, strict=False)) if one != other), None)
    if at is None:
        return abs(len(typed) - len(meant)) <= 1
    rest, other = typed[at:], meant[at:]
    swapped = rest[1::-1] + rest[2:]
    return rest[1:] == other or rest == other[1:] or rest[1:] == other[1:] or swapped == other

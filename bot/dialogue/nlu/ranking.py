"""Ranks the intents of one sentence with what scikit-learn learnt, and without scikit-learn.

Loading the library costs more memory than everything else that the assistant holds, and its way through matrices most
of the time of one sentence. Terms, weights and confidences are its own; a test holds both against each other.
"""

from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np

from bot.dialogue.nlu.spelling import Speller
from bot.dialogue.nlu.terms import Terms


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Terms of one kind: the column of each, how rare each is (idf), and whether more of one counts less and less."""

    terms_in: Terms
    columns: dict[str, int]
    rarity: Any
    sublinear: bool

    def values(self, sentence: str) -> tuple[Any, Any]:
        """Return the columns that are not nought with their values: counted, times rarity, of length one."""
        counts = Counter(self.columns[term] for term in self.terms_in(sentence) if term in self.columns)
        at = np.fromiter(counts, np.intp, len(counts))
        values = np.fromiter(counts.values(), np.float64, len(counts))
        if self.sublinear:
            values = np.log(values) + 1
        values *= self.rarity[at]
        return at, values / (np.sqrt(values @ values) or 1)


@dataclass(frozen=True, slots=True)
class Ranker:
    """What was learnt: the spelling, the vocabularies, a row of weights for each column, what a confidence is worth.

    Below `threshold` it had better say nothing; from `certainty` on it may interrupt.
    """

    intents: tuple[str, ...]
    threshold: float
    certainty: float
    speller: Speller
    vocabularies: tuple[Vocabulary, ...]
    weights: Any
    base: Any

    def rank(self, text: str) -> list[tuple[str, float]]:
        """Rank the intents for a sentence, the likeliest first, with confidences that add up to one."""
        sentence, width, scores = self.speller(text), 0, self.base
        for vocabulary in self.vocabularies:
            at, values = vocabulary.values(sentence)
            scores = scores + values @ self.weights[at + width]
            width += len(vocabulary.columns)
        odds = np.exp(scores - scores.max())
        confidences = (odds / odds.sum()).tolist()
        return sorted(zip(self.intents, confidences, strict=True), key=lambda pair: -pair[1])

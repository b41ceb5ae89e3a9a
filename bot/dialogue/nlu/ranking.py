"""Ranks the intents of one sentence with what scikit-learn learnt, without the way through its pipeline.

The pipeline is made for matrices: for one sentence most of its time is the checking of input and the building of
sparse arrays. Terms, weights and confidences are its own; a test holds both against each other.
"""

from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from bot.dialogue.nlu.classifier import IntentModel

Values = list[tuple[int, float]]


class Ranker:
    """The vectorisers and the weights of a trained classifier, and what its confidence is worth."""

    def __init__(self, model: IntentModel) -> None:
        """Take the parts of the pipeline: a union of vectorisers, then a logistic regression."""
        union, classifier = (part for _, part in model.pipeline.steps)
        self._intents = model.intents
        self.threshold, self.certainty = model.threshold, model.certainty
        self._vectorisers: list[Callable[[str], Values]] = []
        width = 0
        for _, vectoriser in union.transformer_list:
            self._vectorisers.append(_reader(vectoriser, width))
            width += len(vectoriser.vocabulary_)
        weights, base = classifier.coef_, classifier.intercept_
        if len(weights) == 1:  # of two intents scikit-learn keeps the second alone, as against nought
            weights, base = np.vstack([0 * weights, weights]), np.concatenate([0 * base, base])
        self._weights, self._base = np.ascontiguousarray(weights.T), base

    def rank(self, text: str) -> list[tuple[str, float]]:
        """Rank the intents for a sentence, the likeliest first, with confidences that add up to one."""
        found = [value for read in self._vectorisers for value in read(text)]
        columns = np.fromiter((column for column, _ in found), np.intp, len(found))
        values = np.fromiter((value for _, value in found), np.float64, len(found))
        scores = values @ self._weights[columns] + self._base
        odds = np.exp(scores - scores.max())
        confidences = (odds / odds.sum()).tolist()
        return sorted(zip(self._intents, confidences, strict=True), key=lambda pair: -pair[1])


def _reader(vectoriser: Any, offset: int) -> Callable[[str], Values]:
    """Return what turns a text into the columns that are not nought, as `transform` does: counted, idf, length one."""
    terms_in: Callable[[str], Iterable[str]] = vectoriser.build_analyzer()
    columns = {term: int(column) for term, column in vectoriser.vocabulary_.items()}
    rarity = vectoriser.idf_

    def read(text: str) -> Values:
        counts = Counter(columns[term] for term in terms_in(text) if term in columns)
        if not counts:
            return []
        at = np.fromiter(counts, np.intp, len(counts))
        values = np.fromiter(counts.values(), np.float64, len(counts))
        if vectoriser.sublinear_tf:
            values = np.log(values) + 1
        values *= rarity[at]
        values /= np.sqrt(values @ values)
        return list(zip((at + offset).tolist(), values.tolist(), strict=True))

    return read

"""From a sentence to an intent: character and word n-grams with logistic regression."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_union
from threadpoolctl import threadpool_limits

from bot.dialogue.nlu.examples import Example

WORDS = re.compile(r"\w+")

# Inverse regularisation: high, because there are few examples and each was written on purpose.
STRENGTH = 10.0
# Looser than the default: nearly the same ranking in a third of the time.
TOLERANCE = 1e-3


@dataclass(frozen=True, slots=True)
class IntentModel:
    """A trained classifier and what its confidence is worth.

    Below `threshold` it had better say nothing; from `certainty` on it may interrupt.
    """

    pipeline: Any
    intents: tuple[str, ...]
    threshold: float
    certainty: float


def train(examples: Sequence[Example]) -> Any:
    """Fit the classifier; its classes are in alphabetical order."""
    pipeline = Pipeline(
        [
            (
                "n-grams",
                make_union(
                    TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True),
                    TfidfVectorizer(ngram_range=(1, 2), tokenizer=WORDS.findall, token_pattern=None),
                ),
            ),
            ("classifier", LogisticRegression(C=STRENGTH, max_iter=300, tol=TOLERANCE, class_weight="balanced")),
        ]
    )
    # The matrices are small: more threads only wait for each other, and for whatever else the machine does.
    with threadpool_limits(limits=1):
        return pipeline.fit([e.text for e in examples], [e.intent for e in examples])


def confidences(pipeline: Any, texts: Sequence[str]) -> tuple[list[str], list[float]]:
    """Give the likeliest intent of each text and how sure the classifier is of it."""
    matrix = pipeline.predict_proba(list(texts))
    best = np.argmax(matrix, axis=1)
    return [str(pipeline.classes_[at]) for at in best], [float(row[at]) for row, at in zip(matrix, best, strict=True)]

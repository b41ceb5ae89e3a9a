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
from bot.dialogue.nlu.spelling import Speller

WORDS = re.compile(r"\w+")

# Inverse regularisation: high, because there are few examples and each was written on purpose.
STRENGTH = 10.0
# Stochastic steps come close enough in a third of the time of the default solver; the seed makes them repeatable.
# A looser tolerance stops by chance after four rounds instead of twenty, and understands a good deal less.
SOLVER, TOLERANCE, SEED = "sag", 0.03, 0


@dataclass(frozen=True, slots=True)
class IntentModel:
    """A trained classifier and what its confidence is worth.

    Below `threshold` it had better say nothing; from `certainty` on it may interrupt.
    """

    pipeline: Any
    intents: tuple[str, ...]
    threshold: float
    certainty: float


def n_grams(texts: Sequence[str]) -> Any:
    """Prepare what turns sentences into columns: parts of words, words and pairs of words, spelt as in these texts."""
    written = Speller(texts)
    return make_union(
        TfidfVectorizer(analyzer="char_wb", ngram_range=(2, 5), sublinear_tf=True, min_df=2, preprocessor=written),
        TfidfVectorizer(ngram_range=(1, 2), tokenizer=WORDS.findall, token_pattern=None, preprocessor=written),
    )


def fit(columns: Any, intents: Sequence[str]) -> Any:
    """Weigh the columns of sentences by their intents; the classes are in alphabetical order."""
    regression = LogisticRegression(
        C=STRENGTH, solver=SOLVER, tol=TOLERANCE, random_state=SEED, max_iter=300, class_weight="balanced"
    )
    # The matrices are small: more threads only wait for each other, and for whatever else the machine does.
    with threadpool_limits(limits=1):
        return regression.fit(columns, list(intents))


def train(examples: Sequence[Example]) -> Any:
    """Fit the classifier to all examples."""
    texts = [example.text for example in examples]
    union = n_grams(texts)
    regression = fit(union.fit_transform(texts), [example.intent for example in examples])
    return Pipeline([("n-grams", union), ("classifier", regression)])


def confidences(regression: Any, columns: Any) -> tuple[list[str], list[float]]:
    """Give the likeliest intent of each sentence and how sure the classifier is of it."""
    matrix = regression.predict_proba(columns)
    best = np.argmax(matrix, axis=1)
    return [str(regression.classes_[at]) for at in best], [float(row[at]) for row, at in zip(matrix, best, strict=True)]

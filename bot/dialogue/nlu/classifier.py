"""From a sentence to an intent: character and word n-grams with logistic regression; loads scikit-learn."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_union
from threadpoolctl import threadpool_limits

from bot.dialogue.nlu.ranking import Vocabulary
from bot.dialogue.nlu.terms import parts_of_words, words_and_pairs

# Inverse regularisation: high, because there are few examples and each was written on purpose.
STRENGTH = 10.0
# Stochastic steps come close enough in a third of the time of the default solver; the seed makes them repeatable.
# A looser tolerance stops by chance after four rounds instead of twenty, and understands a good deal less.
SOLVER, TOLERANCE, SEED = "sag", 0.03, 0


def n_grams() -> Any:
    """Prepare what turns sentences that are spelt alike into columns."""
    return make_union(
        TfidfVectorizer(analyzer=parts_of_words, sublinear_tf=True, min_df=2),
        TfidfVectorizer(analyzer=words_and_pairs),
    )


def fit(columns: Any, intents: Sequence[str]) -> Any:
    """Weigh the columns of sentences by their intents; the classes are in alphabetical order."""
    regression = LogisticRegression(
        C=STRENGTH, solver=SOLVER, tol=TOLERANCE, random_state=SEED, max_iter=300, class_weight="balanced"
    )
    # The matrices are small: more threads only wait for each other, and for whatever else the machine does.
    with threadpool_limits(limits=1):
        return regression.fit(columns, list(intents))


def confidences(regression: Any, columns: Any) -> tuple[list[str], list[float]]:
    """Give the likeliest intent of each sentence and how sure the classifier is of it."""
    matrix = regression.predict_proba(columns)
    best = np.argmax(matrix, axis=1)
    return [str(regression.classes_[at]) for at in best], [float(row[at]) for row, at in zip(matrix, best, strict=True)]


def vocabularies(union: Any) -> tuple[Vocabulary, ...]:
    """Take the terms out of what turned sentences into columns."""
    return tuple(_vocabulary(vectoriser) for _, vectoriser in union.transformer_list)


def weights(regression: Any) -> tuple[Any, Any]:
    """Take out a row of weights for each column, and what each intent begins with."""
    learnt, base = regression.coef_, regression.intercept_
    if len(learnt) == 1:  # of two intents scikit-learn keeps the second alone, as against nought
        learnt, base = np.vstack([0 * learnt, learnt]), np.concatenate([0 * base, base])
    return np.ascontiguousarray(learnt.T), base


def _vocabulary(vectoriser: Any) -> Vocabulary:
    columns = {str(term): int(column) for term, column in vectoriser.vocabulary_.items()}
    return Vocabulary(vectoriser.analyzer, columns, vectoriser.idf_, bool(vectoriser.sublinear_tf))

"""Trains the classifier, in a process of its own: the library and the work take memory that the service then never had.

`python -m bot.dialogue.nlu.training FILE` reads the examples as JSON and keeps what it learnt in the file.
"""

import json
import os
import pickle
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from bot.dialogue.nlu import classifier, threshold
from bot.dialogue.nlu.examples import Example
from bot.dialogue.nlu.ranking import Ranker
from bot.dialogue.nlu.spelling import Speller


def train(examples: Sequence[Example], out_of_scope: str) -> Ranker:
    """Fit the classifier to all examples, and measure on unseen ones how sure is sure enough."""
    texts, intents = [example.text for example in examples], [example.intent for example in examples]
    speller, union = Speller(texts), classifier.n_grams()
    columns = union.fit_transform([speller(text) for text in texts])
    regression = classifier.fit(columns, intents)
    chosen = threshold.choose_thresholds(columns, intents, out_of_scope)
    weights, base = classifier.weights(regression)
    return Ranker(
        intents=tuple(map(str, regression.classes_)),
        threshold=chosen.answer,
        certainty=chosen.interrupt,
        speller=speller,
        vocabularies=classifier.vocabularies(union),
        weights=weights,
        base=base,
    )


def _keep(ranker: Ranker, path: Path) -> None:
    """Put the file in place in one step, so that a crash never leaves half a classifier."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
        draft.write(pickle.dumps(ranker))
    os.replace(draft.name, path)  # noqa: PTH105 -- atomic on purpose


if __name__ == "__main__":
    asked = json.load(sys.stdin)
    _keep(
        train([Example(text, intent) for text, intent in asked["examples"]], asked["out_of_scope"]), Path(sys.argv[1])
    )

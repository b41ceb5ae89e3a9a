"""Keeps a trained classifier on disk, so that only the first start after a change has to train."""

import hashlib
import json
import logging
import os
import pickle
import tempfile
from collections.abc import Sequence
from pathlib import Path

import sklearn

from bot.dialogue.nlu import classifier, courtesies, threshold
from bot.dialogue.nlu.classifier import IntentModel
from bot.dialogue.nlu.examples import Example

# Raise it when the way of training changes.
RECIPE = 6

log = logging.getLogger(__name__)


def load_or_train(examples: Sequence[Example], out_of_scope: str, folder: Path) -> IntentModel:
    """Read the classifier for exactly these examples and this library, or train it and keep it.

    `folder` is the service's own: whoever can write there can run code here.
    """
    path = folder / f"intents-{_fingerprint(examples)}.pickle"
    model = _read(path)
    if model is None:
        model = _train(examples, out_of_scope)
        _write(path, model)
    return model


def _train(examples: Sequence[Example], out_of_scope: str) -> IntentModel:
    pipeline = classifier.train(examples)
    chosen = threshold.choose_thresholds(examples, out_of_scope)
    return IntentModel(pipeline, tuple(map(str, pipeline.classes_)), chosen.answer, chosen.interrupt)


def _fingerprint(examples: Sequence[Example]) -> str:
    polite = [sorted(phrases) for phrases in courtesies.phrases()]
    content = [RECIPE, sklearn.__version__, polite, [(e.intent, e.text) for e in examples]]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]


def _read(path: Path) -> IntentModel | None:
    try:
        model = pickle.loads(path.read_bytes())  # noqa: S301 -- written by this service, in its own folder
    except FileNotFoundError:
        return None
    except (OSError, EOFError, AttributeError, ImportError, ValueError, pickle.UnpicklingError) as reason:
        log.warning("the kept classifier %s cannot be read (%s) and is trained again", path.name, reason)
        return None
    return model if isinstance(model, IntentModel) else None


def _write(path: Path, model: IntentModel) -> None:
    """Put the file in place in one step, so that a crash never leaves half a classifier."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.NamedTemporaryFile(dir=path.parent, delete=False) as draft:
        draft.write(pickle.dumps(model))
    os.replace(draft.name, path)  # noqa: PTH105 -- atomic on purpose

"""Keeps a trained classifier on disk, so that only the first start after a change has to train."""

import hashlib
import importlib.metadata
import json
import logging
import pickle
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from bot.dialogue.nlu import courtesies
from bot.dialogue.nlu.examples import Example
from bot.dialogue.nlu.ranking import Ranker
from bot.errors import TrainingFailed

# Raise it when the way of training changes.
RECIPE = 7
TRAINING = "bot.dialogue.nlu.training"

log = logging.getLogger(__name__)


def load_or_train(examples: Sequence[Example], out_of_scope: str, folder: Path) -> Ranker:
    """Read the classifier for exactly these examples and this library, or have it trained and kept.

    `folder` is the service's own: whoever can write there can run code here. Raises `TrainingFailed`.
    """
    path = folder / f"intents-{_fingerprint(examples)}.pickle"
    ranker = _read(path)
    if ranker is None:
        _train(examples, out_of_scope, path)
        ranker = _read(path)
    if ranker is None:
        raise TrainingFailed
    return ranker


def _train(examples: Sequence[Example], out_of_scope: str, path: Path) -> None:
    asked = {"examples": [(example.text, example.intent) for example in examples], "out_of_scope": out_of_scope}
    command = [sys.executable, "-m", TRAINING, str(path)]
    try:
        subprocess.run(command, input=json.dumps(asked).encode(), capture_output=True, check=True)  # noqa: S603 -- our own
    except subprocess.CalledProcessError as failed:
        raise TrainingFailed(failed.stderr.decode(errors="replace")[-1000:]) from failed


def _fingerprint(examples: Sequence[Example]) -> str:
    polite = [sorted(phrases) for phrases in courtesies.phrases()]
    library = importlib.metadata.version("scikit-learn")
    content = [RECIPE, library, polite, [(e.intent, e.text) for e in examples]]
    return hashlib.sha256(json.dumps(content).encode()).hexdigest()[:32]


def _read(path: Path) -> Ranker | None:
    try:
        ranker = pickle.loads(path.read_bytes())  # noqa: S301 -- written by this service, in its own folder
    except FileNotFoundError:
        return None
    except (OSError, EOFError, AttributeError, ImportError, ValueError, pickle.UnpicklingError) as reason:
        log.warning("the kept classifier %s cannot be read (%s) and is trained again", path.name, reason)
        return None
    return ranker if isinstance(ranker, Ranker) else None

"""The assistant's classifier, trained once for all tests of a run and for both of its processes: it takes ten seconds.

Training at the start of a service is what `balie demo` and `balie serve --demo` go through in tests/acceptance.
"""

import fcntl
import os
import shutil
from pathlib import Path

from bot.conversation import own_project
from bot.dialogue.nlu import model_cache
from bot.dialogue.understanding import OUT_OF_SCOPE

FOLDER = "TRAINED_ASSISTANT_FOLDER"  # set by tests/conftest.py, and handed on to the processes that it starts


def folder() -> Path:
    """Return the folder that holds the trained classifier; whoever comes first trains it, the others wait."""
    shared = Path(os.environ[FOLDER])
    with (shared / "lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        model_cache.load_or_train(own_project().training.examples, OUT_OF_SCOPE, shared / "model")
    return shared / "model"


def lend(data_folder: Path) -> None:
    """Give a desk that is not started yet what it would otherwise train first."""
    shutil.copytree(folder(), data_folder / "assistant")

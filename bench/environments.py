"""Builds the environments in which baselines are measured, beside the repository's own and never shipped."""

import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

FOLDER = Path(__file__).parents[1] / ".bench"


class CannotBeBuilt(Exception):
    """The environment could not be built."""


def python(name: str, pinned: Sequence[str]) -> Path:
    """Return the interpreter of an environment, built the first time. Raises `CannotBeBuilt` with the reason."""
    folder = FOLDER / name
    interpreter, ready = folder / "bin" / "python", folder / "ready"
    wanted = "\n".join((sys.version, *pinned))
    if ready.exists() and ready.read_text() == wanted:
        return interpreter
    venv.create(folder, with_pip=True, clear=True)
    command = [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    try:
        subprocess.run([*command, *pinned], check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines()
        raise CannotBeBuilt(lines[-1] if lines else "pip failed") from error
    ready.write_text(wanted)
    return interpreter

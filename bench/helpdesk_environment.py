"""Builds the environment in which django-helpdesk is measured, beside the repository's own and never shipped."""

import subprocess
import sys
import venv
from pathlib import Path

FOLDER = Path(__file__).parents[1] / ".bench" / "helpdesk"
PINNED = (
    "asgiref==3.13.0", "beautifulsoup4==4.15.0", "certifi==2026.10.18", "charset-normalizer==3.5.2",
    "Django==5.2.19", "django-cleanup==9.0.0", "django-helpdesk==2.6.0", "django-model-utils==5.0.0",
    "djangorestframework==3.18.3", "email-reply-parser==0.5.12", "idna==3.20", "Markdown==3.11.3", "nh3==0.3.8",
    "oauthlib==4.0.1", "requests==2.34.2", "requests-oauthlib==2.0.0", "soupsieve==4.1.2", "sqlparse==0.6.1",
    "typing_extensions==4.16.0", "urllib3==2.8.0",
)  # fmt: skip


class CannotBeBuilt(Exception):
    """The environment could not be built."""


def python() -> Path:
    """Return the interpreter of the environment, built the first time. Raises `CannotBeBuilt` with the reason."""
    interpreter, ready = FOLDER / "bin" / "python", FOLDER / "ready"
    wanted = "\n".join((sys.version, *PINNED))
    if ready.exists() and ready.read_text() == wanted:
        return interpreter
    venv.create(FOLDER, with_pip=True, clear=True)
    command = [str(interpreter), "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-deps"]
    try:
        subprocess.run([*command, *PINNED], check=True, capture_output=True, text=True)
    except subprocess.CalledProcessError as error:
        lines = error.stderr.strip().splitlines()
        raise CannotBeBuilt(lines[-1] if lines else "pip failed") from error
    ready.write_text(wanted)
    return interpreter

"""The way into the catalogue: where it is read from, and how a form is found by what people call it."""

from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path

from casework.catalogue import loader, words
from casework.catalogue.errors import CatalogueError
from casework.catalogue.models import Catalogue, Form

_PACKAGED = "catalogue.yaml"


@dataclass(frozen=True, slots=True)
class UnknownForm:
    """Nobody knows a form of this name; `nearest` is the key that looks most like it."""

    name: str
    nearest: str


def load_catalogue(path: Path | None = None) -> Catalogue:
    """Return the catalogue of this file, or the one that comes with the desk.

    Raises CatalogueError when the file cannot be read or does not describe a usable catalogue.
    """
    if path is None:
        return _packaged()
    try:
        content = path.read_text("utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise CatalogueError(str(path), 1, f"the file cannot be read: {error}") from error
    return loader.load(content, str(path))


@cache
def _packaged() -> Catalogue:
    return loader.load(files(__package__).joinpath(_PACKAGED).read_text("utf-8"), _PACKAGED)


def find_form(catalogue: Catalogue, key_or_name: str) -> Form | UnknownForm:
    """Return the form with this key, label or synonym (any language, accents and case ignored)."""
    wanted = words.fold(key_or_name)
    for form in catalogue.forms:
        if wanted in {words.fold(name) for name in form.names()}:
            return form
    keys = [form.key for form in catalogue.forms]
    return UnknownForm(key_or_name, words.nearest(wanted.replace(" ", "_"), keys))

"""Finds the sentences that pages show and that some language lacks."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from babel.messages.extract import extract
from babel.messages.pofile import read_po
from jinja2.ext import babel_extract

ROOT = Path(__file__).parent.parent
TRANSLATED = ("nl", "fr", "de")  # the English sentence is the key
KEYWORDS = {"sentence": None, "gettext": (2,)}


def sentences_of(folders: Iterable[str]) -> set[str]:
    """Return the sentences in the modules and templates of these folders."""
    return {found for folder in folders for path in (ROOT / folder).rglob("*") for found in _sentences(path)}


def _sentences(path: Path) -> Iterator[str]:
    if path.suffix == ".py":
        with path.open("rb") as file:
            yield from (found[1] for found in extract("python", file, keywords=KEYWORDS) if isinstance(found[1], str))
    elif path.suffix == ".html":
        with path.open("rb") as file:
            for _, _, found, _ in babel_extract(file, ("_", "gettext", "ngettext"), (), {"silent": "false"}):
                yield from ([found] if isinstance(found, str) else [one for one in found if one])


def translations(language: str, domain: str) -> dict[str, str]:
    """Return what a domain's file says in a language."""
    with (ROOT / "templates" / "locale" / language / f"{domain}.po").open("rb") as file:
        return {str(message.id): str(message.string) for message in read_po(file) if message.id}

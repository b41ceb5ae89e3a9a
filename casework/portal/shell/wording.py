"""The sentences of the pages in four languages: an English sentence is the key, a `.po` file holds the rest.

Each edge has a domain of its own under `templates/locale/<language>/<domain>.po`, read when the process starts.
"""

from collections.abc import Iterable
from functools import cache
from gettext import GNUTranslations, NullTranslations
from io import BytesIO

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

from casework.people.models import LANGUAGES
from casework.portal.shell.package_data import templates_folder

SOURCE_LANGUAGE = "en"


def sentence(text: str) -> str:
    """Mark a sentence that is translated later, where it is shown; returns it unchanged."""
    return text


def load_wording(domains: Iterable[str]) -> dict[str, NullTranslations]:
    """Read the sentences of these domains in every language; the first domain that knows a sentence wins."""
    named = tuple(domains)
    return {language: _read(language, named) for language in LANGUAGES}


def _read(language: str, domains: Iterable[str]) -> NullTranslations:
    wording = NullTranslations()
    if language == SOURCE_LANGUAGE:
        return wording
    for domain in domains:
        file = templates_folder() / "locale" / language / f"{domain}.po"
        if file.is_file():
            wording.add_fallback(GNUTranslations(BytesIO(_compile(file.read_bytes()))))
    return wording


@cache
def _compile(po: bytes) -> bytes:
    """Return the sentences as gettext reads them; they stay the same for every portal of this process."""
    compiled = BytesIO()
    write_mo(compiled, read_po(BytesIO(po)))
    return compiled.getvalue()

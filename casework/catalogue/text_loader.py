"""Reads texts that have to exist in each language of the desk, so that no requester finds one missing."""

from collections.abc import Mapping
from importlib.resources import files

from casework.catalogue.models import LANGUAGES, Texts
from casework.catalogue.yaml_section import Section, read


def read_texts(section: Section, key: str) -> Texts:
    """Return the text under the key, which has to be there in each language of the desk."""
    texts = section.section(key)
    texts.allow(*LANGUAGES)
    return Texts(*(texts.text(language) for language in LANGUAGES))


def load_packaged(package: str, file: str) -> Mapping[str, Texts]:
    """Return the texts by key from a file that comes with a package: `key: {nl: …, fr: …, de: …, en: …}`."""
    section = read(files(package).joinpath(file).read_text("utf-8"), file)
    return {key: read_texts(section, key) for key in section.own_keys()}

"""Reads the directory of other services, and refuses one that is not complete in every language."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from casework.catalogue.models import LANGUAGES, Texts
from casework.catalogue.text_loader import read_texts
from casework.catalogue.yaml_section import read

_FILE = "services.yaml"
ADDRESS = re.compile(r"[\w.+-]{1,64}@[A-Za-z0-9-]+(?:\.[A-Za-z0-9-]+)+", re.ASCII)


@dataclass(frozen=True, slots=True)
class OtherService:
    """A service that is competent for something else, its public page, and where it can be asked, in which language."""

    key: str
    name: Texts
    site: str
    address: str = ""
    language: str = LANGUAGES[0]


@dataclass(frozen=True, slots=True)
class Directory:
    """The services by key, and what somebody who is sent on to one of them reads."""

    services: Mapping[str, OtherService]
    answer: Texts

    def answer_about(self, service: OtherService, language: str) -> str:
        """Return what the requester reads, in their language."""
        return self.answer.in_(language).format(service=service.name.in_(language), site=service.site)


@cache
def packaged() -> Directory:
    """Return the directory that comes with the desk."""
    return load(files(__package__).joinpath(_FILE).read_text("utf-8"), _FILE)


def load(content: str, file: str) -> Directory:
    """Return the directory that a text describes.

    Raises `CatalogueError`, with the file, the line and the reason, on anything unknown, missing or impossible.
    """
    top = read(content, file)
    top.allow("answer", "services")
    answer = read_texts(top, "answer")
    for language in LANGUAGES:
        try:
            answer.in_(language).format(service="", site="")
        except (KeyError, IndexError, ValueError) as error:
            raise top.error("only {service} and {site} can be filled in", "answer") from error
    listed = top.section("services")
    services = {}
    for key in listed.own_keys():
        section = listed.section(key)
        section.allow("name", "site", "address", "language")
        if not section.text("site").startswith("https://"):
            raise section.error("'site' has to begin with https://", "site")
        address, language = section.optional_text("address") or "", section.optional_text("language") or LANGUAGES[0]
        if address and not ADDRESS.fullmatch(address):
            raise section.error("'address' has to be one e-mail address", "address")
        if language not in LANGUAGES:
            raise section.error(f"'language' has to be one of {', '.join(LANGUAGES)}", "language")
        services[key] = OtherService(key, read_texts(section, "name"), section.text("site"), address, language)
    return Directory(services, answer)

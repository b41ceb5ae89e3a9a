"""The shape of the help once it is read."""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from casework.catalogue.models import Texts


class Readership(StrEnum):
    """For whom a page of help is written."""

    USER = "user"
    MANAGER = "manager"
    LOCAL_HR = "local_hr"
    HANDLER = "handler"


@dataclass(frozen=True, slots=True)
class Article:
    """One page of help: paragraphs for each language."""

    key: str
    readership: Readership
    title: Texts
    body: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class SelfServiceAbsence:
    """A kind of absence that is entered in the self service."""

    key: str
    label: Texts


@dataclass(frozen=True, slots=True)
class Help:
    """All there is to read, in its order."""

    articles: tuple[Article, ...]
    absences: tuple[SelfServiceAbsence, ...]

    def article(self, key: str) -> Article | None:
        """Return the page with this key, if there is one."""
        return next((article for article in self.articles if article.key == key), None)

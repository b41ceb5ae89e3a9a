"""Reads the help, finds in it, and says where an absence is entered."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from casework.catalogue import words
from casework.catalogue.models import LANGUAGES, Catalogue, Form
from casework.catalogue.text_loader import read_texts
from casework.catalogue.yaml_section import Section, read
from casework.guidance.models import Article, Help, Readership, SelfServiceAbsence
from casework.people.models import Actor, Role

_FILE = "help.yaml"
_THEME = "absence"  # of the catalogue: its forms, and the choices of their first field, are entered at the desk
_SHORTEST_BEGINNING = 3  # letters; a shorter word is not taken for the beginning of another


@cache
def packaged() -> Help:
    """Return the help that comes with the desk. Raises `CatalogueError` with file, line and reason."""
    return load(files(__package__).joinpath(_FILE).read_text("utf-8"), _FILE)


def load(content: str, file: str) -> Help:
    """Return the help that the text of a file describes. Raises `CatalogueError` with file, line and reason."""
    top = read(content, file)
    top.allow("articles", "self_service_absences")
    articles = tuple(_article(section) for section in top.sections("articles"))
    absences = tuple(
        SelfServiceAbsence(section.text("key"), read_texts(section, "label"))
        for section in top.sections("self_service_absences")
    )
    return Help(articles, absences)


def _article(section: Section) -> Article:
    section.allow("key", "for", "title", *LANGUAGES)
    body = {language: section.names(language) for language in LANGUAGES}
    for language, paragraphs in body.items():
        if not paragraphs:
            raise section.error(f"the page has no text in {language!r}")
    return Article(section.text("key"), section.member("for", Readership), read_texts(section, "title"), body)


def may_read(article: Article, reader: Actor) -> bool:
    """Return whether a page is meant for somebody: those for handlers speak of what nobody else can do."""
    return article.readership is not Readership.HANDLER or reader.has(Role.HANDLER, Role.ADMIN)


def find(held: Help, query: str, language: str) -> list[Article]:
    """Return the pages that hold all these words or their beginnings; those with them in the title come first."""
    asked = words.fold(query).split()
    if not asked:
        return []
    titled: list[Article] = []
    told: list[Article] = []
    for article in held.articles:
        title = words.fold(article.title.in_(language)).split()
        text = [*title, *words.fold(" ".join(article.body[language])).split()]
        if all(_holds(text, word) for word in asked):
            (titled if all(_holds(title, word) for word in asked) else told).append(article)
    return [*titled, *told]


def _holds(text: Sequence[str], asked: str) -> bool:
    return any(word == asked or (len(asked) >= _SHORTEST_BEGINNING and word.startswith(asked)) for word in text)


@dataclass(frozen=True, slots=True)
class Place:
    """Where one kind of absence is entered: on a form with a choice made, or without a form in the self service."""

    key: str
    label: str
    form: Form | None = None
    choice: str = ""


def places(held: Help, catalogue: Catalogue, language: str) -> list[Place]:
    """Return every kind of absence with its place, in the order of their names."""
    found = [Place(absence.key, absence.label.in_(language)) for absence in held.absences]
    theme = catalogue.theme(_THEME)
    for form in theme.forms if theme else ():
        first = form.fields[0]
        if first.options:
            found += [
                Place(f"{form.key}.{option.key}", option.label.in_(language), form, f"{first.key}={option.key}")
                for option in first.options
            ]
        else:
            found.append(Place(form.key, form.label.in_(language), form))
    return sorted(found, key=lambda place: words.fold(place.label))

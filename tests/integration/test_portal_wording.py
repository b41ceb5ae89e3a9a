"""Every sentence that a visitor can read exists in every language, with the same values in its places."""

import re
from collections import defaultdict
from pathlib import Path

import pytest
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po

from casework.people.models import LANGUAGES
from casework.portal.shell.wording import SOURCE_LANGUAGE, load_wording

ROOT = Path(__file__).resolve().parents[2]
WEB = ROOT / "templates" / "web"
LOCALE = ROOT / "templates" / "locale"
# The domain of each edge: where its templates stand, and where its Python does.
DOMAINS = {
    "portal": (["portal", "."], "casework/portal"),
    "admin": (["admin"], "casework/administration"),
    "mail": (["mail"], "mail_gateway"),
    "payroll": (["payroll"], "payroll"),
    "chat": (["chat"], "bot"),
}
TEMPLATE_OPTIONS = {"**.html": {"silent": "false", "trim_blocks": "true", "lstrip_blocks": "true"}}
TRANSLATED = [language for language in LANGUAGES if language != SOURCE_LANGUAGE]


def spoken_sentences(domain: str) -> dict[str, str]:
    """Return each sentence that the templates and the Python of a domain say, and where."""
    folders, package = DOMAINS[domain]
    found = {}
    for folder in folders:
        place = WEB / folder
        if not place.is_dir():
            continue
        for name, line, message, _, _ in extract_from_dir(
            place, method_map=[("**.html", "jinja2.ext:babel_extract")], options_map=TEMPLATE_OPTIONS
        ):
            if folder != "." or "/" not in name:
                found |= dict.fromkeys(as_texts(message), f"{name}:{line}")
    for name, line, message, _, _ in extract_from_dir(
        ROOT / package, method_map=[("**.py", "python")], keywords={"sentence": None, "gettext": (2,), "Rule": None}
    ):
        found |= dict.fromkeys(as_texts(message), f"{name}:{line}")
    return found


def as_texts(message: str | tuple[str, ...]) -> list[str]:
    return [message] if isinstance(message, str) else list(message)


def known_sentences(domain: str, language: str) -> dict[str, str]:
    path = LOCALE / language / f"{domain}.po"
    if not path.is_file():
        return {}
    with path.open("rb") as file:
        catalogue = read_po(file, abort_invalid=True)
    return {
        text: said
        for entry in catalogue
        if entry.id and not entry.fuzzy
        for text, said in zip(as_texts(entry.id), as_texts(entry.string), strict=False)
    }


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("domain", list(DOMAINS))
def test_no_sentence_lacks_a_translation_and_none_is_left_over(domain, language):
    spoken, known = spoken_sentences(domain), known_sentences(domain, language)
    missing = {text: where for text, where in spoken.items() if not known.get(text)}
    assert missing == {}
    assert set(known) - set(spoken) == set()


@pytest.mark.parametrize("language", TRANSLATED)
@pytest.mark.parametrize("domain", list(DOMAINS))
def test_a_translation_has_the_values_of_its_sentence(domain, language):
    value = re.compile(r"%\(\w+\)s|<[^>]+>")
    for text, said in known_sentences(domain, language).items():
        assert sorted(value.findall(said)) == sorted(value.findall(text)), text


def test_two_domains_say_the_same_sentence_alike():
    said = defaultdict(set)
    for language in TRANSLATED:
        for domain in DOMAINS:
            for text, translation in known_sentences(domain, language).items():
                said[language, text].add(translation)
    assert {key: sorted(words) for key, words in said.items() if len(words) > 1} == {}


def test_the_desk_speaks_the_language_that_is_asked():
    wording = load_wording(["portal", "nothing"])
    assert {language: wording[language].gettext("My tasks") for language in LANGUAGES} == {
        "nl": "Mijn taken", "fr": "Mes tâches", "de": "Meine Aufgaben", "en": "My tasks",
    }  # fmt: skip


def test_the_portal_says_enough_for_the_search_for_sentences_to_work():
    spoken = spoken_sentences("portal")
    assert {"Skip to the content", "Page not found", "Write something, or choose a file."} <= set(spoken)
    assert len(spoken) > 150


@pytest.mark.parametrize("path", sorted(WEB.rglob("*.html")), ids=lambda path: path.name)
def test_no_landmark_has_the_name_of_the_section_around_it(path):
    text = path.read_text(encoding="utf-8")
    titles = re.findall(r"<h2[^>]*>\{\{ _\([\"'](.+?)[\"']\)", text)
    landmarks = re.findall(r"role=\"region\" aria-label=\"\{\{ _\('(.+?)'\)", text)
    assert set(titles) & set(landmarks) == set()

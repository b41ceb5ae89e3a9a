"""The help is complete, found by its words, and refused with file and line where it is not."""

import pytest

from casework.catalogue.errors import CatalogueError
from casework.catalogue.models import LANGUAGES
from casework.catalogue.service import load_catalogue
from casework.guidance import service as guidance
from casework.people.models import Actor, Role

HELP = guidance.packaged()


def test_every_page_speaks_four_languages_and_every_readership_has_pages():
    assert {article.readership.value for article in HELP.articles} == {"user", "manager", "local_hr", "handler"}
    lengths = [{len(article.body[language]) for language in LANGUAGES} for article in HELP.articles]
    assert [found for found in lengths if len(found) != 1] == []


def test_keys_are_not_taken_twice():
    keys = [article.key for article in HELP.articles]
    assert len(keys) == len(set(keys))


@pytest.mark.parametrize(
    ("query", "language", "first"),
    [("ontwerp", "nl", "start-page"), ("réponse reçu", "fr", "answer"), ("Entwürfe", "de", "start-page")],
)
def test_a_page_is_found_by_words_without_accents(query, language, first):
    assert first in [article.key for article in guidance.find(HELP, query, language)]


def test_a_page_with_the_words_in_its_title_comes_first():
    assert guidance.find(HELP, "follow ticket", "en")[0].key == "follow-a-ticket"


@pytest.mark.parametrize("query", ["", "   ", "\"'*", "zzzz"])
def test_words_that_are_nowhere_find_nothing(query):
    assert guidance.find(HELP, query, "nl") == []


@pytest.mark.parametrize(
    ("query", "language", "first"),
    [("samenvoegen", "nl", "handler-together"), ("raccourcis", "fr", "handler-bulk"), ("#note", "de", "handler-reply")],
)
def test_a_page_for_handlers_is_found_by_handlers_alone(query, language, first):
    found = guidance.find(HELP, query, language)
    handler, employee = (Actor(1, "A", language, frozenset({role})) for role in (Role.HANDLER, Role.EMPLOYEE))
    assert next(one.key for one in found if guidance.may_read(one, handler)) == first
    assert [one.key for one in found if guidance.may_read(one, employee) and one.key.startswith("handler")] == []


def test_each_kind_of_absence_has_one_place_and_each_form_of_the_theme_is_one():
    catalogue = load_catalogue()
    places = guidance.places(HELP, catalogue, "nl")

    assert len({place.key for place in places}) == len(places)
    assert {place.form.key for place in places if place.form} == {form.key for form in catalogue.theme("absence").forms}
    assert [place.label for place in places if place.form is None] == [
        "Jaarlijks vakantieverlof",
        "Recuperatie van gepresteerde uren",
    ]


def test_the_steps_to_a_digital_key_are_told_in_each_language():
    article = HELP.article("digital-keys")
    told = {language: " ".join(article.body[language]) for language in LANGUAGES}
    steps = {"nl": "Stap", "fr": "tape", "de": "Schritt", "en": "Step"}
    assert {language: text.count(f"{steps[language]} ") for language, text in told.items()} == dict.fromkeys(told, 8)
    for named in ("8836", "my.prd.itsme.be/self-enroll", "BOSA", "eID"):
        assert [language for language, text in told.items() if named not in text] == []


@pytest.mark.parametrize(
    ("query", "first"), [("Mijn inhoud", "follow-a-ticket"), ("PersoContact SAGO", "how-it-works")]
)
def test_what_things_were_called_before_leads_to_what_they_are_called_now(query, first):
    assert [article.key for article in guidance.find(HELP, query, "nl")] == [first]


def test_a_page_without_a_language_is_refused_with_its_line():
    content = """articles:
  - key: a
    for: user
    title: {nl: a, fr: a, de: a, en: a}
    nl: [Een]
    fr: [Un]
    de: [Eins]
self_service_absences: []
"""
    with pytest.raises(CatalogueError) as refused:
        guidance.load(content, "help.yaml")

    assert str(refused.value) == "help.yaml, line 2: the page has no text in 'en'"

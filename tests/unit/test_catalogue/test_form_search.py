import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.catalogue import search, service
from casework.catalogue.models import LANGUAGES

CATALOGUE = service.load_catalogue()
SEARCH = search.FormSearch(CATALOGUE)


def best(query, language):
    return next((match.form.key for match in SEARCH.find(query, language)), None)


@pytest.mark.parametrize("form", CATALOGUE.forms, ids=lambda form: form.key)
def test_form_is_found_first_by_its_own_name_in_each_language(form):
    assert {language: best(form.label.in_(language), language) for language in LANGUAGES} == dict.fromkeys(
        LANGUAGES, form.key
    )


@pytest.mark.parametrize(
    ("query", "language", "form"),
    [
        ("onze gezinssamenstelling is veranderd, er is een kind geboren", "nl", "household"),
        ("Ik ben verhuisd en wil mijn adres wijzigen", "nl", "person_function_data"),
        ("GEZIN", "nl", "household"),
        ("teletravail", "fr", "telework"),
        ("Mon salaire de septembre n'est pas correct", "fr", "pay_question"),
        ("congé parental", "fr", "work_regime_reduction"),
        ("Schwangerschaft", "de", "maternity"),
        ("Viertagewoche", "de", "work_regime_reduction"),
        ("sick note", "en", "send_certificate"),
        ("I cannot log in", "en", "application_problem"),
        ("fiche 281.10", "fr", "fiscal_sheet"),
        ("pensio", "nl", "pension"),
        ("work_after_65", "en", "work_after_65"),
        ("télétravail", "nl", "telework"),
    ],
)
def test_form_is_found_by_the_words_of_its_people(query, language, form):
    assert best(query, language) == form


@pytest.mark.parametrize("query", ["", "   ", "xyzzy", "de het een", "!?", "ik wil u"])
def test_words_that_say_nothing_find_nothing(query):
    assert SEARCH.find(query, "nl") == ()


def test_accents_and_case_change_nothing():
    assert SEARCH.find("DECES conge", "fr") == SEARCH.find("décès Congé", "fr")


def test_matches_come_best_first_and_no_more_than_asked():
    matches = SEARCH.find("verlof", "nl", limit=3)

    assert len(matches) == 3
    assert [match.score for match in matches] == sorted((match.score for match in matches), reverse=True)


def test_readers_own_language_weighs_most():
    dutch, german = (SEARCH.find("Urlaub", language)[0].score for language in ("nl", "de"))

    assert dutch < german


@given(st.text(max_size=200), st.sampled_from([*LANGUAGES, "", "pt"]))
def test_any_query_is_answered(query, language):
    assert all(match.score > 0 for match in SEARCH.find(query, language))

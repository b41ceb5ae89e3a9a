import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.catalogue import service, words
from casework.catalogue.service import UnknownForm


@pytest.mark.parametrize(
    ("text", "folded"),
    [
        ("État  civil", "etat civil"),
        ("STRASSE Straße", "strasse strasse"),
        ("l'œuvre", "l oeuvre"),
        ("woon-werkverkeer", "woon werkverkeer"),
        ("work_after_65", "work after 65"),
        (" ?! ", ""),
    ],
)
def test_fold_leaves_plain_words(text, folded):
    assert words.fold(text) == folded


@given(st.text())
def test_fold_twice_is_fold_once(text):
    assert words.fold(words.fold(text)) == words.fold(text)


def test_nearest_is_the_name_that_looks_most_alike():
    assert words.nearest("houshold", ["commuting", "household", "pension"]) == "household"


def test_nearest_always_names_one():
    assert words.nearest("", ["pension", "entry"]) in {"pension", "entry"}


def test_nearest_looks_only_at_the_start_of_a_very_long_name():
    assert words.nearest("pension" + "x" * 1_000_000, ["pension", "entry"]) == "pension"


@pytest.mark.parametrize(
    ("name", "key"),
    [
        ("household", "household"),
        ("HouseHold", "household"),
        ("pay-question", "pay_question"),
        ("Wijziging van de gezinssamenstelling", "household"),
        ("etat civil", "household"),
        ("Mutterschaftsurlaub", "maternity"),
    ],
)
def test_find_form_takes_key_label_or_synonym(catalogue, name, key):
    assert service.find_form(catalogue, name) == catalogue.form(key)


@pytest.mark.parametrize(
    ("name", "nearest"),
    [("houshold", "household"), ("pay question x", "pay_question"), ("telewrk", "telework")],
)
def test_find_form_names_the_nearest_key_for_an_unknown_name(catalogue, name, nearest):
    assert service.find_form(catalogue, name) == UnknownForm(name, nearest)


def test_find_form_knows_no_form_without_a_name(catalogue):
    assert service.find_form(catalogue, " ").name == " "

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.cases import commands
from casework.cases.commands import Decision


@pytest.mark.parametrize(
    "word", ["ja", "oui", "yes", "Ja", "OUI", "ja.", "Yes!", "« oui »", "**ja**", " ja\u00a0", "\ufeffja"]
)
def test_yes_alone_accepts(word):
    assert commands.parse_decision(word) == Decision(accepted=True, comment="")


@pytest.mark.parametrize("word", ["nee", "neen", "non", "nein", "no", "NEE!", "Non.", "- nein -"])
def test_no_alone_refuses(word):
    assert commands.parse_decision(word) == Decision(accepted=False, comment="")


@pytest.mark.parametrize(
    "text",
    [
        "",
        "   \n\n",
        "Ja, maar de datum klopt niet",
        "ja ja",
        "Oui mais non",
        "nee/ja",
        "ja nee",
        "No problem",
        "j.a",
        "jaa",
        "Dank u\nja",
        "> ja dank",
        "👍",
        "!",
        "#ja x",
    ],
)
def test_anything_else_is_a_message(text):
    assert commands.parse_decision(text) is None


def test_what_follows_is_the_comment():
    text = "\r\n \u00a0\r\nNee.\r\n\r\nHet bedrag van mei ontbreekt.\r\nAnna\r\n"

    assert commands.parse_decision(text) == Decision(accepted=False, comment="Het bedrag van mei ontbreekt.\nAnna")


@given(
    st.sampled_from(["ja", "nee", "oui", "non", "nein", "yes", "no"]),
    st.text("!.,;:?-*\"'« »()", max_size=10),
    st.text(),
)
def test_punctuation_and_case_never_change_a_decision(word, marks, comment):
    plain = commands.parse_decision(f"{word}\n{comment}")

    assert plain is not None
    assert commands.parse_decision(f"{marks}{word.upper()}{marks}\n{comment}") == plain


@given(st.text())
def test_any_text_is_a_decision_or_a_message(text):
    decision = commands.parse_decision(text)

    assert decision is None or decision.comment == decision.comment.strip()


@given(st.sampled_from(["ja", "no"]), st.text("abcdefghij ", min_size=1).filter(str.strip))
def test_word_with_more_words_after_it_is_a_message(word, more):
    assert commands.parse_decision(f"{word} {more}") is None

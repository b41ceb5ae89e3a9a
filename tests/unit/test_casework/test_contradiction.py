"""A comment that says the opposite of the button is noticed; any other is not."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from casework.cases.contradiction import contradicts


@pytest.mark.parametrize(
    "comment",
    [
        "Deels opgelost, maar ik kan nog altijd niet aanmelden",
        "Il MANQUE encore un mois",
        "Der Betrag ist falsch.",
        "Partially resolved, but I still can't access it",
        "I don't agree",
    ],
)
def test_an_objection_contradicts_yes_and_goes_with_no(comment):
    assert contradicts(comment, accepted=True)
    assert not contradicts(comment, accepted=False)


@pytest.mark.parametrize("comment", ["Bedankt!", "D'accord", "Vielen Dank, gelöst", "Thank you, solved."])
def test_consent_contradicts_no_and_goes_with_yes(comment):
    assert contradicts(comment, accepted=False)
    assert not contradicts(comment, accepted=True)


@pytest.mark.parametrize("comment", ["", "   ", "HRB0001167", "Marc Maarten", "Nothing", "Passage", "Aberdeen"])
def test_a_comment_that_says_neither_is_never_asked_about(comment):
    assert (contradicts(comment, accepted=True), contradicts(comment, accepted=False)) == (False, False)


@given(st.text(), st.booleans())
def test_any_text_gets_an_answer(comment, accepted):
    assert contradicts(comment, accepted=accepted) in {True, False}

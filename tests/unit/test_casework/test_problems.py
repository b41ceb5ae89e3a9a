"""What a handler is told when something could not be done exists in every language and names what to do."""

import pytest

from casework.cases import problems
from casework.cases.models import Status
from casework.errors import AlreadyHandled, InvalidInput, NotPermitted, TransitionNotAllowed
from casework.people.models import LANGUAGES

ERRORS = [
    AlreadyHandled("Hanne Claes"),
    TransitionNotAllowed("HRB0000001", Status.CLOSED_COMPLETE, Status.ASSIGNED),
    TransitionNotAllowed("HRB0000001", Status.OPEN, Status.CLOSED_COMPLETE),
]


@pytest.mark.parametrize("error", ERRORS)
def test_every_expected_error_has_a_sentence_of_its_own_in_each_language(error) -> None:
    said = {problems.sentences(error, language) for language in LANGUAGES}

    assert len(said) == len(LANGUAGES)
    assert all("Hanne Claes" in one[0] or "HRB0000001" in one[0] for one in said)


def test_unknown_form_names_the_nearest_in_each_language() -> None:
    said = {problems.unknown_form("hosehold", "household", language) for language in LANGUAGES}

    assert len(said) == len(LANGUAGES)
    assert all("hosehold" in one and "household" in one for one in said)


def test_wrong_values_are_explained_one_by_one() -> None:
    error = InvalidInput({"children": "a number is needed", "effective": "a date is needed"})

    assert problems.sentences(error, "nl") == ("a number is needed", "a date is needed")


def test_what_is_not_expected_goes_on_as_an_error() -> None:
    with pytest.raises(NotPermitted):
        problems.sentences(NotPermitted(), "nl")

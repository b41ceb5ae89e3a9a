"""Sentences written apart from the examples: understood, or asked again, and seldom taken for something else."""

import pytest

from bench import understanding
from bot.conversation import own_project
from bot.dialogue.understanding import OUT_OF_SCOPE

LANGUAGES = ["nl", "fr", "de", "en"]


@pytest.fixture(scope="module")
def heard(cache_folder):
    return understanding.measure(own_project(), cache_folder)


def test_no_held_back_sentence_is_an_example():
    assert understanding.copies(own_project()) == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_held_back_sentences_are_understood(heard, language):
    own = [one for one in heard if one.language == language and one.meant != OUT_OF_SCOPE]

    assert len(own) >= 40
    assert sum(one.is_right for one in own) / len(own) >= 0.85


def test_few_sentences_are_taken_for_something_else(heard):
    own = [one for one in heard if one.meant != OUT_OF_SCOPE]

    assert sum(one.is_wrong for one in own) / len(own) <= 0.05


def test_questions_that_nobody_could_answer_here_are_refused(heard):
    foreign = [one for one in heard if one.meant == OUT_OF_SCOPE]

    assert len(foreign) == 60
    assert sum(one.is_right for one in foreign) / len(foreign) >= 0.85


def test_table_in_the_docs_says_what_was_measured(heard):
    assert understanding.TABLE.read_text("utf-8") == understanding.table(heard)

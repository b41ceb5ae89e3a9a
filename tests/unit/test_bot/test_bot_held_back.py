"""Sentences written apart from the examples: understood, or asked again, and seldom taken for something else."""

import pytest

from bench import understanding
from bot.conversation import own_project
from bot.dialogue.understanding import OUT_OF_SCOPE

LANGUAGES = ["nl", "fr", "de", "en"]
FEWEST = {"understanding": 40, "understanding_second": 60}


@pytest.fixture(scope="module", params=understanding.SETS)
def heard(request, cache_folder):
    return understanding.measure(own_project(), cache_folder, request.param)


@pytest.mark.parametrize("name", understanding.SETS)
def test_no_held_back_sentence_is_an_example(name):
    assert understanding.copies(own_project(), name) == []


@pytest.mark.parametrize("name", understanding.SETS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_there_are_enough_sentences(name, language):
    sentences = understanding.sentences(name)

    assert sum(of == language and meant != OUT_OF_SCOPE for of, meant, _ in sentences) >= FEWEST[name]
    assert sum(meant == OUT_OF_SCOPE for _, meant, _ in sentences) == 60


@pytest.mark.parametrize("language", LANGUAGES)
def test_held_back_sentences_are_understood(heard, language):
    own = [one for one in heard if one.language == language and one.meant != OUT_OF_SCOPE]

    assert sum(one.is_right for one in own) / len(own) >= 0.85


def test_few_sentences_are_taken_for_something_else(heard):
    own = [one for one in heard if one.meant != OUT_OF_SCOPE]

    assert sum(one.is_wrong for one in own) / len(own) <= 0.05


def test_questions_that_nobody_could_answer_here_are_refused(heard):
    foreign = [one for one in heard if one.meant == OUT_OF_SCOPE]

    assert sum(one.is_right for one in foreign) / len(foreign) >= 0.85


def test_table_in_the_docs_says_what_was_measured(cache_folder):
    both = [understanding.measure(own_project(), cache_folder, name) for name in understanding.SETS]

    assert understanding.TABLE.read_text("utf-8") == understanding.table(*both)

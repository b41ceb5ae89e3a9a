"""What of the assistant follows from the catalogue is generated, and as new as the catalogue is."""

from importlib.resources import files

import pytest

from bot.generation import DOMAIN_FILE, EXAMPLES_FILE, generated_files
from bot.ports import FormOutline
from casework.catalogue.models import FilingChannel
from casework.catalogue.service import load_catalogue
from runtime import chat_forms

OUTLINE = FormOutline(
    key="badge",
    fields=("colour", "reason"),
    written=frozenset({"reason"}),
    documents=("photo",),
    names={"nl": ("Badge",), "en": ("Badge", "Access card")},
)


@pytest.mark.parametrize("name", [DOMAIN_FILE, EXAMPLES_FILE])
def test_generated_file_is_up_to_date(name):
    wanted = generated_files(chat_forms.outlines(load_catalogue()))

    assert (files("bot") / "assistant" / name).read_text("utf-8") == wanted[name]


def test_every_form_that_may_come_by_chat_is_known():
    outlines = chat_forms.outlines(load_catalogue())

    assert [one.key for one in outlines] == [f.key for f in load_catalogue().forms if FilingChannel.CHAT in f.channels]


def test_form_gives_a_slot_and_a_question_for_each_field_and_document():
    domain = generated_files([OUTLINE])[DOMAIN_FILE]

    assert domain.partition("forms:")[2].split() == [
        *("catalogue_form:", "required_slots:", "-", "form_key", "-", "field_colour", "-", "field_reason"),
        *("-", "document_photo", "-", "form_confirmed", "actions:"),
        *("-", "action_ask_catalogue_form_field_colour", "-", "action_ask_catalogue_form_field_reason"),
        *("-", "action_ask_catalogue_form_document_photo"),
    ]


def test_field_for_words_is_interrupted_by_less_than_one_for_a_choice():
    domain = generated_files([OUTLINE])[DOMAIN_FILE]
    choice, words = domain.split("  field_reason:")[0], domain.split("  field_reason:")[1].split("  document_photo:")[0]

    assert ("my_tasks" in choice, "my_tasks" in words) == (True, False)
    assert ("entity: choice" in choice, "entity: choice" in words) == (True, False)


def test_names_of_a_form_are_examples_once():
    assert generated_files([OUTLINE])[EXAMPLES_FILE].endswith("    examples: |\n      - Badge\n      - Access card\n")

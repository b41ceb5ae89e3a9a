"""The catalogue form that is being filled in: its answers as the slots hold them, and the sheet they make."""

from collections.abc import Iterable
from functools import cache
from importlib.resources import files

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from ruamel.yaml import YAML

from bot.actions import session
from bot.generation import DOCUMENT, DOMAIN_FILE, FIELD, FORM, SKIPPED
from bot.ports import FormCatalogue, FormQuestion, FormSheet, QuestionKind


@cache
def generated_slots() -> tuple[str, ...]:
    """Return the slots of fields and documents, as the generated file lists them."""
    text = (files("bot") / "assistant" / DOMAIN_FILE).read_text(encoding="utf-8")
    return tuple(YAML(typ="safe", pure=True).load(text)["slots"])


@cache
def _field_slots() -> tuple[str, ...]:
    return tuple(name for name in generated_slots() if name.startswith(FIELD))


def slot_of(question: FormQuestion) -> str:
    """Name the slot that holds the answer to a question."""
    return (DOCUMENT if question.kind is QuestionKind.DOCUMENT else FIELD) + question.key


def answers(tracker: Tracker) -> dict[str, str]:
    """Return what was answered so far, by field; what was skipped is no answer."""
    slots = tracker.current_slot_values()
    return {
        name.removeprefix(FIELD): str(slots[name])
        for name in _field_slots()
        if slots.get(name) is not None and slots[name] != SKIPPED
    }


def documents(tracker: Tracker, sheet: FormSheet) -> dict[str, list[str]]:
    """Return the uploads that were handed in for the documents that this sheet asks for."""
    found = {}
    for question in sheet.questions:
        kept = tracker.get_slot(slot_of(question))
        if question.kind is QuestionKind.DOCUMENT and isinstance(kept, list):
            found[question.key] = [str(key) for key in kept]
    return found


async def current(catalogue: FormCatalogue, tracker: Tracker) -> FormSheet | None:
    """Return the sheet that is being filled in; None while no form is chosen."""
    key = tracker.get_slot("form_key")
    if not key:
        return None
    return await catalogue.sheet(str(key), answers(tracker), session.language(tracker))


def answered(tracker: Tracker) -> list[str]:
    """List the slots of fields and documents that hold something, and whether the form may be filed."""
    return [name for name in (*generated_slots(), "form_confirmed") if tracker.get_slot(name) is not None]


def emptied(tracker: Tracker, *, besides: Iterable[str] = ()) -> list[EventType]:
    """Forget every answer of a form, and the form itself."""
    return [SlotSet(name, None) for name in ("form_key", "draft_form", *answered(tracker), *besides)]


def question_for(sheet: FormSheet, slot: str) -> FormQuestion | None:
    """Return the question that a slot answers, where the sheet asks it."""
    return next((question for question in sheet.questions if slot_of(question) == slot), None)


def latest_value(tracker: Tracker, entity: str) -> str | None:
    """Return what the button that was pressed said about this."""
    return next((str(value) for value in tracker.get_latest_entity_values(entity)), None)


def is_open(tracker: Tracker) -> bool:
    """Tell whether a catalogue form is being filled in right now."""
    return bool((tracker.active_loop or {}).get("name") == FORM)

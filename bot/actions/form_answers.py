"""Judges the answers to a form of the catalogue; whether an answer is right, the desk's form checker says."""

from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher
from rasa_sdk.forms import REQUESTED_SLOT, FormValidationAction

from bot.actions import session, sheets, words
from bot.actions.form_questions import SHELF
from bot.generation import ADDED, DOCUMENT, FIELD, FORM, SKIPPED
from bot.ports import FormCatalogue, FormQuestion, FormSheet, QuestionKind

Slots = dict[str, Any]


class CheckCatalogueForm(FormValidationAction):
    """Keeps the answers that can be used, and asks again for the others.

    Which questions there are follows from the answers: a choice shows or hides what comes below it.
    """

    def __init__(self, catalogue: FormCatalogue) -> None:
        self._catalogue = catalogue

    def name(self) -> str:
        """Name the check as the form calls it."""
        return f"validate_{FORM}"

    async def required_slots(self, _: list[str], __: CollectingDispatcher, tracker: Tracker, ___: Slots) -> list[str]:
        """Ask for the form first, then for what it asks for, then whether it may be filed; nothing of a stranger."""
        if session.person_id(tracker) is None:
            return []
        sheet = await sheets.current(self._catalogue, tracker)
        if sheet is None:
            return ["form_key"]
        return ["form_key", *(sheets.slot_of(question) for question in sheet.questions), "form_confirmed"]

    async def get_validation_events(
        self, dispatcher: CollectingDispatcher, tracker: Tracker, _: Slots
    ) -> list[EventType]:
        """Judge what was just answered, then what else it makes wrong."""
        given: dict[str, Any] = tracker.slots_to_validate()
        if session.person_id(tracker) is None:  # whoever speaks now answers nothing for the one who began
            return [SlotSet(slot, None) for slot in given if slot == tracker.get_slot(REQUESTED_SLOT)]
        given.update(_uploaded(tracker))
        kept: dict[str, Any] = {}
        if "form_key" in given:
            kept |= await self._form(given.pop("form_key"), tracker)
        given = {slot: value for slot, value in given.items() if slot not in kept}  # those of another form are gone
        tracker.slots.update(kept)
        for slot, value in given.items():
            tracker.slots[slot] = value
        for slot, value in given.items():
            kept[slot] = await self._answer(slot, value, dispatcher, tracker)
            tracker.slots[slot] = kept[slot]
        kept |= await self._made_wrong(given, dispatcher, tracker)
        return [SlotSet(slot, value) for slot, value in kept.items()]

    async def _form(self, value: Any, tracker: Tracker) -> dict[str, Any]:
        """Take the form that was chosen by a button or named in full; another one than before is begun anew."""
        person, language = session.person_id(tracker), session.language(tracker)
        if person is None or str(value).startswith(SHELF):
            return {"form_key": None}
        key = await self._named(str(value), person, language)
        if key is None:
            return {"form_key": None}
        if key == tracker.get_slot("draft_form"):
            return {"form_key": key}
        fresh = dict.fromkeys(sheets.answered(tracker))
        return {**fresh, "form_key": key, "draft_form": key}

    async def _named(self, value: str, person: str, language: str) -> str | None:
        """Return the key of a form that the person may file, from its key or its whole name."""
        if await self._catalogue.may_file(person, value):
            return value
        found = await self._catalogue.find(value, language, person)
        return next((form.key for form in found if form.label.casefold() == value.strip().casefold()), None)

    async def _answer(self, slot: str, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker) -> Any:
        """Return what is kept of one answer; None asks for it again. Without a form, answers wait for theirs."""
        sheet = await sheets.current(self._catalogue, tracker)
        if sheet is None or slot == "form_confirmed":
            return value
        question = sheets.question_for(sheet, slot)
        if question is None or value is None:
            return None
        if value == ADDED:
            dispatcher.utter_message(text=words.text("no_file_yet", session.language(tracker)))
        if slot.startswith(DOCUMENT):
            return value if value == SKIPPED or isinstance(value, list) else None
        if value != SKIPPED and _is_old_button(value, tracker):
            return None
        problem = _problem(question, sheet, value, session.language(tracker))
        if problem:
            dispatcher.utter_message(text=problem)
            return None
        return SKIPPED if value == SKIPPED else sheet.answers.get(question.key)

    async def _made_wrong(
        self, given: dict[str, Any], dispatcher: CollectingDispatcher, tracker: Tracker
    ) -> dict[str, Any]:
        """Ask again for earlier answers that a new one makes wrong, such as an end before the new start."""
        sheet: FormSheet | None = await sheets.current(self._catalogue, tracker)
        if sheet is None:
            return {}
        wrong = [key for key in sheet.problems if FIELD + key not in given]
        for key in wrong:
            dispatcher.utter_message(text=sheet.problems[key])
        return {FIELD + key: None for key in wrong}


def _problem(question: FormQuestion, sheet: FormSheet, value: Any, language: str) -> str | None:
    """Say what is wrong with an answer; the choices stand on buttons under the question, and are not listed again."""
    if value == SKIPPED:
        return words.text("cannot_skip", language, {"label": question.label}) if question.required else None
    if question.key in sheet.problems and question.kind is QuestionKind.CHOICE:
        return words.text("not_a_choice", language)
    return sheet.problems.get(question.key)


def _uploaded(tracker: Tracker) -> dict[str, Any]:
    """Take files that come while a document is asked for as that document."""
    asked = str(tracker.get_slot(REQUESTED_SLOT) or "")
    keys = session.uploads(tracker)
    return {asked: keys} if asked.startswith(DOCUMENT) and keys else {}


def _is_old_button(value: Any, tracker: Tracker) -> bool:
    """Tell the payload of a button that was still on the screen from an answer."""
    latest = str(tracker.latest_message.get("text") or "").strip()
    return str(value).strip() == latest and not session.said(tracker)

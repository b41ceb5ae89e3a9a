"""Begins a form of the catalogue, changes an answer, puts it aside, files it: once, however often it is confirmed."""

import json
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import session, sheets
from bot.actions.refusals import explain
from bot.actions.words import say
from bot.ports import CaseDesk, FilledForm, FormCatalogue, FormQuestion, FormSheet, QuestionKind, Refusal

Slots = dict[str, Any]

LEAST_SAID = 4  # letters of a word of a label, to be recognised in a sentence


class BeginForm(Action):
    """Clears the way for a form: which one is asked anew, unless a button said it."""

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_begin_form"

    async def run(self, _: CollectingDispatcher, tracker: Tracker, __: Slots) -> list[EventType]:
        """Keep what was answered on another form until a form is chosen."""
        if sheets.latest_value(tracker, "form"):
            return []
        return [SlotSet("form_key", None), SlotSet("form_confirmed", None)]


class ChangeAnswer(Action):
    """Takes one answer back, so that it is asked again."""

    def __init__(self, catalogue: FormCatalogue) -> None:
        self._catalogue = catalogue

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_change_answer"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, _: Slots) -> list[EventType]:
        """Empty the answer that is meant; where it is not clear, offer a button for each."""
        sheet = await sheets.current(self._catalogue, tracker)
        if sheet is None or not sheets.is_open(tracker):
            say(dispatcher, tracker, "nothing_to_change")
            return []
        given = [q for q in sheet.questions if tracker.get_slot(sheets.slot_of(q)) is not None]
        meant = _meant(tracker, given)
        if meant is None:
            choices = [_change(question) for question in given]
            say(dispatcher, tracker, "change_what" if choices else "nothing_to_change", choices=choices)
            return []
        return [SlotSet(sheets.slot_of(meant), None)]


def _meant(tracker: Tracker, given: list[FormQuestion]) -> FormQuestion | None:
    """Return the answer that a button names, or of whose label a sentence holds a word that no other label has."""
    pressed = sheets.latest_value(tracker, "field")
    if pressed:
        return next((question for question in given if sheets.slot_of(question) == pressed), None)
    said = set(session.said(tracker).casefold().split())
    named = [
        question
        for question in given
        if any(len(word) >= LEAST_SAID and word in said for word in question.label.casefold().split())
    ]
    return named[0] if len(named) == 1 else None


def _change(question: FormQuestion) -> dict[str, str]:
    payload = json.dumps({"field": sheets.slot_of(question)})
    return {"title": question.label, "payload": f"/change_answer{payload}"}


class PauseForm(Action):
    """Puts a form aside; what was answered stays."""

    def __init__(self, catalogue: FormCatalogue) -> None:
        self._catalogue = catalogue

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_pause_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, _: Slots) -> list[EventType]:
        """Say that nothing was filed, and how to go on or to throw it away."""
        sheet = await sheets.current(self._catalogue, tracker)
        if sheet is None or not sheet.answers:
            dispatcher.utter_message(response="utter_stopped")
            return sheets.emptied(tracker)
        say(dispatcher, tracker, "form_paused", form=sheet.label, form_key=sheet.key)
        return []


class DiscardForm(Action):
    """Throws a form away that was put aside."""

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_discard_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, _: Slots) -> list[EventType]:
        """Forget every answer."""
        say(dispatcher, tracker, "form_discarded")
        return sheets.emptied(tracker)


class FileForm(Action):
    """Opens the case."""

    def __init__(self, desk: CaseDesk, catalogue: FormCatalogue) -> None:
        self._desk = desk
        self._catalogue = catalogue

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_file_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, _: Slots) -> list[EventType]:
        """File what was confirmed and give its number; what the desk does not take now is kept."""
        asker, sheet = session.asker(tracker), await sheets.current(self._catalogue, tracker)
        if asker is None:
            say(dispatcher, tracker, "sign_in")
            return []
        if sheet is None or not tracker.get_slot("form_confirmed"):
            return []
        filled = FilledForm(
            sheet.key, sheet.answers, sheets.documents(tracker, sheet), tracker.get_slot("request_attachments") or []
        )
        opened = await self._desk.file_form(asker, filled, session.draft_key(tracker))
        if isinstance(opened, Refusal):
            explain(dispatcher, tracker, opened)
            say(dispatcher, tracker, "form_kept", form=sheet.label, form_key=sheet.key)
            return [SlotSet("form_confirmed", None)]
        _tell(dispatcher, tracker, sheet, filled, opened)
        forgotten = sheets.emptied(tracker, besides=("draft_key", "request_attachments"))
        return [*forgotten, SlotSet("case_number", opened)]


def _tell(
    dispatcher: CollectingDispatcher, tracker: Tracker, sheet: FormSheet, filled: FilledForm, number: str
) -> None:
    """Say under which number it was filed, and what can still be added."""
    say(dispatcher, tracker, "form_filed", form=sheet.label, number=number)
    dispatcher.utter_message(json_message={"case": {"number": number}})
    later = [q.label for q in sheet.questions if q.kind is QuestionKind.DOCUMENT and q.key not in filled.documents]
    if later:
        say(dispatcher, tracker, "documents_later", number=number, items="\n".join(f"• {label}" for label in later))

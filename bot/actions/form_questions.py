"""Asks what a form of the catalogue asks: which form, each field, each document, and whether it may be filed."""

import json
from collections.abc import Mapping
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import session, sheets, words
from bot.actions.words import Button, say
from bot.generation import ADDED, FORM, SKIPPED
from bot.ports import FormCatalogue, FormQuestion, FormSheet, QuestionKind

Slots = dict[str, Any]

SHELF = "shelf:"
PICKED = (QuestionKind.DATE, QuestionKind.MONTH)  # for which a page shows the browser's own field


class AskForm(Action):
    """Asks which form is meant: those that fit the words, or else all of them, heading by heading."""

    def __init__(self, catalogue: FormCatalogue) -> None:
        self._catalogue = catalogue

    def name(self) -> str:
        """Name the question as its form calls it."""
        return f"action_ask_{FORM}_form_key"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, _: Slots) -> list[EventType]:
        """Offer a button for each form that could be meant, and for the one that was begun before."""
        language, person = session.language(tracker), session.person_id(tracker) or ""
        begun = await self._begun(tracker, language)
        said = session.said(tracker)
        found = await self._catalogue.find(said, language, person) if said else []
        if found:
            choices = [choice(form.key, form.label) for form in found]
            other = {"title": words.text("none_of_these", language), "payload": "/file_request"}
            say(dispatcher, tracker, "which_form_is_it", choices=[*choices, *begun, other])
            return []
        shelves = await self._catalogue.shelves(person, language)
        pressed = sheets.latest_value(tracker, "choice") or ""
        shelf = next((one for one in shelves if SHELF + one.key == pressed), None)
        if shelf:
            say(dispatcher, tracker, "which_form_is_it", choices=[choice(form.key, form.label) for form in shelf.forms])
        else:
            headings = [choice(SHELF + one.key, one.label) for one in shelves]
            say(dispatcher, tracker, "which_subject", choices=[*headings, *begun])
        return []

    async def _begun(self, tracker: Tracker, language: str) -> list[Button]:
        key = tracker.get_slot("draft_form")
        sheet = await self._catalogue.sheet(str(key), {}, language) if key else None
        if sheet is None:
            return []
        return [choice(sheet.key, words.text("go_on_with", language, {"form": sheet.label}))]


class AskField(Action):
    """Asks for one field or document of a form, in words that say how it may be answered."""

    def __init__(self, catalogue: FormCatalogue, slot: str) -> None:
        self._catalogue = catalogue
        self._slot = slot

    def name(self) -> str:
        """Name the question as its form calls it."""
        return f"action_ask_{FORM}_{self._slot}"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, _: Slots) -> list[EventType]:
        """Ask with its own label, its options as buttons, a field for a day or a month, a way past what may be left."""
        sheet = await sheets.current(self._catalogue, tracker)
        question = sheets.question_for(sheet, self._slot) if sheet else None
        if sheet is None or question is None:
            return []
        language = session.language(tracker)
        if session.has_just_set(tracker, "form_key"):
            say(dispatcher, tracker, "form_begins", form=sheet.label)
        choices = [choice(key, label) for key, label in question.options]
        if question.kind is QuestionKind.DOCUMENT:
            choices.append({"title": words.text("added", language), "payload": ADDED})
            choices.append({"title": words.text("later", language), "payload": SKIPPED})
        elif not question.required:
            choices.append({"title": words.text("skip", language), "payload": SKIPPED})
        optional = "" if question.required else words.text("optional", language)
        say(dispatcher, tracker, f"ask_form_{question.kind}", choices=choices, label=question.label, optional=optional)
        if question.kind in PICKED:
            dispatcher.utter_message(json_message={"input": question.kind.value})
        return []


class AskFormConfirmed(Action):
    """Reads back what will be filed, and asks whether it may be."""

    def __init__(self, catalogue: FormCatalogue) -> None:
        self._catalogue = catalogue

    def name(self) -> str:
        """Name the question as its form calls it."""
        return f"action_ask_{FORM}_form_confirmed"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, _: Slots) -> list[EventType]:
        """List every answer and document, unless it was just asked what to change."""
        sheet = await sheets.current(self._catalogue, tracker)
        if sheet is None or session.has_just_done(tracker, "action_change_answer"):
            return []
        say(dispatcher, tracker, "ask_form_confirmed", form=sheet.label, lines="\n".join(_lines(tracker, sheet)))
        return []


def _lines(tracker: Tracker, sheet: FormSheet) -> list[str]:
    language = session.language(tracker)
    handed_in = sheets.documents(tracker, sheet)
    answered = [f"• {q.label}: {sheet.readable[q.key]}" for q in sheet.questions if q.key in _answered(sheet, q)]
    files = [
        "• " + words.text("document_here" if q.key in handed_in else "document_later", language, {"label": q.label})
        for q in sheet.questions
        if q.kind is QuestionKind.DOCUMENT
    ]
    asked = ["• " + words.text("document_by_approval", language, {"label": label}) for label in sheet.approvals]
    return [*answered, *files, *asked]


def _answered(sheet: FormSheet, question: FormQuestion) -> Mapping[str, str]:
    return {} if question.kind is QuestionKind.DOCUMENT else sheet.readable


def choice(key: str, title: str) -> Button:
    """Make a button that answers the question that was asked."""
    return {"title": title, "payload": f"/choose{json.dumps({'choice': key})}"}

"""Hand in a document on a case that is open already."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import session, words
from bot.actions.cases import say_where
from bot.actions.form_parts import SignedInForm
from bot.actions.form_questions import choice
from bot.actions.refusals import explain
from bot.actions.words import say
from bot.ports import CaseDesk, Refusal

Slots = dict[str, Any]

ANYTHING_ELSE = "none_of_these"
EMPTY = ("document_kind", "document_files")


class AskDocumentKind(Action):
    """Asks which of the documents that a case still waits for this is."""

    def __init__(self, desk: CaseDesk) -> None:
        self._desk = desk

    def name(self) -> str:
        """Name the question as its form calls it."""
        return "action_ask_document_form_document_kind"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, _: Slots) -> list[EventType]:
        """Offer a button for each, and one for anything else."""
        language = session.language(tracker)
        lacking = await _lacking(self._desk, tracker)
        other = choice(ANYTHING_ELSE, words.text("other_document", language))
        say(dispatcher, tracker, "which_document", choices=[*(choice(key, label) for key, label in lacking), other])
        return []


class CheckDocument(SignedInForm):
    """Judges the answers of the form that hands a document in."""

    def __init__(self, desk: CaseDesk) -> None:
        self._desk = desk

    def name(self) -> str:
        """Name the check as the form calls it."""
        return "validate_document_form"

    async def required_slots(
        self, domain_slots: list[str], dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots
    ) -> list[str]:
        """Ask which document it is only where the case waits for several."""
        wanted = await super().required_slots(domain_slots, dispatcher, tracker, domain)
        if not wanted or not tracker.get_slot("case_number") or len(await _lacking(self._desk, tracker)) > 1:
            return wanted
        return [name for name in wanted if name != "document_kind"]

    def extract_document_files(self, _: CollectingDispatcher, tracker: Tracker, __: Slots) -> Slots:
        """Take the files that come with this message, or came before it."""
        files = [*(tracker.get_slot("request_attachments") or []), *session.uploads(tracker)]
        return {"document_files": list(dict.fromkeys(files))} if files else {}

    def validate_document_files(self, value: Any, _: CollectingDispatcher, __: Tracker, ___: Slots) -> Slots:
        """Keep them as they are; the desk checks its own uploads."""
        return {"document_files": value}

    async def validate_document_kind(self, value: Any, _: CollectingDispatcher, tracker: Tracker, __: Slots) -> Slots:
        """Keep one of the documents that the case waits for."""
        known = {key for key, _ in await _lacking(self._desk, tracker)} | {ANYTHING_ELSE}
        return {"document_kind": value if value in known else None}

    def validate_case_number(self, value: Any, _: CollectingDispatcher, __: Tracker, ___: Slots) -> Slots:
        """Take the number as it was recognised; whose case it is, the desk knows."""
        return {"case_number": value}


class HandInDocument(Action):
    """Puts the files on the case."""

    def __init__(self, desk: CaseDesk) -> None:
        self._desk = desk

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_hand_in_document"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, _: Slots) -> list[EventType]:
        """Hand the files over as what they were said to be, or as the one document that is missing."""
        person = session.person_id(tracker)
        if person is None:
            say(dispatcher, tracker, "sign_in")
            return []
        number = str(tracker.get_slot("case_number"))
        files, key = tracker.get_slot("document_files") or [], session.draft_key(tracker)
        held = await self._desk.hand_in(person, number, await self._kind(tracker), files, key)
        where: list[EventType] = []
        if isinstance(held, Refusal):
            explain(dispatcher, tracker, held, number)
        else:
            where = say_where(dispatcher, tracker, "document_handed_in", number, held)
        return [*where, *(SlotSet(name, None) for name in (*EMPTY, "request_attachments", "draft_key"))]

    async def _kind(self, tracker: Tracker) -> str:
        chosen = tracker.get_slot("document_kind")
        if chosen:
            return "" if chosen == ANYTHING_ELSE else str(chosen)
        lacking = await _lacking(self._desk, tracker)
        return lacking[0][0] if len(lacking) == 1 else ""


async def _lacking(desk: CaseDesk, tracker: Tracker) -> list[tuple[str, str]]:
    """List the documents that the case waits for; none of a case that the person may not see."""
    person, number = session.person_id(tracker), tracker.get_slot("case_number")
    if person is None or not number:
        return []
    found = await desk.missing_documents(person, str(number), session.language(tracker))
    return [] if isinstance(found, Refusal) else found

"""File a request: from a question in somebody's own words to a case."""

from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import session
from bot.actions.form_parts import SignedInForm, subject_line, written_text
from bot.actions.refusals import explain
from bot.actions.words import say
from bot.ports import CaseDesk, Refusal

Slots = dict[str, Any]

DRAFT = ("request_text", "request_subject", "request_confirmed", "request_attachments")


OTHER_DRAFTS = ("document_kind", "document_files", "approval", "decline_reason")


class CheckRequest(SignedInForm):
    """Judges the answers of the request form."""

    def name(self) -> str:
        """Name the check as the form calls it."""
        return "validate_request_form"

    def validate_request_text(self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, _: Slots) -> Slots:
        """Ask again for a question of a few characters."""
        return {"request_text": written_text(value, dispatcher, tracker)}

    def validate_request_subject(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, _: Slots
    ) -> Slots:
        """Ask again for a subject that is no short line."""
        return {"request_subject": subject_line(value, dispatcher, tracker)}

    def validate_request_confirmed(self, value: Any, _: CollectingDispatcher, __: Tracker, ___: Slots) -> Slots:
        """Take yes and no as they are."""
        return {"request_confirmed": bool(value)}


class FileRequest(Action):
    """Opens the case that was asked for."""

    def __init__(self, desk: CaseDesk) -> None:
        self._desk = desk

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_file_request"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, _: Slots) -> list[EventType]:
        """Open the case and give its number; a draft that the desk cannot take now is kept."""
        person = session.person_id(tracker)
        if person is None:
            say(dispatcher, tracker, "sign_in")
            return []
        if not tracker.get_slot("request_confirmed"):
            say(dispatcher, tracker, "request_dropped")
            return _empty(DRAFT)
        opened = await self._desk.open_request(
            person,
            str(tracker.get_slot("request_subject")),
            str(tracker.get_slot("request_text")),
            tracker.get_slot("request_attachments") or [],
            session.draft_key(tracker),
        )
        if isinstance(opened, Refusal):
            explain(dispatcher, tracker, opened)
            return _empty(("request_confirmed",))
        say(dispatcher, tracker, "request_filed", number=opened)
        dispatcher.utter_message(json_message={"case": {"number": opened}})
        return [*_empty((*DRAFT, "draft_key")), SlotSet("case_number", opened)]


class ForgetDraft(Action):
    """Empties what a stopped form had collected."""

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_forget_draft"

    async def run(self, _: CollectingDispatcher, __: Tracker, ___: Slots) -> list[EventType]:
        """Empty the slots of every form."""
        return _empty((*DRAFT, "message_text", "refusal_reason", "handover_confirmed", *OTHER_DRAFTS))


def _empty(names: tuple[str, ...]) -> list[EventType]:
    return [SlotSet(name, None) for name in names]

"""Give a conversation to a person: a place in the queue, or a case when nobody is there."""

from collections.abc import Iterator
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import session, words
from bot.actions.form_parts import SignedInForm
from bot.actions.refusals import explain
from bot.actions.words import say
from bot.ports import CaseDesk, Filed, PersonDesk, Queued, Refusal
from casework.portal.shell import formats

Slots = dict[str, Any]


class CheckHandover(SignedInForm):
    """Judges the answer of the form that hands over to a person."""

    def name(self) -> str:
        """Name the check as the form calls it."""
        return "validate_handover_form"

    def validate_handover_confirmed(self, value: Any, _: CollectingDispatcher, __: Tracker, ___: Slots) -> Slots:
        """Take yes and no as they are."""
        return {"handover_confirmed": bool(value)}


class HandOver(Action):
    """Gives the conversation to a person: in the queue where there is one, else as a case with all that was said."""

    def __init__(self, desk: CaseDesk, people: PersonDesk | None = None) -> None:
        self._desk = desk
        self._people = people

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_hand_over"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, _: Slots) -> list[EventType]:
        """Hand over, unless the person thought better of it."""
        person = session.person_id(tracker)
        if person is None:
            say(dispatcher, tracker, "sign_in")
            return []
        if not tracker.get_slot("handover_confirmed"):
            say(dispatcher, tracker, "handover_dropped")
            return [SlotSet("handover_confirmed", None)]
        if self._people is None:
            return await self._open_case(dispatcher, tracker, person)
        asked = await self._people.ask(
            tracker.sender_id,
            person,
            session.language(tracker),
            tracker.get_slot("case_number"),
            tracker.get_slot("request_attachments") or [],
        )
        if isinstance(asked, Queued):
            say(dispatcher, tracker, "handover_waiting")
            return [SlotSet("handover_confirmed", None)]
        return _filed(dispatcher, tracker, asked)

    async def _open_case(self, dispatcher: CollectingDispatcher, tracker: Tracker, person: str) -> list[EventType]:
        subject = words.text("handover_subject", session.language(tracker))
        opened = await self._desk.open_request(
            person, subject, transcript(tracker), session.uploads(tracker), session.draft_key(tracker)
        )
        if isinstance(opened, Refusal):
            explain(dispatcher, tracker, opened)
            return [SlotSet("handover_confirmed", None)]
        return _filed(dispatcher, tracker, Filed(opened))


def _filed(dispatcher: CollectingDispatcher, tracker: Tracker, filed: Filed) -> list[EventType]:
    if filed.opens_at is None:
        say(dispatcher, tracker, "handed_over", number=filed.number)
    else:
        opens = formats.short_moment(filed.opens_at)
        say(dispatcher, tracker, "handover_closed", number=filed.number, opens=opens)
    dispatcher.utter_message(json_message={"case": {"number": filed.number}})
    return [
        SlotSet("handover_confirmed", None),
        SlotSet("request_attachments", None),
        SlotSet("draft_key", None),
        SlotSet("case_number", filed.number),
    ]


def transcript(tracker: Tracker) -> str:
    """Write down what was said on both sides, one line each; payloads of buttons are left out."""
    return "\n".join(_spoken(tracker))


def _spoken(tracker: Tracker) -> Iterator[str]:
    for event in tracker.events:
        text = str(event.get("text") or "").strip()
        if event["event"] == "user" and text and not text.startswith("/"):
            yield f"> {text}"
        elif event["event"] == "bot" and text:
            yield f"< {text}"

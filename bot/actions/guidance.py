"""Help somebody on: another language, the right form, another wording, a person."""

import json
from collections.abc import Iterator
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, Restarted, SlotSet, UserUtteranceReverted
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import session, words
from bot.actions.form_parts import SignedInForm
from bot.actions.refusals import explain
from bot.actions.words import say
from bot.ports import CaseDesk, FormCatalogue, FormMatch, Refusal

Slots = dict[str, Any]

_NOT_UNDERSTOOD = frozenset({"action_rephrase", "action_default_fallback"})


class SwitchLanguage(Action):
    """Confirms the new language, or asks which one is wanted."""

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_switch_language"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, _: Slots) -> list[EventType]:
        """Answer in the language that was asked for; the switch itself was made when it was heard."""
        known = session.mentioned_language(tracker)
        say(dispatcher, tracker, "language_switched" if known else "choose_language")
        return []


class FindForm(Action):
    """Looks up the form that fits a question."""

    def __init__(self, catalogue: FormCatalogue) -> None:
        self._catalogue = catalogue

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_find_form"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, _: Slots) -> list[EventType]:
        """List the forms that fit the words with their pages and a button each, and where an absence is entered."""
        said, language, person = session.said(tracker), session.language(tracker), session.person_id(tracker)
        places = await self._catalogue.absences(said, language) if said else []
        elsewhere = [place.label for place in places if place.form is None]
        if elsewhere:
            say(dispatcher, tracker, "absence_elsewhere", absences=", ".join(elsewhere))
        found = await self._catalogue.find(said, language, person)
        if found:
            forms = "\n".join(f"• {form.label}: {form.url}" for form in found)
            say(dispatcher, tracker, "forms_found", forms=forms, choices=[_fill_in(form) for form in found])
        elif not elsewhere:
            say(dispatcher, tracker, "no_form_found")
        return []


def _fill_in(form: FormMatch) -> words.Button:
    return {"title": form.label, "payload": f"/file_form{json.dumps({'form': form.key})}"}


class Rephrase(Action):
    """Asks for other words, and the second time in a row offers a person."""

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_rephrase"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, _: Slots) -> list[EventType]:
        """Count from the history, so that nothing has to be remembered."""
        again = _NOT_UNDERSTOOD & _actions_of_previous_turn(tracker)
        say(dispatcher, tracker, "offer_person" if again else "rephrase")
        return []


class Fallback(Rephrase):
    """Answers what no rule and no story can answer, and takes it back, so that the talk goes on as before."""

    def name(self) -> str:
        """Name the action as both engines call it."""
        return "action_default_fallback"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots) -> list[EventType]:
        """Ask for other words and forget what was said."""
        return [*await super().run(dispatcher, tracker, domain), UserUtteranceReverted()]


class Restart(Action):
    """Begins the conversation again, in the same language."""

    def name(self) -> str:
        """Name the action as both engines call it."""
        return "action_restart"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, _: Slots) -> list[EventType]:
        """Say so and forget everything that was said."""
        say(dispatcher, tracker, "restart")
        return [Restarted()]


class CheckHandover(SignedInForm):
    """Judges the answer of the form that hands over to a person."""

    def name(self) -> str:
        """Name the check as the form calls it."""
        return "validate_handover_form"

    def validate_handover_confirmed(self, value: Any, _: CollectingDispatcher, __: Tracker, ___: Slots) -> Slots:
        """Take yes and no as they are."""
        return {"handover_confirmed": bool(value)}


class HandOver(Action):
    """Gives the conversation to a person: a case with everything that was said."""

    def __init__(self, desk: CaseDesk) -> None:
        self._desk = desk

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_hand_over"

    async def run(self, dispatcher: CollectingDispatcher, tracker: Tracker, _: Slots) -> list[EventType]:
        """Open the case, unless the person thought better of it."""
        person = session.person_id(tracker)
        if person is None:
            say(dispatcher, tracker, "sign_in")
            return []
        if not tracker.get_slot("handover_confirmed"):
            say(dispatcher, tracker, "handover_dropped")
            return [SlotSet("handover_confirmed", None)]
        subject = words.text("handover_subject", session.language(tracker))
        opened = await self._desk.open_request(
            person, subject, transcript(tracker), session.uploads(tracker), session.draft_key(tracker)
        )
        if isinstance(opened, Refusal):
            explain(dispatcher, tracker, opened)
            return [SlotSet("handover_confirmed", None)]
        say(dispatcher, tracker, "handed_over", number=opened)
        dispatcher.utter_message(json_message={"case": {"number": opened}})
        return [SlotSet("handover_confirmed", None), SlotSet("draft_key", None), SlotSet("case_number", opened)]


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


def _actions_of_previous_turn(tracker: Tracker) -> set[str]:
    turns: list[set[str]] = [set()]
    for event in tracker.events:
        if event["event"] == "user":
            turns.append(set())
        elif event["event"] == "action":
            turns[-1].add(event["name"])
    return turns[-2] if len(turns) > 1 else set()

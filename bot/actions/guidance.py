"""Help somebody on: another language, the right form, another wording."""

import json
from typing import Any

from rasa_sdk import Action, Tracker
from rasa_sdk.events import EventType, Restarted, UserUtteranceReverted
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import session
from bot.actions.words import Button, say
from bot.ports import FormCatalogue, FormMatch

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


def _fill_in(form: FormMatch) -> Button:
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


def _actions_of_previous_turn(tracker: Tracker) -> set[str]:
    turns: list[set[str]] = [set()]
    for event in tracker.events:
        if event["event"] == "user":
            turns.append(set())
        elif event["event"] == "action":
            turns[-1].add(event["name"])
    return turns[-2] if len(turns) > 1 else set()

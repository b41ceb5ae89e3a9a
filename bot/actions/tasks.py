"""What waits for a person: their own cases, and what others ask them to approve."""

import json
from typing import Any

from rasa_sdk import Tracker
from rasa_sdk.events import EventType, SlotSet
from rasa_sdk.executor import CollectingDispatcher

from bot.actions import session, words
from bot.actions.cases import CaseAction
from bot.actions.form_parts import SignedInForm, written_text
from bot.actions.refusals import explain
from bot.actions.words import Button, say
from bot.ports import Refusal, Task, TaskKind

Slots = dict[str, Any]

SHOWN = 6


class MyTasks(CaseAction):
    """Lists what waits for the person, each with its buttons."""

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_my_tasks"

    async def run_for(self, person: str, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        """Say each task by itself, so that its buttons stand under it."""
        language = session.language(tracker)
        tasks = await self._desk.tasks_of(person, language)
        if not tasks:
            say(dispatcher, tracker, "no_tasks")
            return []
        say(dispatcher, tracker, "tasks", count=len(tasks))
        for task in tasks[:SHOWN]:
            dispatcher.utter_message(text=task.label, buttons=_buttons(task, language))
        return []


def _buttons(task: Task, language: str) -> list[Button]:
    if task.kind is TaskKind.CASE:
        return [_button("look", "case_status", {"case_number": task.key}, language)]
    named = {"approval": task.key}
    return [_button("yes_approve", "approve", named, language), _button("no_approve", "decline", named, language)]


def _button(word: str, intent: str, entities: dict[str, str], language: str) -> Button:
    return {"title": words.text(word, language), "payload": f"/{intent}{json.dumps(entities)}"}


class Approve(CaseAction):
    """Gives an approval."""

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_approve"

    async def run_for(self, person: str, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        """Approve what the button named; without one, list what could be meant."""
        key = tracker.get_slot("approval")
        if not key:
            return await MyTasks(self._desk).run_for(person, dispatcher, tracker)
        decided = await self._desk.decide_approval(person, str(key), approved=True, reason="")
        if isinstance(decided, Refusal):
            explain(dispatcher, tracker, decided)
        else:
            say(dispatcher, tracker, "approved", number=decided)
        return [SlotSet("approval", None)]


class CheckDecline(SignedInForm):
    """Judges the reason for which an approval is refused."""

    def name(self) -> str:
        """Name the check as the form calls it."""
        return "validate_decline_form"

    async def required_slots(
        self, domain_slots: list[str], dispatcher: CollectingDispatcher, tracker: Tracker, domain: Slots
    ) -> list[str]:
        """Ask for a reason only where it is clear what is refused."""
        wanted = await super().required_slots(domain_slots, dispatcher, tracker, domain)
        return wanted if tracker.get_slot("approval") else []

    def validate_decline_reason(
        self, value: Any, dispatcher: CollectingDispatcher, tracker: Tracker, _: Slots
    ) -> Slots:
        """Ask again for a reason of a few characters."""
        return {"decline_reason": written_text(value, dispatcher, tracker)}


class Decline(CaseAction):
    """Refuses an approval, with the reason."""

    def name(self) -> str:
        """Name the action as the rules call it."""
        return "action_decline"

    async def run_for(self, person: str, dispatcher: CollectingDispatcher, tracker: Tracker) -> list[EventType]:
        """Hand the refusal over; without one that was named, list what could be meant."""
        key, reason = tracker.get_slot("approval"), tracker.get_slot("decline_reason")
        if not key or not reason:
            return await MyTasks(self._desk).run_for(person, dispatcher, tracker)
        decided = await self._desk.decide_approval(person, str(key), approved=False, reason=str(reason))
        if isinstance(decided, Refusal):
            explain(dispatcher, tracker, decided)
        else:
            say(dispatcher, tracker, "declined", number=decided)
        return [SlotSet("approval", None), SlotSet("decline_reason", None)]

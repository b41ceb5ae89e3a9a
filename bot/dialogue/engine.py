"""One turn of a conversation: remember, decide, act, until it is the person's turn again."""

import logging
from collections.abc import Callable, Iterable
from typing import Any

from rasa_sdk import Action

from bot.dialogue.action_runner import ActionRejected, ActionRunner
from bot.dialogue.domain import Domain
from bot.dialogue.events import (
    LISTEN,
    REQUESTED_SLOT,
    SESSION_START,
    Event,
    action_executed,
    action_rejected,
    active_loop,
    bot_uttered,
    loop_interrupted,
    marker,
    slot_set,
    user_uttered,
)
from bot.dialogue.form_loop import FormLoop
from bot.dialogue.policy import Policy, Prediction
from bot.dialogue.responses import Responses
from bot.dialogue.slot_filling import SlotFiller, as_list
from bot.dialogue.tracker import Tracker

# Rasa's own limit; a conversation that needs more is running in circles.
ACTIONS_A_TURN = 10

log = logging.getLogger(__name__)


class DialogueEngine:
    """Holds a conversation by the assistant's files and actions."""

    def __init__(
        self, domain: Domain, policy: Policy, actions: Iterable[Action], *, channel: str, event_limit: int
    ) -> None:
        self._domain = domain
        self._policy = policy
        self._channel = channel
        self._responses = Responses(domain)
        self.runner = ActionRunner(domain, actions, self._responses, channel=channel, event_limit=event_limit)
        self._filler = SlotFiller(domain, self.runner)
        self._forms = FormLoop(domain, self.runner, self._filler, self._run)
        self._built_in: dict[str, Callable[[Tracker], list[Event]]] = {
            LISTEN: lambda _: [],
            SESSION_START: self._start_session,
            "action_restart": lambda t: [*self._utter("utter_restart", t), marker("restart")],
            "action_back": lambda t: [*self._utter("utter_back", t), marker("rewind"), marker("rewind")],
            "action_default_fallback": lambda t: [*self._utter("utter_default", t), marker("rewind")],
            "action_deactivate_loop": lambda _: [active_loop(None), slot_set(REQUESTED_SLOT, None)],
        }

    async def turn(self, tracker: Tracker, parse: dict[str, Any], *, at: float) -> list[Event]:
        """Take in what a person said and record everything that follows; answer what was said back, in order.

        `at` is the moment it was said, in seconds since 1970. An exception of an action leaves the tracker
        half way: the caller keeps the one it had.
        """
        if self._begins_anew(tracker, at):
            tracker.record([action_executed(SESSION_START), *self._start_session(tracker)])
        begun = len(tracker.events)
        tracker.record([user_uttered(parse, at=at, channel=self._channel)])
        tracker.record(await self._filler.fill(tracker))
        await self._answer(tracker)
        return [event for event in tracker.events[begun:] if event["event"] == "bot"]

    async def _answer(self, tracker: Tracker) -> None:
        fell_back = False
        for _ in range(ACTIONS_A_TURN):
            if tracker.situation.paused and tracker.situation.intent != "restart":
                return
            prediction = self._policy.next(tracker)
            if prediction.action == self._policy.fallback and fell_back:
                # Nothing fits what is left after taking back either; asking once for other words is enough.
                prediction = Prediction(LISTEN)
            fell_back = fell_back or prediction.action == self._policy.fallback
            await self._act(tracker, prediction)
            if prediction.action in (LISTEN, SESSION_START):
                return
        log.warning("conversation %s ran in circles and was stopped", tracker.conversation_id)

    def interrupting_intents(self, tracker: Tracker) -> frozenset[str]:
        """Name the intents that would be taken as an interruption, where the answer may be any text."""
        slot = self._domain.slots.get(tracker.situation.slots.get(REQUESTED_SLOT) or "")
        if slot is None or tracker.situation.form_name is None:
            return frozenset()
        free = [mapping for mapping in slot.mappings if mapping.get("type") == "from_text"]
        return frozenset(intent for mapping in free for intent in as_list(mapping.get("not_intent")))

    async def _act(self, tracker: Tracker, prediction: Prediction) -> None:
        notes = [loop_interrupted()] if prediction.resumes else []
        seen = tracker.with_events(notes)
        try:
            events = await self._run(prediction.action, seen)
        except ActionRejected:
            tracker.record([action_rejected(prediction.action)])
            return
        if not any(event["event"] == "action_execution_rejected" for event in events):
            tracker.record([*notes, action_executed(prediction.action, hidden=prediction.hidden)])
        tracker.record(events)

    async def _run(self, name: str, tracker: Tracker) -> list[Event]:
        """Run an action by name: one of ours, a form, an answer, or a built-in one, in this order."""
        if name in self._domain.actions and not name.startswith("utter_"):
            return await self.runner.run(name, tracker)
        form = self._domain.forms.get(name)
        if form:
            return await self._forms.run(form, tracker)
        if name in self._built_in:
            return self._built_in[name](tracker)
        return self._utter(name, tracker)

    def _utter(self, name: str, tracker: Tracker) -> list[Event]:
        message = self._responses.render(name, tracker, self._channel, {})
        return [bot_uttered({**message, "utter_action": name})] if message else []

    def _begins_anew(self, tracker: Tracker, at: float) -> bool:
        said_at = tracker.said_last_at()
        if said_at is None:
            return tracker.base is None and not tracker.events
        minutes = self._domain.session_minutes
        return 0 < minutes < (at - said_at) / 60

    def _start_session(self, tracker: Tracker) -> list[Event]:
        situation = tracker.situation
        touched = sorted(situation.touched) if self._domain.carry_over_slots else []
        kept = [slot_set(name, situation.slots[name]) for name in touched]
        return [marker("session_started"), *kept, action_executed(LISTEN)]

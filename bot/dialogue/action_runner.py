"""Runs the assistant's own actions in this process, as a Rasa server would run them over HTTP."""

import json
from collections.abc import Iterable, Sequence
from typing import Any

from rasa_sdk import Action
from rasa_sdk.executor import ActionExecutor
from rasa_sdk.interfaces import ActionExecutionRejection

from bot.dialogue.domain import Domain
from bot.dialogue.events import Event, bot_uttered
from bot.dialogue.responses import Responses
from bot.dialogue.tracker import Tracker

RASA_VERSION = "3.6.21"


class ActionRejected(Exception):
    """The action can do nothing with what was said; something else may answer."""


class ActionRunner:
    """The registered actions, the domain they are told about and the answers they refer to.

    Only the newest events are handed over: what an action sees does not grow with the conversation.
    """

    def __init__(
        self,
        domain: Domain,
        actions: Iterable[Action],
        responses: Responses,
        *,
        channel: str,
        event_limit: int,
    ) -> None:
        self._domain = domain
        self._responses = responses
        self._channel = channel
        self._event_limit = event_limit
        self._executor = ActionExecutor()
        for action in actions:
            self._executor.register_action(action)

    @property
    def names(self) -> frozenset[str]:
        """Name the actions that can be run."""
        return frozenset(self._executor.actions)

    async def run(self, name: str, tracker: Tracker) -> list[Event]:
        """Run one action: what it said comes first, then its events.

        Raises ActionRejected when the action rejects; any other exception is the action's own.
        """
        call = {
            "next_action": name,
            "sender_id": tracker.conversation_id,
            "tracker": tracker_state(tracker, self._event_limit),
            "domain": self._domain.raw,
            "version": RASA_VERSION,
        }
        try:
            result = await self._executor.run(call)
        except ActionExecutionRejection as rejection:
            raise ActionRejected(name) from rejection
        # A value that is not JSON would be lost at the next save; it fails here, where its action is known.
        events = json.loads(json.dumps(result.events))
        said = [self._responses.message(r, tracker, self._channel) for r in result.responses]
        return [*(bot_uttered(message) for message in said if message), *events]


def tracker_state(tracker: Tracker, event_limit: int) -> dict[str, Any]:
    """Describe the conversation as rasa-sdk expects it, with the newest events only.

    rasa-sdk writes into the slots and the list of events: both are copies. The events themselves and what was said
    are shared, for copying them costs more than everything else in a turn; no action may write into them.
    """
    situation = tracker.situation
    form = situation.form
    return {
        "sender_id": tracker.conversation_id,
        "slots": {name: list(v) if isinstance(v, list) else v for name, v in situation.slots.items()},
        "latest_message": dict(situation.message or {}),
        "latest_event_time": tracker.said_last_at(),
        "followup_action": situation.followup,
        "paused": situation.paused,
        "events": _since_restart(tracker.events)[-event_limit:],
        "latest_input_channel": next(
            (e.get("input_channel") for e in reversed(tracker.events) if e["event"] == "user"), None
        ),
        "active_loop": {
            "name": form.name,
            "is_interrupted": form.interrupted,
            "rejected": form.rejected,
            "trigger_message": form.trigger,
        }
        if form
        else {},
        "latest_action": {"action_name": situation.latest_action} if situation.latest_action else {},
        "latest_action_name": situation.latest_action,
    }


def _since_restart(events: Sequence[Event]) -> list[Event]:
    restarts = [at for at, event in enumerate(events) if event["event"] == "restart"]
    return list(events[restarts[-1] + 1 :]) if restarts else list(events)

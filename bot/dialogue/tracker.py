"""One conversation: the events so far and the situation they add up to."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from typing import Any

from bot.dialogue.domain import Domain
from bot.dialogue.events import LISTEN, SESSION_START, UNSET, Event
from bot.dialogue.history import History, forgets_the_past

# How many times the turns that are kept a form may take before they are folded within it.
LONG_FORM = 2


@dataclass(slots=True)
class ActiveForm:
    """The form that is being filled in."""

    name: str
    rejected: bool = False
    interrupted: bool = False
    trigger: dict[str, Any] | None = None


@dataclass(slots=True)
class Situation:
    """Where a conversation stands after some events."""

    slots: dict[str, Any] = field(default_factory=dict)
    touched: set[str] = field(default_factory=set)
    message: dict[str, Any] | None = None
    latest_action: str | None = None
    form: ActiveForm | None = None
    paused: bool = False
    followup: str | None = None

    @classmethod
    def at_start(cls, domain: Domain) -> "Situation":
        """Stand where every conversation begins."""
        return cls(slots={name: slot.initial for name, slot in domain.slots.items()})

    def copy(self) -> "Situation":
        """Return one to move on from. Values are replaced and never changed in place, so they are shared."""
        form = self.form
        return Situation(
            slots=dict(self.slots),
            touched=set(self.touched),
            message=self.message,
            latest_action=self.latest_action,
            form=ActiveForm(form.name, form.rejected, form.interrupted, form.trigger) if form else None,
            paused=self.paused,
            followup=self.followup,
        )

    @property
    def form_name(self) -> str | None:
        """Name the form that is being filled in, or None."""
        return self.form.name if self.form and self.form.name != UNSET else None

    @property
    def intent(self) -> str | None:
        """Name the intent of what was said last, or None."""
        name = (self.message or {}).get("intent", {}).get("name")
        return str(name) if name else None

    def apply(self, event: Event, domain: Domain) -> None:
        """Move on by one event; events that change nothing here are passed over."""
        change = _CHANGES.get(event["event"])
        if change:
            change(self, event, domain)


def _say(situation: Situation, event: Event, _: Domain) -> None:
    situation.message = event.get("parse_data") or {}
    situation.followup = None


def _act(situation: Situation, event: Event, _: Domain) -> None:
    situation.latest_action = event["name"]
    situation.followup = None
    if situation.form:
        situation.form.interrupted = False
        if situation.form.name == event["name"]:
            situation.form.rejected = False


def _set_slot(situation: Situation, event: Event, domain: Domain) -> None:
    slot = domain.slots.get(event["name"])
    if slot:
        situation.slots[slot.name] = slot.stored(event["value"])
        situation.touched.add(slot.name)


def _reset_slots(situation: Situation, _: Event, domain: Domain) -> None:
    situation.slots = {name: slot.initial for name, slot in domain.slots.items()}
    situation.touched = set()


def _change_form(situation: Situation, event: Event, _: Domain) -> None:
    name = event["name"]
    situation.form = ActiveForm(name, trigger=situation.message) if name else None


def _interrupt(situation: Situation, event: Event, _: Domain) -> None:
    if situation.form:
        situation.form.interrupted = bool(event["is_interrupted"])


def _reject(situation: Situation, event: Event, _: Domain) -> None:
    if situation.form and situation.form.name == event["name"]:
        situation.form.rejected = True


def _pause(situation: Situation, event: Event, _: Domain) -> None:
    situation.paused = event["event"] == "pause"


def _follow_up(situation: Situation, event: Event, _: Domain) -> None:
    situation.followup = event["name"]


_CHANGES: dict[str, Callable[[Situation, Event, Domain], None]] = {
    "user": _say,
    "action": _act,
    "slot": _set_slot,
    "reset_slots": _reset_slots,
    "active_loop": _change_form,
    "loop_interrupted": _interrupt,
    "action_execution_rejected": _reject,
    "pause": _pause,
    "resume": _pause,
    "followup": _follow_up,
}


class Tracker:
    """The events of one conversation. Old turns are folded into `base`, so a long talk stays cheap."""

    def __init__(
        self,
        conversation_id: str,
        domain: Domain,
        events: Iterable[Event] = (),
        base: Situation | None = None,
        situation: Situation | None = None,
    ) -> None:
        """Take what happened, and what older events led to; `situation` is where all that leads, if it is known."""
        self.conversation_id = conversation_id
        self.domain = domain
        self.base = base
        self.events: list[Event] = list(events)
        self._history = self._new_history()
        self.situation = situation or self._replay()

    def record(self, events: Iterable[Event]) -> None:
        """Add events and move the situation on."""
        for event in events:
            self.events.append(event)
            if event["event"] in ("rewind", "undo"):
                self.situation = self._replay()
            elif event["event"] in ("restart", "session_started"):
                self.situation = Situation.at_start(self.domain)
                self.situation.followup = SESSION_START if event["event"] == "restart" else None
            else:
                self.situation.apply(event, self.domain)

    def with_events(self, events: Iterable[Event]) -> "Tracker":
        """Try events out on a copy."""
        fork = Tracker(self.conversation_id, self.domain, self.events, self.base, self.situation.copy())
        fork.record(events)
        return fork

    def counting(self) -> list[Event]:
        """List the events that still count; for reading alone."""
        return self._history.counting(self.events)

    def _new_history(self) -> History:
        return History(self.base.form_name if self.base else None)

    def start(self) -> Situation:
        """Give the situation from which the counting events set out, as a copy to move on from."""
        if self.base is None or forgets_the_past(self.events):
            return Situation.at_start(self.domain)
        return self.base.copy()

    def last_said(self) -> Event | None:
        """Give the last thing the person said."""
        return next((event for event in reversed(self.events) if event["event"] == "user"), None)

    def said_last_at(self) -> float | None:
        """Give the time of the last thing the person said, in seconds since 1970."""
        said = self.last_said()
        return said["timestamp"] if said else None

    def since_last_said(self) -> list[Event]:
        """List what happened since the person spoke last."""
        for at in range(len(self.events) - 1, -1, -1):
            if self.events[at]["event"] == "user":
                return self.events[at + 1 :]
        return list(self.events)

    def offered_buttons(self) -> list[dict[str, str]]:
        """List the buttons that were offered since the person spoke last."""
        said = (event for event in self.since_last_said() if event["event"] == "bot")
        return [button for event in said for button in event["data"].get("buttons") or ()]

    def _replay(self) -> Situation:
        situation = self.start()
        for event in self.counting():
            situation.apply(event, self.domain)
        return situation

    def fold(self, keep_turns: int) -> None:
        """Fold all but the last turns into the base, at a pause between two forms; within one only if it is long."""
        cut = self._cut(keep_turns)
        if cut == 0:
            return
        older = Tracker(self.conversation_id, self.domain, self.events[:cut], self.base)
        self.base, self.events = older.situation, self.events[cut:]
        self._history = self._new_history()

    def _cut(self, keep_turns: int) -> int:
        turns = [at for at, event in enumerate(self.events) if event["event"] == "user"]
        if len(turns) <= keep_turns:
            return 0
        latest, is_long = turns[-keep_turns], len(turns) > LONG_FORM * keep_turns
        situation = self.base.copy() if self.base else Situation.at_start(self.domain)
        cut = 0
        for at, event in enumerate(self.events[:latest]):
            if event["event"] == "action" and event["name"] == LISTEN and (is_long or situation.form is None):
                cut = at
            situation.apply(event, self.domain)
        return cut

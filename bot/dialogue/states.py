"""The shape in which rules and stories compare a conversation: what was said, done, remembered and running.

A state is taken before each action. Its keys and the way it is written as JSON follow Rasa 3.6, because the
longest text wins where several rules fit.
"""

import itertools
import json
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

from bot.dialogue.domain import Domain
from bot.dialogue.events import LISTEN, UNSET, Event
from bot.dialogue.tracker import Situation

State = dict[str, dict[str, Any]]


@dataclass(frozen=True, slots=True)
class RuleOnly:
    """Slots and forms that no story mentions; stories do not see them."""

    slots: frozenset[str] = frozenset()
    forms: frozenset[str] = frozenset()


def past_states(
    domain: Domain,
    start: Situation,
    events: Sequence[Event],
    *,
    only_touched: bool = False,
    latest: int | None = None,
) -> list[State]:
    """Take the state before each action, and the present one last; only so many of the latest, where that is said.

    `start` is moved on. With `only_touched`, a slot counts only once it has been set.
    """
    actions = sum(event["event"] == "action" for event in events)
    skipped = 0 if latest is None else max(0, actions + 1 - latest)
    moments = itertools.islice(_moments(domain, start, events), skipped, None)
    return [state_of(situation, domain, only_touched=only_touched) for situation, _ in moments]


def states_for_stories(domain: Domain, start: Situation, events: Iterable[Event], rule_only: RuleOnly) -> list[State]:
    """Take the states as a story tells them: turns that only rules know are passed over."""
    states: list[State] = []
    last_shown: dict[str, Any] = {}
    hidden = False
    for situation, hide_next in _moments(domain, start, events):
        if not hidden:
            last_shown = _action_part(situation)
        if not situation.followup and situation.latest_action != situation.form_name:
            hidden = hide_next
        if hidden:
            continue
        state = state_of(situation, domain)
        _leave_out(state, rule_only)
        if states:
            _repeat_what_was_said(state, states[-1])
        if last_shown:
            state["prev_action"] = last_shown
        states.append({part: content for part, content in state.items() if content})
    return states


def _moments(domain: Domain, situation: Situation, events: Iterable[Event]) -> Iterator[tuple[Situation, bool]]:
    weighing = domain.weighing_names
    for event in events:
        kind = event["event"]
        if kind == "action":
            yield situation, bool(event.get("hide_rule_turn"))
        if kind != "slot" or event["name"] in weighing:
            situation.apply(event, domain)
    yield situation, False


def state_of(situation: Situation, domain: Domain, *, only_touched: bool = False) -> State:
    """Take the state of one situation."""
    state = {
        "user": _user_part(situation, domain),
        "slots": _slot_part(situation, domain, only_touched=only_touched),
        "prev_action": _action_part(situation),
        "active_loop": {"name": situation.form.name} if situation.form else {},
    }
    return {part: content for part, content in state.items() if content}


def _user_part(situation: Situation, domain: Domain) -> dict[str, Any]:
    message = situation.message or {}
    intent = situation.intent
    part: dict[str, Any] = {"intent": intent} if intent else {}
    shown = domain.intents.get(intent or "", frozenset(domain.entities))
    entities = sorted({entity_label(e) for e in message.get("entities", ()) if e.get("entity") in shown})
    return part | {"entities": entities} if entities else part


def entity_label(entity: dict[str, Any]) -> str:
    """Name an entity with its role and group, as states show it."""
    return "#".join(str(entity[key]) for key in ("entity", "role", "group") if entity.get(key))


def _slot_part(situation: Situation, domain: Domain, *, only_touched: bool) -> dict[str, Any]:
    part: dict[str, Any] = {}
    for slot in domain.weighing_slots:
        value = situation.slots.get(slot.name)
        feature = slot.feature(value)
        if only_touched and slot.name not in situation.touched:
            continue
        if value == UNSET:
            part[slot.name] = UNSET
        elif any(feature):
            part[slot.name] = feature
    return part


def _action_part(situation: Situation) -> dict[str, Any]:
    return {"action_name": situation.latest_action} if situation.latest_action else {}


def _leave_out(state: State, rule_only: RuleOnly) -> None:
    for slot in rule_only.slots:
        state.get("slots", {}).pop(slot, None)
    if state.get("active_loop", {}).get("name") in rule_only.forms:
        del state["active_loop"]


def _repeat_what_was_said(state: State, before: State) -> None:
    if previous_action(state) == LISTEN:
        return
    if before.get("user"):
        state["user"] = before["user"]
    else:
        state.pop("user", None)


def previous_action(state: State) -> str | None:
    """Name the action that ran right before this state."""
    return state.get("prev_action", {}).get("action_name")


def form_of(state: State) -> str | None:
    """Name the form that runs in this state; a form that must not run gives None."""
    name = state.get("active_loop", {}).get("name")
    return None if name == UNSET else name


def key_of(states: Sequence[State]) -> str:
    """Write states as the text by which they are looked up."""
    return json.dumps(list(states), sort_keys=True)


def mentioned(states: Collection[Sequence[State]]) -> tuple[set[str], set[str]]:
    """Collect the slots and forms that occur in some states."""
    slots = {slot for run in states for state in run for slot in state.get("slots", {})}
    forms = {name for run in states for state in run if (name := state.get("active_loop", {}).get("name"))}
    return slots, forms

"""Rules and stories as the runs of events they stand for."""

import itertools
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from bot.dialogue import checkpoints
from bot.dialogue.domain import Domain
from bot.dialogue.events import (
    ANYTHING_BEFORE,
    LISTEN,
    UNSET,
    Event,
    action_executed,
    active_loop,
    slot_set,
)


@dataclass(frozen=True, slots=True)
class Script:
    """One way through a rule or a story, with its implicit pauses written out."""

    name: str
    is_rule: bool
    events: tuple[Event, ...]


@dataclass(slots=True)
class Scripts:
    """All rules and stories, and what could not be read of them."""

    rules: list[Script] = field(default_factory=list)
    stories: list[Script] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


def read_scripts(domain: Domain, rules: Iterable[Mapping[str, Any]], stories: Iterable[Mapping[str, Any]]) -> Scripts:
    """Write out every rule and story; `or` makes one script for each of its branches."""
    scripts = Scripts()
    for item in rules:
        name = str(item.get("rule", "a rule without a name"))
        scripts.rules += _scripts_of(domain, name, _rule_steps(item), scripts.problems, is_rule=True)
    told = [(str(item.get("story", "a story without a name")), item.get("steps") or []) for item in stories]
    for name, steps in checkpoints.join(told, scripts.problems):
        scripts.stories += _scripts_of(domain, name, steps, scripts.problems, is_rule=False)
    return scripts


def _rule_steps(item: Mapping[str, Any]) -> list[Any]:
    before = [] if item.get("conversation_start") else [{"action": ANYTHING_BEFORE}]
    after = [{"action": ANYTHING_BEFORE}] if item.get("wait_for_user_input") is False else []
    return [*(item.get("condition") or []), *before, *(item.get("steps") or []), *after]


def _scripts_of(domain: Domain, name: str, steps: list[Any], problems: list[str], *, is_rule: bool) -> list[Script]:
    kind = "rule" if is_rule else "story"
    choices: list[list[list[Event]]] = []
    for step in steps:
        read = _branches(domain, step)
        if read is None:
            problems.append(f"The {kind} '{name}' has a step that is not understood: {step!r}.")
        else:
            choices.append(read)
    return [
        Script(name, is_rule, tuple(_with_pauses(itertools.chain.from_iterable(run), is_rule=is_rule)))
        for run in itertools.product(*choices)
    ]


def _branches(domain: Domain, step: Any) -> list[list[Event]] | None:
    """Read one step as its possible runs of events; None when it is not understood."""
    if not isinstance(step, Mapping):
        return None
    if "or" in step:
        read = [_branches(domain, branch) for branch in step["or"] or []]
        return None if None in read else [run for runs in read if runs for run in runs]
    kind = next((kind for kind in _READERS if kind in step), None)
    return [_READERS[kind](domain, step)] if kind else None


def _said(domain: Domain, step: Mapping[str, Any]) -> list[Event]:
    entities = [_entity(item) for item in step.get("entities") or []]
    parse = {"text": None, "intent": {"name": str(step["intent"])}, "entities": entities}
    return [
        {"event": "user", "text": None, "timestamp": None, "parse_data": parse},
        *_filled(domain, entities),
    ]


_READERS: Mapping[str, Callable[[Domain, Mapping[str, Any]], list[Event]]] = {
    "intent": _said,
    "action": lambda _, step: [action_executed(str(step["action"]))],
    "active_loop": lambda _, step: [active_loop(step["active_loop"])],
    "slot_was_set": lambda domain, step: _remembered(domain, step["slot_was_set"] or []),
}


def _entity(item: Any) -> dict[str, Any]:
    if not isinstance(item, Mapping):
        return {"entity": str(item), "value": None}
    name = next(key for key in item if key not in ("role", "group"))
    extra = {key: item[key] for key in ("role", "group") if key in item}
    return {"entity": name, "value": item[name], **extra}


def _filled(domain: Domain, entities: list[dict[str, Any]]) -> list[Event]:
    """Fill the slots that these entities fill outside a form, as they would be in a conversation."""
    events = []
    for slot in domain.slots.values():
        values = [
            entity["value"]
            for mapping in slot.mappings
            if mapping.get("type") == "from_entity" and not _needs_form(mapping)
            for entity in entities
            if all(mapping.get(key) == entity.get(key) for key in ("entity", "role", "group"))
        ]
        if values:
            events.append(slot_set(slot.name, values if slot.kind == "list" else values[-1]))
    return events


def _needs_form(mapping: Mapping[str, Any]) -> bool:
    conditions = mapping.get("conditions") or [{}]
    return conditions[0].get("active_loop") is not None


def _remembered(domain: Domain, items: list[Any]) -> list[Event]:
    events = []
    for item in items:
        if isinstance(item, Mapping):
            events += [slot_set(name, value) for name, value in item.items()]
        else:
            slot = domain.slots.get(str(item))
            events.append(slot_set(str(item), slot.initial if slot else None))
    return events


def _with_pauses(events: Iterable[Event], *, is_rule: bool) -> list[Event]:
    """Put in the pause before each thing said and at the end; a rule says what must not be set."""
    written: list[Event] = []
    for event in events:
        if event["event"] == "user":
            _pause(written)
        written.append(_must_not_be(event) if is_rule else event)
    _pause(written)
    return written


def _must_not_be(event: Event) -> Event:
    for kind, key in (("slot", "value"), ("active_loop", "name")):
        if event["event"] == kind and event[key] is None:
            return {**event, key: UNSET}
    return event


def _pause(written: list[Event]) -> None:
    if not written or written[-1].get("name") != LISTEN or written[-1]["event"] != "action":
        written.append(action_executed(LISTEN))

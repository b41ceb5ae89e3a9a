"""What a sentence gives to remember: slots filled from text, intent and entities, then checked."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from bot.dialogue.action_runner import ActionRunner
from bot.dialogue.domain import Domain, Form, Slot
from bot.dialogue.events import REQUESTED_SLOT, Event, slot_set
from bot.dialogue.tracker import Situation, Tracker

VALIDATE_ALL = "action_validate_slot_mappings"
# Questions of forms for which it is remembered which mappings could answer them.
QUESTIONS = 1000


class SlotFiller:
    """Fills slots after each thing said, in the order of the domain."""

    def __init__(self, domain: Domain, runner: ActionRunner) -> None:
        self._domain = domain
        self._runner = runner
        self._mapped = lru_cache(QUESTIONS)(self._find_mapped)

    async def fill(self, tracker: Tracker) -> list[Event]:
        """List the slots that the last thing said fills, after the check, with what was said about them."""
        found: list[Event] = []
        asked: set[str] = set()
        for slot, mappings in self._mapped(tracker.situation.form_name, requested_in(tracker.situation)):
            found += await self._fill_slot(slot, mappings, tracker, asked)
        if VALIDATE_ALL not in self._domain.actions:
            return found
        candidates = [event for event in found if event["event"] == "slot"]
        checked = await self._run(VALIDATE_ALL, tracker.with_events(candidates))
        names = {event["name"] for event in checked if event["event"] == "slot"}
        return checked + [event for event in candidates if event["name"] not in names]

    def _find_mapped(self, form: str | None, requested: str | None) -> list[tuple[Slot, list[Mapping[str, Any]]]]:
        """List the slots that some mapping could fill while this form asks for this slot, with those mappings."""
        mapped = [
            (slot, [m for m in slot.mappings if _is_known(m, self._domain) and _has_its_place(m, form, requested)])
            for slot in self._domain.slots.values()
        ]
        return [(slot, mappings) for slot, mappings in mapped if mappings]

    async def _fill_slot(
        self, slot: Slot, mappings: Sequence[Mapping[str, Any]], tracker: Tracker, asked: set[str]
    ) -> list[Event]:
        found: list[Event] = []
        for mapping in mappings:
            if not self._applies(slot, mapping, tracker.situation):
                continue
            values = values_of(mapping, tracker.situation)
            if values:
                value = values if slot.kind == "list" else values[-1]
                if value is not None or tracker.situation.slots.get(slot.name) is not None:
                    return [*found, slot_set(slot.name, value)]
            action = mapping.get("action")
            if mapping.get("type") == "custom" and action and action not in asked:
                asked.add(action)
                found += await self._run(action, tracker)
        return found

    async def _run(self, action: str, tracker: Tracker) -> list[Event]:
        events = await self._runner.run(action, tracker)
        return [event for event in events if event["event"] in ("slot", "bot")]

    def _applies(self, slot: Slot, mapping: Mapping[str, Any], situation: Situation) -> bool:
        return (
            _intent_fits(mapping, situation, self._domain)
            and not _was_just_rejected(mapping, situation, slot.name)
            and not self._belongs_to_another_slot(slot, mapping, situation)
        )

    def _belongs_to_another_slot(self, slot: Slot, mapping: Mapping[str, Any], situation: Situation) -> bool:
        """Let an entity that could fill several slots of a form fill only the one that was asked for."""
        form = self._domain.forms.get(situation.form_name or "")
        if form is None or mapping.get("type") != "from_entity":
            return False
        if requested_in(situation) == slot.name or slot.name not in form.required_slots:
            return False
        return _uses(form, self._domain, mapping) > 1


def _uses(form: Form, domain: Domain, mapping: Mapping[str, Any]) -> int:
    slots = (domain.slots[name] for name in form.required_slots if name in domain.slots)
    return sum(dict(other) == dict(mapping) for slot in slots for other in slot.mappings)


def _is_known(mapping: Mapping[str, Any], domain: Domain) -> bool:
    if mapping.get("type") == "from_entity":
        return mapping.get("entity") in domain.entities
    if mapping.get("type") == "from_intent" and mapping.get("intent") is not None:
        return all(intent in domain.intents for intent in as_list(mapping["intent"]))
    return True


def _intent_fits(mapping: Mapping[str, Any], situation: Situation, domain: Domain) -> bool:
    wanted = as_list(mapping.get("intent"))
    unwanted = as_list(mapping.get("not_intent"))
    form = domain.forms.get(situation.form_name or "")
    conditions = mapping.get("conditions")
    if form and (not conditions or any(c.get("active_loop") == form.name for c in conditions)):
        unwanted = [*unwanted, *form.ignored_intents]
    if wanted:
        return situation.intent in wanted
    return situation.intent not in unwanted


def _has_its_place(mapping: Mapping[str, Any], form: str | None, requested: str | None) -> bool:
    """Tell whether one of the mapping's conditions holds while this form asks for this slot."""
    conditions = mapping.get("conditions")
    if not conditions or mapping.get("type") == "from_trigger_intent":
        return True
    return any(_condition_holds(condition, form, requested) for condition in conditions)


def _condition_holds(condition: Mapping[str, Any], form: str | None, requested: str | None) -> bool:
    wanted = condition.get("active_loop")
    if wanted is None:
        return form is None
    return bool(wanted == form and condition.get(REQUESTED_SLOT) in (None, "", requested))


def _was_just_rejected(mapping: Mapping[str, Any], situation: Situation, slot: str) -> bool:
    """Tell whether the form could do nothing with this very answer."""
    if not mapping.get("conditions") or mapping.get("type") == "from_trigger_intent":
        return False
    return bool(situation.form and situation.form.rejected and requested_in(situation) == slot)


def requested_in(situation: Situation) -> str | None:
    """Name the slot that is asked for, or None."""
    slot = situation.slots.get(REQUESTED_SLOT)
    return str(slot) if slot else None


def values_of(mapping: Mapping[str, Any], situation: Situation) -> list[Any]:
    """List the values that the last thing said gives under this mapping, the newest last."""
    message = situation.message or {}
    kind = mapping.get("type")
    if kind == "from_entity":
        keys = ("entity", "role", "group")
        entities = message.get("entities", ())
        return [e.get("value") for e in entities if all(e.get(k) == mapping.get(k) for k in keys)]
    if kind == "from_text":
        return [message.get("text")]
    if kind == "from_intent" or (kind == "from_trigger_intent" and _form_is_meant(mapping, situation)):
        return [mapping.get("value")]
    return []


def _form_is_meant(mapping: Mapping[str, Any], situation: Situation) -> bool:
    forms = [condition.get("active_loop") for condition in mapping.get("conditions") or ()]
    return situation.form_name is not None and (not forms or situation.form_name in forms)


def as_list(value: Any) -> list[Any]:
    """Read what may be written as one item or as a list."""
    if value is None:
        return []
    return list(value) if isinstance(value, list | tuple) else [value]

"""The assistant's vocabulary as `domain.yml` declares it: intents, slots, forms, actions and answers."""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

DEFAULT_CATEGORY = "__other__"
DEFAULT_INTENTS = ("restart", "back", "out_of_scope", "session_start", "nlu_fallback")


@dataclass(frozen=True, slots=True)
class Slot:
    """One thing the conversation remembers, and how its value weighs on what happens next."""

    name: str
    kind: str
    mappings: tuple[Mapping[str, Any], ...] = ()
    initial: Any = None
    influences: bool = True
    categories: tuple[str, ...] = ()
    lowest: float = 0.0
    highest: float = 1.0

    def stored(self, value: Any) -> Any:
        """Shape a value as this slot keeps it: a list slot always holds a list."""
        if self.kind == "list" and value and not isinstance(value, list):
            return [value]
        return value

    @property
    def weighs(self) -> bool:
        """Whether the value changes what happens next."""
        return self.influences and self.kind != "any"

    def feature(self, value: Any) -> list[float]:
        """Express the value as the numbers that rules and stories compare; empty when it does not weigh."""
        if not self.weighs:
            return []
        return _FEATURES.get(self.kind, _text_feature)(self, value)


def _text_feature(_: Slot, value: Any) -> list[float]:
    return [1.0 if value is not None else 0.0]


def _list_feature(_: Slot, value: Any) -> list[float]:
    return [1.0 if value else 0.0]


def _bool_feature(_: Slot, value: Any) -> list[float]:
    truth = _truth(value)
    return [0.0, 0.0] if truth is None else [1.0, float(truth)]


def _truth(value: Any) -> bool | None:
    if isinstance(value, bool):
        return value
    if isinstance(value, int | float):
        return value == 1
    word = str(value).strip().lower()
    if word.isnumeric():
        return float(word) == 1
    return {"true": True, "false": False}.get(word)


def _float_feature(slot: Slot, value: Any) -> list[float]:
    try:
        capped = max(slot.lowest, min(slot.highest, float(value)))
    except (TypeError, ValueError):
        return [0.0, 0.0]
    return [1.0, (capped - slot.lowest) / (slot.highest - slot.lowest)]


def _categorical_feature(slot: Slot, value: Any) -> list[float]:
    if value is None:
        return [0.0] * len(slot.categories)
    word = str(value).lower()
    chosen = word if word in slot.categories else DEFAULT_CATEGORY
    return [1.0 if category == chosen else 0.0 for category in slot.categories]


_FEATURES = {
    "text": _text_feature,
    "list": _list_feature,
    "bool": _bool_feature,
    "float": _float_feature,
    "categorical": _categorical_feature,
}


@dataclass(frozen=True, slots=True)
class Form:
    """A series of questions: the slots to fill and the intents that never fill one."""

    name: str
    required_slots: tuple[str, ...]
    ignored_intents: tuple[str, ...] = ()


@dataclass(frozen=True)
class Domain:
    """Everything declared in `domain.yml`; `raw` is handed to the actions as it was written."""

    raw: Mapping[str, Any]
    intents: Mapping[str, frozenset[str]]
    entities: tuple[str, ...]
    slots: Mapping[str, Slot]
    forms: Mapping[str, Form]
    actions: tuple[str, ...]
    responses: Mapping[str, list[dict[str, Any]]]
    session_minutes: float = 60.0
    carry_over_slots: bool = True

    @cached_property
    def action_names(self) -> frozenset[str]:
        """Every name a rule, a story or a follow-up may call."""
        from_responses = {name for name in self.responses if name.startswith("utter_")}
        return frozenset({*self.actions, *from_responses, *self.forms, *BUILT_IN_ACTIONS})

    @cached_property
    def weighing_slots(self) -> tuple[Slot, ...]:
        """The slots that rules and stories look at; of a form's many answers hardly any is among them."""
        return tuple(slot for slot in self.slots.values() if slot.weighs)

    @cached_property
    def weighing_names(self) -> frozenset[str]:
        """The names of the slots that rules and stories look at."""
        return frozenset(slot.name for slot in self.weighing_slots)


BUILT_IN_ACTIONS = (
    "action_listen",
    "action_restart",
    "action_session_start",
    "action_default_fallback",
    "action_deactivate_loop",
    "action_back",
)


def read_domain(raw: Mapping[str, Any]) -> Domain:
    """Build the domain from the parsed file; what is wrong with it is said by `checks`."""
    entities = tuple(_names(raw.get("entities")))
    slots = {name: _slot(name, spec or {}) for name, spec in (raw.get("slots") or {}).items()}
    forms = {name: _form(name, spec or {}) for name, spec in (raw.get("forms") or {}).items()}
    if forms and "requested_slot" not in slots:
        slots["requested_slot"] = Slot("requested_slot", "text", influences=False)
    session = raw.get("session_config") or {}
    return Domain(
        raw=raw,
        intents=_intents(raw.get("intents"), _weighing_entities(raw.get("entities"))),
        entities=entities,
        slots=slots,
        forms=forms,
        actions=tuple(_names(raw.get("actions"))),
        responses=raw.get("responses") or {},
        session_minutes=float(session.get("session_expiration_time", 60)),
        carry_over_slots=bool(session.get("carry_over_slots_to_new_session", True)),
    )


def _names(items: Any) -> list[str]:
    return [next(iter(item)) if isinstance(item, Mapping) else str(item) for item in items or []]


def _weighing_entities(items: Any) -> frozenset[str]:
    silent = {
        name
        for item in items or []
        if isinstance(item, Mapping)
        for name, spec in item.items()
        if isinstance(spec, Mapping) and spec.get("influence_conversation") is False
    }
    return frozenset(_names(items)) - silent


def _intents(items: Any, entities: frozenset[str]) -> dict[str, frozenset[str]]:
    intents = dict.fromkeys(DEFAULT_INTENTS, entities)
    for item in items or []:
        name, spec = next(iter(item.items())) if isinstance(item, Mapping) else (str(item), {})
        used = (spec or {}).get("use_entities", True)
        kept = entities if used is True else frozenset(used or ())
        intents[name] = kept - frozenset((spec or {}).get("ignore_entities", ()))
    return intents


def _slot(name: str, spec: Mapping[str, Any]) -> Slot:
    kind = str(spec.get("type", "text"))
    categories = tuple(str(v).lower() for v in spec.get("values") or () if v is not None)
    if kind == "categorical" and DEFAULT_CATEGORY not in categories:
        categories = (*categories, DEFAULT_CATEGORY)
    return Slot(
        name=name,
        kind=kind,
        mappings=tuple(spec.get("mappings") or ()),
        initial=spec.get("initial_value"),
        influences=bool(spec.get("influence_conversation", kind != "any")),
        categories=categories,
        lowest=float(spec.get("min_value", 0.0)),
        highest=float(spec.get("max_value", 1.0)),
    )


def _form(name: str, spec: Mapping[str, Any]) -> Form:
    ignored = spec.get("ignored_intents") or ()
    names = (ignored,) if isinstance(ignored, str) else tuple(ignored)
    return Form(name, tuple(spec.get("required_slots") or ()), names)

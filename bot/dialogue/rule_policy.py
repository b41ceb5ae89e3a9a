"""What the rules say comes next, a running form and the built-in intents going before them."""

import json
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache

from bot.dialogue.domain import Domain
from bot.dialogue.events import ANYTHING_BEFORE, LISTEN, SESSION_START, UNSET
from bot.dialogue.history import counting_events
from bot.dialogue.states import State, form_of, key_of, past_states, previous_action
from bot.dialogue.stories import Script
from bot.dialogue.tracker import Situation

BUILT_IN_INTENTS = {"restart": "action_restart", "back": "action_back", "session_start": SESSION_START}

MEANINGS = 2000  # actions with what was meant after them, for which it is remembered which rules could fit
_INTERRUPTED = "interrupted"
_OTHER_ACTION = "other action"


@dataclass(frozen=True, slots=True)
class RulePrediction:
    """What the rules predict, which rule said so, and whether it holds whatever was said.

    `resumes` tells the form that it is taken up again and must not read the last message as an answer.
    """

    action: str | None
    source: str
    resumes: bool = False
    whatever_was_said: bool = False


@dataclass(frozen=True, slots=True)
class _Rule:
    key: str
    states: tuple[State, ...]
    action: str


class _Shelves:
    """Rules by what they ask of the present: the action before it, and what was meant, where they ask that."""

    def __init__(self, rules: Iterable[_Rule]) -> None:
        self._shelves: dict[str | None, list[_Rule]] = {}
        self._shelf = lru_cache(MEANINGS)(self._find_shelf)
        for rule in rules:
            self._shelves.setdefault(previous_action(rule.states[-1]), []).append(rule)

    def fitting(self, states: Sequence[State]) -> list[_Rule]:
        """List the rules that fit these states, in their own order."""
        now = states[-1]
        return [rule for rule in self._shelf(previous_action(now), _meant(now)) if _fits(rule.states, states)]

    def _find_shelf(self, action: str | None, intent: str | None) -> list[_Rule]:
        return [rule for rule in self._shelves.get(action, ()) if _meant(rule.states[-1]) in (None, intent)]


class RuleBook:
    """The rules, ready to be asked."""

    def __init__(self, rules: Sequence[_Rule], unhappy: Sequence[_Rule]) -> None:
        self._rules = _Shelves(rules)
        self._unhappy = _Shelves(unhappy)
        # A longer history is none of the rules' business, and none of them is called by its text.
        self.longest = max((len(rule.states) for rule in [*rules, *unhappy]), default=0)

    @classmethod
    def of(cls, domain: Domain, rules: Iterable[Script], stories: Iterable[Script]) -> "RuleBook":
        """Learn the rules; stories only add what must not happen in the middle of a form."""
        taught = [example for script in rules for example in examples(domain, script)]
        told = [example for script in stories for example in examples(domain, script)]
        return cls(_learn(taught), _learn_unhappy([*taught, *told]))

    def predict(self, states: Callable[[], Sequence[State]], situation: Situation) -> RulePrediction:
        """Say what comes next: built-in intents, then a running form, then the longest rule that fits.

        `states` are taken only where rules are compared.
        """
        intent = situation.intent
        if situation.latest_action == LISTEN and intent in BUILT_IN_INTENTS:
            return RulePrediction(BUILT_IN_INTENTS[intent], f"built-in intent {intent}")
        form = situation.form
        if form and situation.form_name and not form.rejected:
            if situation.latest_action == form.name:
                return RulePrediction(LISTEN, f"pause of form {form.name}", whatever_was_said=True)
            if situation.latest_action:
                return RulePrediction(form.name, f"form {form.name}", whatever_was_said=True)
        return self._from_rules(states(), situation.form_name)

    def _from_rules(self, states: Sequence[State], form: str | None) -> RulePrediction:
        fitting = self._rules.fitting(states)
        best = max(fitting, key=lambda rule: len(rule.key), default=None)
        action = best.action if best else None
        source = best.key if best else _snippet_key(states) or ""
        if form is None:
            return RulePrediction(action, source)
        conditions = {rule.action for rule in self._unhappy.fitting(states)}
        if best and action == LISTEN and not form_of(best.states[-1]):
            if _OTHER_ACTION not in conditions:
                return RulePrediction(form, source)
            action = None
        return RulePrediction(action, source, resumes=_INTERRUPTED in conditions)


def examples(domain: Domain, script: Script) -> list[tuple[list[State], str]]:
    """Pair each action of a script with the states that lead to it."""
    events = counting_events(script.events)
    start = Situation.at_start(domain)
    states = past_states(domain, start, events, only_touched=script.is_rule)
    actions = [event["name"] for event in events if event["event"] == "action"]
    return [(states[: at + 1], action) for at, action in enumerate(actions)]


def _learn(taught: Iterable[tuple[list[State], str]]) -> list[_Rule]:
    """Keep what is not contradicted: two rules that see the same and say otherwise cancel each other."""
    learnt: dict[str, _Rule | None] = {}
    for states, action in taught:
        key = _snippet_key(states)
        if key is None:
            continue
        known = learnt.get(key)
        if key not in learnt:
            learnt[key] = _rule(key, action)
        elif known and known.action != action:
            learnt[key] = None
    return [rule for rule in learnt.values() if rule and rule.action != ANYTHING_BEFORE]


def _learn_unhappy(taught: Iterable[tuple[list[State], str]]) -> list[_Rule]:
    """Note where a form is taken up again after a pause, and where something else comes before it."""
    learnt: dict[str, _Rule] = {}
    for states, action in taught:
        form = form_of(states[-1])
        if not form:
            continue
        before = states[-2].get("prev_action") if len(states) > 1 else None
        key = _snippet_key([{"prev_action": before}, states[-1]] if before else [states[-1]])
        after_pause = previous_action(states[-1]) == LISTEN
        if key and after_pause and action == form:
            learnt[key] = _rule(key, _INTERRUPTED)
        elif key and not after_pause and action != form:
            learnt[key] = _rule(key, _OTHER_ACTION)
    return list(learnt.values())


def _rule(key: str, action: str) -> _Rule:
    return _Rule(key, tuple(json.loads(key)), action)


def _snippet_key(states: Sequence[State]) -> str | None:
    """Write the states after the point before which anything may have happened."""
    kept: list[State] = []
    for state in reversed(states):
        if previous_action(state) == ANYTHING_BEFORE:
            break
        kept.insert(0, state)
    return key_of(kept) if kept else None


def _meant(state: State) -> str | None:
    return state.get("user", {}).get("intent") or None


def _fits(rule: Sequence[State], states: Sequence[State]) -> bool:
    """Compare backwards from now; a rule longer than the history fits when what there is of it does."""
    return all(_fits_state(r, s) for r, s in zip(reversed(rule), reversed(states), strict=False))


def _fits_state(rule: State, state: State) -> bool:
    if not rule.get("prev_action") or not state.get("prev_action"):
        return not rule.get("prev_action") and not state.get("prev_action")
    for part, asked in rule.items():
        found = state.get(part, {})
        for key, value in asked.items():
            present = found.get(key)
            if value == UNSET:
                if present and present != UNSET:
                    return False
            elif value and present != value:
                return False
    return True

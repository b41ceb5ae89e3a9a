"""The next action: what rules and stories predict, weighed against each other."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial

from bot.dialogue.domain import Domain
from bot.dialogue.events import ANYTHING_BEFORE
from bot.dialogue.history import counting_events
from bot.dialogue.rule_policy import BUILT_IN_INTENTS, RuleBook, RulePrediction, examples
from bot.dialogue.states import RuleOnly, State, mentioned, past_states
from bot.dialogue.stories import Script, Scripts
from bot.dialogue.story_policy import StoryBook
from bot.dialogue.tracker import Situation, Tracker


@dataclass(frozen=True, slots=True)
class PolicySettings:
    """How far back a story is recognised, in actions, and what to do when nothing fits."""

    story_length: int = 5
    fallback_action: str = "action_default_fallback"


@dataclass(frozen=True, slots=True)
class Prediction:
    """The action to run. `hidden` turns are unknown to stories, `resumes` is news for the form."""

    action: str
    hidden: bool = False
    resumes: bool = False


class Policy:
    """Rules before stories, stories before the fallback."""

    def __init__(self, domain: Domain, scripts: Scripts, settings: PolicySettings) -> None:
        self._domain = domain
        self.fallback = settings.fallback_action
        self._rules = RuleBook.of(domain, scripts.rules, scripts.stories)
        told = [states for script in scripts.stories for states, _ in examples(domain, script)]
        taught = [states for script in scripts.rules for states, _ in examples(domain, script)]
        (rule_slots, rule_forms), (story_slots, story_forms) = mentioned(taught), mentioned(told)
        rule_only = RuleOnly(frozenset(rule_slots - story_slots), frozenset(rule_forms - story_forms))
        self._stories = StoryBook(domain, scripts.stories, rule_only, settings.story_length)
        self._hidden, self.contradictions = _compare(domain, self._rules, scripts)

    def next(self, tracker: Tracker) -> Prediction:
        """Predict the next action of a conversation."""
        situation = tracker.situation
        if situation.followup in self._domain.action_names:
            return Prediction(str(situation.followup))
        rule = self._rules.predict(partial(self._states, tracker), situation)
        hidden = rule.source in self._hidden
        if rule.action and (rule.whatever_was_said or rule.action != _just_rejected(tracker)):
            return Prediction(rule.action, hidden, rule.resumes)
        story = self._stories.predict(tracker)
        if story and story != _just_rejected(tracker):
            return Prediction(story, resumes=rule.resumes)
        return Prediction(self.fallback, hidden, rule.resumes)

    def _states(self, tracker: Tracker) -> list[State]:
        return past_states(self._domain, tracker.start(), tracker.counting(), latest=self._rules.longest + 1)


def _just_rejected(tracker: Tracker) -> str | None:
    for event in reversed(tracker.events):
        if event["event"] == "action":
            return None
        if event["event"] == "action_execution_rejected":
            return str(event["name"])
    return None


def _compare(domain: Domain, rules: RuleBook, scripts: Scripts) -> tuple[frozenset[str], list[str]]:
    """Play rules and stories against the rules: which rules no story uses, and who contradicts whom."""
    taught: dict[str, set[tuple[str, str]]] = {}
    for script in scripts.rules:
        for said, gold in _replay(domain, rules, script):
            if said.source.startswith(("built-in intent ", "form ", "pause of form ")):
                taught.setdefault(said.source, set()).add((said.source, said.action or ""))
            else:
                taught.setdefault(said.source, set()).add((script.name, gold))
    used: set[str] = set()
    contradictions: list[str] = []
    for script in [*scripts.rules, *scripts.stories]:
        for said, gold in _replay(domain, rules, script):
            if said.action == gold:
                used |= set() if script.is_rule else {said.source}
            elif said.action or script.is_rule:
                against = sorted(other for other in taught.get(said.source, ()) if other[1] != gold)
                contradictions += [_contradiction(script, gold, *other) for other in against]
    every = {*taught, *(f"built-in intent {intent}" for intent in BUILT_IN_INTENTS)}
    every |= {f"{kind}{form}" for form in domain.forms for kind in ("form ", "pause of form ")}
    return frozenset(every - used), list(dict.fromkeys(contradictions))


def _contradiction(script: Script, gold: str, other: str, action: str) -> str:
    kind = "rule" if script.is_rule else "story"
    return f"The {kind} '{script.name}' goes on with '{gold}', but '{other}' goes on with '{action}'."


def _replay(domain: Domain, rules: RuleBook, script: Script) -> Iterator[tuple[RulePrediction, str]]:
    """Predict each action of a script; the first one, and one after anything, cannot be predicted."""
    situation = Situation.at_start(domain)
    seen: list[State] = []
    open_end = True
    for event in counting_events(script.events):
        if event["event"] == "action":
            seen = [*seen, *past_states(domain, situation, ())]
            if event["name"] == ANYTHING_BEFORE:
                open_end = True
            elif open_end:
                open_end = False
            else:
                yield _predict_in_script(rules, seen, situation, event["name"]), event["name"]
        situation.apply(event, domain)


def _predict_in_script(rules: RuleBook, states: Sequence[State], situation: Situation, gold: str) -> RulePrediction:
    said = rules.predict(lambda: states, situation)
    if situation.form and said.action == situation.form_name and said.action != gold:
        situation.form.rejected = True
        said = rules.predict(lambda: states, situation)
    return said

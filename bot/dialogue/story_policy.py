"""What the stories say comes next: a remembered run of states, however far back it began."""

from collections.abc import Iterable, Sequence

from bot.dialogue.domain import Domain
from bot.dialogue.events import LISTEN, Event
from bot.dialogue.rule_policy import examples
from bot.dialogue.states import RuleOnly, State, key_of, states_for_stories
from bot.dialogue.stories import Script
from bot.dialogue.tracker import Situation, Tracker


class StoryBook:
    """Every stretch of a story, at most `longest` states, with the action that follows it."""

    def __init__(self, domain: Domain, stories: Iterable[Script], rule_only: RuleOnly, longest: int) -> None:
        self._domain = domain
        self._rule_only = rule_only
        self._longest = longest
        self._known: dict[str, str | None] = {}
        self._answered: set[str | None] = set()
        for script in stories:
            for states, action in examples(domain, script):
                self._remember(states[-longest:], action)

    def _remember(self, states: Sequence[State], action: str) -> None:
        key = key_of(states)
        if self._known.setdefault(key, action) != action:
            self._known[key] = None
        self._answered.add(states[-1].get("user", {}).get("intent"))

    def predict(self, tracker: Tracker) -> str | None:
        """Recall the next action; when nothing fits, forget the oldest action and its slots, look again."""
        situation = tracker.situation
        if situation.latest_action == LISTEN and situation.intent not in self._answered:
            return None  # no story has an answer to it, whatever is forgotten
        events = tracker.counting()
        states = self._states(tracker.start(), events)
        recalled = self._known.get(key_of(states))
        if recalled:
            return recalled
        return self._recall_from_later(_recent(events, self._longest), states)

    def _recall_from_later(self, events: Sequence[Event], seen: Sequence[State]) -> str | None:
        actions = [at for at, event in enumerate(events) if event["event"] == "action"]
        for at in actions:
            states = self._states(Situation.at_start(self._domain), events[at:])
            if states != seen:
                recalled = self._known.get(key_of(states))
                if recalled:
                    return recalled
                seen = states
        return None

    def _states(self, start: Situation, events: Iterable[Event]) -> list[State]:
        return states_for_stories(self._domain, start, events, self._rule_only)[-self._longest :]


def _recent(events: Sequence[Event], longest: int) -> Sequence[Event]:
    """Keep the events of the last actions, those of rules too, back to the pause before the last thing said."""
    actions = 0
    for at in range(len(events) - 1, -1, -1):
        if events[at]["event"] == "action":
            actions += 1
            if actions > longest and events[at]["name"] == LISTEN:
                return events[at:]
    return events

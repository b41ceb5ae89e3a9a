"""Which of the recorded events still count: what was taken back or repeated by a form is left out."""

from collections.abc import Sequence

from bot.dialogue.events import Event


def counting_events(events: Sequence[Event], running_form: str | None = None) -> list[Event]:
    """List the events that still count, oldest first.

    A restart or a new session forgets what came before; `rewind` takes back the last thing said with the
    pause before it, `undo` the last action. A form that asks on and on counts as one visit, so that a rule
    may follow it directly. `running_form` is the form that was already running before the first event.
    """
    return History(running_form).counting(events)


class History:
    """Counts the events of a conversation that goes on: what was counted before is not looked through again."""

    def __init__(self, running_form: str | None = None) -> None:
        self._forms: set[str] = {running_form} if running_form else set()
        self._kept: list[Event] = []
        self._counted = 0

    def counting(self, events: Sequence[Event]) -> list[Event]:
        """List what still counts of these events, which begin with those of the last time; for reading alone."""
        new = events[self._counted :]
        forms = {e["name"] for e in new if e["event"] == "active_loop" and e["name"]}
        if not forms <= self._forms:  # a form's own action comes before the event that says that it is one
            self._forms |= forms
            self._kept, new = [], events
        for event in new:
            self._take(event)
        self._counted = len(events)
        return self._kept

    def _take(self, event: Event) -> None:
        kept, kind = self._kept, event["event"]
        if kind in ("restart", "session_started"):
            self._kept = []
        elif kind == "undo":
            _drop_through(kept, "action")
        elif kind == "rewind":
            _drop_through(kept, "user")
            _drop_through(kept, "action")
        elif kind == "action" and event["name"] in self._forms and not _opens_visit(event["name"], kept):
            _fold_visit(event["name"], kept)
        else:
            kept.append(event)


def forgets_the_past(events: Sequence[Event]) -> bool:
    """Tell whether a restart or a new session lies among the events."""
    return any(e["event"] in ("restart", "session_started") for e in events)


def _drop_through(kept: list[Event], kind: str) -> None:
    while kept:
        if kept.pop()["event"] == kind:
            return


def _opens_visit(form: str, kept: Sequence[Event]) -> bool:
    """Tell whether the form runs for the first time, or again after something else was answered."""
    next_action: str | None = None
    for event in reversed(kept):
        kind = event["event"]
        if kind == "active_loop" and event["name"] is None:
            return True
        if kind == "action_execution_rejected" and event["name"] == form:
            return True
        if kind == "user" and next_action is not None and next_action != form:
            return True
        if kind == "action":
            if event["name"] == form:
                return False
            next_action = event["name"]
    return True


def _fold_visit(form: str, kept: list[Event]) -> None:
    """Take out what was said and done since the form ran last, and keep what it changed."""
    for at in range(len(kept) - 1, -1, -1):
        event = kept[at]
        if event["event"] == "action" and event["name"] == form:
            return
        if event["event"] in ("action", "user"):
            del kept[at]

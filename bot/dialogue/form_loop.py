"""A form as a conversation: check what was answered, ask for what is missing, stop when all is there."""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any

from bot.dialogue.action_runner import ActionRejected, ActionRunner
from bot.dialogue.domain import Domain, Form
from bot.dialogue.events import LISTEN, REQUESTED_SLOT, Event, action_executed, active_loop, slot_set
from bot.dialogue.slot_filling import SlotFiller
from bot.dialogue.tracker import Tracker

RunAction = Callable[[str, Tracker], Awaitable[list[Event]]]


class FormLoop:
    """Runs the forms of the domain."""

    def __init__(self, domain: Domain, runner: ActionRunner, filler: SlotFiller, run_action: RunAction) -> None:
        self._domain = domain
        self._runner = runner
        self._filler = filler
        self._run_action = run_action

    async def run(self, form: Form, tracker: Tracker) -> list[Event]:
        """Take the form one step further and list what came of it.

        Raises ActionRejected when nothing of what was said answers the question that was asked.
        """
        events: list[Event] = []
        if tracker.situation.form_name != form.name:
            start = [active_loop(form.name)]
            events = [*start, *await self._activate(form, tracker.with_events(start))]
        if not is_done(events):
            events += await self._proceed(form, tracker, events)
        if is_done(events):
            events.append(active_loop(None))
        return events

    async def _activate(self, form: Form, tracker: Tracker) -> list[Event]:
        """Take over what is known already: slots filled by the opening message or before it."""
        extracted = await self._filler.fill(tracker)
        filled_slots = [event for event in extracted if event["event"] == "slot"]
        tracker = tracker.with_events(extracted)
        if self._checker(form) not in self._domain.actions:
            return filled_slots
        slots = tracker.situation.slots
        known = {name: slots[name] for name in form.required_slots if slots.get(name) is not None}
        checked = await self._check(form, known, tracker)
        names = {event["name"] for event in checked if event["event"] == "slot"}
        return checked + [event for event in filled_slots if event["name"] not in names]

    async def _proceed(self, form: Form, tracker: Tracker, so_far: Sequence[Event]) -> list[Event]:
        events: list[Event] = []
        if all(event["event"] == "active_loop" for event in so_far):
            events = await self._check_answer(form, tracker)
        if any(event["event"] == "action_execution_rejected" for event in events):
            return events
        return events + await self._ask_next(form, tracker, [*so_far, *events])

    async def _check_answer(self, form: Form, tracker: Tracker) -> list[Event]:
        situation = tracker.situation
        answered = situation.form is None or (situation.latest_action == LISTEN and not situation.form.interrupted)
        if not answered:
            return await self._check(form, {}, tracker)
        requested = _requested(form, tracker)
        asked = {*form.required_slots, requested}
        given = {
            event["name"]: event["value"]
            for event in tracker.since_last_said()
            if event["event"] == "slot" and event["name"] in asked
        }
        events = await self._check(form, given, tracker)
        filled = any(e["event"] == "slot" and e["name"] != REQUESTED_SLOT for e in events)
        rejected = any(e["event"] == "action_execution_rejected" for e in events)
        if requested and not filled and not rejected:
            raise ActionRejected(form.name)
        return events

    async def _check(self, form: Form, candidates: Mapping[str, Any], tracker: Tracker) -> list[Event]:
        """Have the form's own action judge the candidates; those it does not mention stand."""
        found = [slot_set(name, value) for name, value in candidates.items()]
        checker = self._checker(form)
        if checker not in self._domain.actions:
            return found
        events = await self._runner.run(checker, _as_seen_by_form(form, tracker, found))
        names = {event["name"] for event in events if event["event"] == "slot"}
        return events + [event for event in found if event["name"] not in names]

    async def _ask_next(self, form: Form, tracker: Tracker, so_far: Sequence[Event]) -> list[Event]:
        if is_done(so_far):
            return [slot_set(REQUESTED_SLOT, None)]
        events: list[Event] = []
        seen = _as_seen_by_form(form, tracker, so_far)
        wanted = next((e["value"] for e in so_far if _is_request(e)), None)
        if not wanted:
            slots = seen.situation.slots
            wanted = next((name for name in form.required_slots if slots.get(name) is None), None)
            events.append(slot_set(REQUESTED_SLOT, wanted))
        if not wanted:
            return [slot_set(REQUESTED_SLOT, None)]
        question = self._question(form, wanted)
        return events + (await self._run_action(question, seen) if question else [])

    def _question(self, form: Form, slot: str) -> str | None:
        names = (
            f"action_ask_{form.name}_{slot}",
            f"utter_ask_{form.name}_{slot}",
            f"action_ask_{slot}",
            f"utter_ask_{slot}",
        )
        known = self._domain.action_names
        return next((name for name in names if name in known), None)

    @staticmethod
    def _checker(form: Form) -> str:
        return f"validate_{form.name}"


def is_done(events: Sequence[Event]) -> bool:
    """Tell whether these events end the form: nothing more to ask, or switched off by an action."""
    if any(event["event"] == "action_execution_rejected" for event in events):
        return False
    requests = [event["value"] for event in events if _is_request(event)]
    switches = [event["name"] for event in events if event["event"] == "active_loop"]
    return bool((requests and requests[-1] is None) or (switches and switches[-1] is None))


def _is_request(event: Event) -> bool:
    return bool(event["event"] == "slot" and event["name"] == REQUESTED_SLOT)


def _requested(form: Form, tracker: Tracker) -> str | None:
    """Name the slot that was asked for; what another form asked for does not count."""
    situation = tracker.situation
    return situation.slots.get(REQUESTED_SLOT) if situation.form_name == form.name else None


def _as_seen_by_form(form: Form, tracker: Tracker, events: Sequence[Event]) -> Tracker:
    """Put the candidates last in the conversation, where the check looks for them."""
    request = slot_set(REQUESTED_SLOT, _requested(form, tracker))
    return tracker.with_events([request, action_executed(form.name), *events])

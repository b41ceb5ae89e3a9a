"""Conversations as JSON text: a turn reads and writes all of one, and most of it is as it was the turn before."""

import json
from collections import OrderedDict
from dataclasses import asdict, dataclass
from typing import Any

from bot.dialogue.domain import Domain
from bot.dialogue.events import Event
from bot.dialogue.tracker import ActiveForm, Situation, Tracker

FORMAT = 1
AT_HAND = 64  # conversations of late

_written = json.JSONEncoder(ensure_ascii=False).encode


@dataclass(frozen=True, slots=True)
class _Kept:
    """What was written of a conversation: the whole text, and the parts that it was made of."""

    text: str
    base: Situation | None
    base_text: str
    events: list[Event]
    parts: list[str]


class TrackerTexts:
    """Writes conversations and reads them back.

    Those of late are at hand: of a text that comes back as it was written nothing is read anew, and of a conversation
    that went on only what is new is written out. Events and bases are shared, for nothing ever changes one in place.
    """

    def __init__(self, domain: Domain, at_hand: int = AT_HAND) -> None:
        self._domain = domain
        self._most = at_hand
        self._kept: OrderedDict[str, _Kept] = OrderedDict()

    def read(self, conversation_id: str, text: str) -> Tracker:
        """Read a conversation back; slots that the domain no longer knows are dropped."""
        kept = self._kept.get(conversation_id)
        if kept is not None and kept.text == text:
            return Tracker(conversation_id, self._domain, kept.events, kept.base)
        saved = json.loads(text)
        base = _read_base(saved["base"], self._domain) if saved["base"] else None
        return Tracker(conversation_id, self._domain, saved["events"], base)

    def write(self, tracker: Tracker) -> str:
        """Write a conversation as JSON text."""
        before = self._kept.pop(tracker.conversation_id, None)
        events, parts = self._parts(tracker.events, before)
        base = before.base_text if before and before.base is tracker.base else _base_text(tracker.base)
        text = f'{{"format": {FORMAT}, "base": {base}, "events": [{", ".join(parts)}]}}'
        self._kept[tracker.conversation_id] = _Kept(text, tracker.base, base, events, parts)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return text

    def _parts(self, events: list[Event], before: _Kept | None) -> tuple[list[Event], list[str]]:
        """Write each event that is not written yet; a new one is kept as it would be read back."""
        known = {id(event): part for event, part in zip(before.events, before.parts, strict=True)} if before else {}
        parts, kept = [], []
        for event in events:
            part = known.get(id(event))
            parts.append(part or _written(event))
            kept.append(event if part else json.loads(parts[-1]))
        return kept, parts


def _base_text(base: Situation | None) -> str:
    return _written(asdict(base) | {"touched": sorted(base.touched)} if base else None)


def _read_base(saved: dict[str, Any], domain: Domain) -> Situation:
    slots = {name: saved["slots"].get(name, slot.initial) for name, slot in domain.slots.items()}
    form = ActiveForm(**saved["form"]) if saved["form"] else None
    rest = {name: saved[name] for name in ("message", "latest_action", "paused", "followup")}
    return Situation(slots=slots, touched=set(saved["touched"]) & set(slots), form=form, **rest)

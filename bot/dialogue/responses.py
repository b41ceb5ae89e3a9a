"""What the assistant says: the fitting variant of an answer, with its gaps filled."""

import logging
import re
from collections.abc import Mapping
from typing import Any

from bot.dialogue.domain import Domain
from bot.dialogue.tracker import Tracker

# A gap is {name}; doubled braces stand for themselves, as a payload such as /inform{{"key": "{name}"}} needs.
_PIECE = re.compile(r"\{\{|\}\}|\{([^\n{}]+?)\}")
_FILLED_PARTS = ("text", "image", "custom", "buttons", "attachment", "quick_replies")

log = logging.getLogger(__name__)


class Responses:
    """The answers of the domain."""

    def __init__(self, domain: Domain) -> None:
        self._domain = domain

    def render(self, name: str, tracker: Tracker, channel: str, extra: Mapping[str, Any]) -> dict[str, Any] | None:
        """Write an answer for this channel and these slots; None when there is no fitting variant.

        Several fitting variants are taken in turn. A gap that nothing fills leaves the text as it is written.
        """
        slots = tracker.situation.slots
        fitting = _fitting(self._domain.responses.get(name) or [], slots, channel)
        if not fitting:
            return None
        said = sum(e["event"] == "bot" and e["metadata"].get("utter_action") == name for e in tracker.events)
        variant = fitting[said % len(fitting)]
        values = {**slots, **extra}
        answer = {k: v for k, v in variant.items() if k not in ("condition", "id")}
        return {k: _fill(v, values, name) if k in _FILLED_PARTS else v for k, v in answer.items()}

    def message(self, response: Mapping[str, Any], tracker: Tracker, channel: str) -> dict[str, Any] | None:
        """Write out what an action uttered: a named answer, a text of its own, or both."""
        said = dict(response)
        name = said.pop("response", None)
        draft: dict[str, Any] = {}
        if name:
            rendered = self.render(name, tracker, channel, said)
            if rendered is None:
                return None
            draft = {**rendered, "utter_action": name}
        buttons = said.pop("buttons", None) or []
        if buttons:
            draft["buttons"] = [*(draft.get("buttons") or []), *buttons]
        return {**draft, **{key: value for key, value in said.items() if value}}


def _fitting(variants: list[dict[str, Any]], slots: Mapping[str, Any], channel: str) -> list[dict[str, Any]]:
    """Prefer a variant for this channel to one for any, then one with a condition to one without."""
    plain = [v for v in variants if v.get("condition") is None]
    chosen = [v for v in variants if v.get("condition") and _holds(v["condition"], slots)]
    for wanted, group in ((channel, chosen), (channel, plain), (None, chosen), (None, plain)):
        fitting = [v for v in group if v.get("channel") == wanted]
        if fitting:
            return fitting
    return []


def _holds(conditions: list[Mapping[str, Any]], slots: Mapping[str, Any]) -> bool:
    return all(_same(slots.get(c["name"]), c.get("value")) for c in conditions)


def _same(value: Any, wanted: Any) -> bool:
    if isinstance(value, str) and isinstance(wanted, str):
        return value.casefold() == wanted.casefold()
    return bool(value == wanted)


def _fill(part: Any, values: Mapping[str, Any], name: str) -> Any:
    if isinstance(part, str):
        return _fill_text(part, values, name)
    if isinstance(part, list):
        return [_fill(item, values, name) for item in part]
    if isinstance(part, dict):
        return {key: _fill(item, values, name) for key, item in part.items()}
    return part


def _fill_text(text: str, values: Mapping[str, Any], name: str) -> str:
    missing = [gap for gap in _PIECE.findall(text) if gap and gap not in values]
    if missing:
        if not all(gap.startswith('"') for gap in missing):
            log.error("answer %s has gaps that nothing fills: %s", name, ", ".join(missing))
        return text
    return _PIECE.sub(lambda piece: _filled(piece, values), text)


def _filled(piece: re.Match[str], values: Mapping[str, Any]) -> str:
    gap = piece.group(1)
    return str(values[gap]) if gap else piece.group(0)[0]

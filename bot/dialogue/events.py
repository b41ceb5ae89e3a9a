"""The events a conversation is made of, in the JSON shape that rasa-sdk and a Rasa server exchange."""

from typing import Any

Event = dict[str, Any]

LISTEN = "action_listen"
SESSION_START = "action_session_start"
REQUESTED_SLOT = "requested_slot"
UNSET = "should_not_be_set"
ANYTHING_BEFORE = "..."


def slot_set(name: str, value: Any) -> Event:
    """Give a slot a value; None empties it."""
    return {"event": "slot", "timestamp": None, "name": name, "value": value}


def action_executed(name: str, *, hidden: bool = False) -> Event:
    """Note that an action ran; a hidden turn is left out when stories are compared with the history."""
    return {"event": "action", "timestamp": None, "name": name, "hide_rule_turn": hidden}


def action_rejected(name: str) -> Event:
    """Note that an action could do nothing with what was said."""
    return {"event": "action_execution_rejected", "timestamp": None, "name": name}


def active_loop(name: str | None) -> Event:
    """Start the form with this name, or end the running one."""
    return {"event": "active_loop", "timestamp": None, "name": name}


def loop_interrupted() -> Event:
    """Tell the form that it is taken up again after something else was answered."""
    return {"event": "loop_interrupted", "timestamp": None, "is_interrupted": True}


def user_uttered(parse: dict[str, Any], *, at: float, channel: str) -> Event:
    """Note what a person said, with what was understood of it. `at` is in seconds since 1970, UTC."""
    return {
        "event": "user",
        "timestamp": at,
        "text": parse["text"],
        "parse_data": parse,
        "metadata": parse.get("metadata", {}),
        "input_channel": channel,
    }


def bot_uttered(message: dict[str, Any]) -> Event:
    """Note what the assistant said."""
    parts = ("elements", "quick_replies", "buttons", "attachment", "image", "custom")
    rest = {k: v for k, v in message.items() if k not in parts and k != "text"}
    return {
        "event": "bot",
        "timestamp": None,
        "text": message.get("text"),
        "data": {part: message.get(part) for part in parts},
        "metadata": rest,
    }


def marker(kind: str) -> Event:
    """Make an event without content: `rewind`, `undo`, `restart`, `session_started`, `pause`, `resume`."""
    return {"event": kind, "timestamp": None}

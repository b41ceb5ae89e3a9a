"""What goes over the chat's socket, as JSON: a message of the person in; messages, notices and typing out."""

import json
from typing import Any

from bot.channels.chat_room import Said
from bot.store import ChatMessage
from casework.portal.shell import formats

MOST_FRAME_BYTES = 256 * 1024


def read(frame: str) -> Said | None:
    """Read `{"text": …}` or `{"payload": …}`, each with a `"key"` of the page's own; None for anything else."""
    try:
        found = json.loads(frame)
    except (ValueError, RecursionError):
        return None
    if not isinstance(found, dict):
        return None
    parts = [found.get(name, "") for name in ("text", "payload", "key")]
    if not all(isinstance(part, str) for part in parts) or not (parts[0] or parts[1]):
        return None
    return Said(*parts)


def message(said: ChatMessage) -> dict[str, Any]:
    """Write one message of the conversation; `seq` is what a tab asks to go on from."""
    frame: dict[str, Any] = {
        "type": "message",
        "seq": said.sequence,
        "from": said.speaker,
        "text": said.text,
        "at": said.said_at.isoformat(),
        "when": formats.short_moment(said.said_at),
        **said.parts,
    }
    return frame | {"key": said.key} if said.key else frame


def notice(text: str, key: str) -> dict[str, Any]:
    """Write why a message was not taken; it is no part of the conversation."""
    return {"type": "notice", "text": text, "key": key}


def typing(*, on: bool) -> dict[str, Any]:
    """Write whether an answer is being made."""
    return {"type": "typing", "on": on}

"""What may be set about the assistant from outside."""

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class AssistantSettings:
    """How the assistant is run.

    `cache_folder` keeps the trained classifier and is the service's own. `longest_message` is in characters.
    `kept_turns` is how far back a conversation is kept word by word, `events_for_actions` how much an action sees.
    """

    cache_folder: Path
    longest_message: int = 5_000
    kept_turns: int = 30
    events_for_actions: int = 200

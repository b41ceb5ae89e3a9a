"""A choice that is typed by its title is that choice, where no button can be pressed as where one can."""

from collections.abc import Mapping, Sequence

from bot.dialogue.nlu.folding import normal


def pressed(text: str, offered: Sequence[Mapping[str, str]]) -> str | None:
    """Return the payload of the one button that has this title."""
    typed = normal(text)
    payloads = {button["payload"] for button in offered if typed and normal(button["title"]) == typed}
    return payloads.pop() if len(payloads) == 1 else None

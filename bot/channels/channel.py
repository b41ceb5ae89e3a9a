"""What every way into the chat from another service has in common: what it hands in, and what it gets back."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from aiohttp import web


@dataclass(frozen=True, slots=True)
class Heard:
    """A message from another service, whose signature was checked.

    `account` is what that service calls the sender for good, `name` what they are called there now. `key` names the
    message, so that one that is brought twice is answered once. `is_private`: nobody else reads along.
    """

    account: str
    name: str
    text: str
    key: str
    is_private: bool
    language: str = ""


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing to say back: plain text, and the titles of buttons; whoever types a title presses the button."""

    text: str
    choices: Sequence[str] = ()


class Hearing(Protocol):
    """Whoever answers what a channel hears."""

    async def hear(self, channel: str, heard: Heard) -> list[Answer]:
        """Answer one message, in the order in which the answers are to be said."""
        ...


class Channel(Protocol):
    """A way into the chat from another service: it checks who calls, and speaks the other's language."""

    name: str

    def routes(self) -> Sequence[web.RouteDef]:
        """Return the addresses at which the other service calls us."""
        ...

"""What every way into the chat from another service has in common: what it hands in, and what it gets back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from aiohttp import web

from bot.errors import BotError


class NotDelivered(BotError):
    """The other service did not take what was to be said there."""


@dataclass(frozen=True, slots=True)
class Heard:
    """A message from another service, whose signature was checked.

    `account` is what that service calls the sender for good, `name` what they are called there now. `key` names the
    message, so that one that is brought twice is answered once. `is_private`: nobody else reads along. `address` is
    what the channel needs to say something there later, unasked. `is_choice`: the text is the title of a button that
    was pressed. `is_readable` is false for what was encrypted on its way to somebody else than us.
    """

    account: str
    name: str
    text: str
    key: str
    is_private: bool
    language: str = ""
    address: Mapping[str, str] = field(default_factory=dict)
    is_choice: bool = False
    is_readable: bool = True


@dataclass(frozen=True, slots=True)
class Answer:
    """One thing to say: plain text, and the titles of buttons; whoever types a title presses the button."""

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
        """Return the addresses at which the other service calls us; none where we ask it."""
        ...

    async def tell(self, address: Mapping[str, str], answer: Answer, key: str) -> None:
        """Say something at an address where we were written to; the same `key` names the same thing.

        Raises `NotDelivered`.
        """
        ...

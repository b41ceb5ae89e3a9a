"""Tells the tabs that show a conversation when to look again: the messages themselves are in the database."""

import asyncio
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class Listeners:
    """The open tabs of this process by conversation, and the conversations in which an answer is being made."""

    def __init__(self) -> None:
        self._tabs: dict[str, set[asyncio.Event]] = {}
        self._answering: Counter[str] = Counter()
        self.is_closed = False

    @contextmanager
    def listen(self, conversation_id: str) -> Iterator[asyncio.Event]:
        """Give a tab the event that is set whenever something changed, for as long as the block lasts."""
        woken = asyncio.Event()
        tabs = self._tabs.setdefault(conversation_id, set())
        tabs.add(woken)
        try:
            yield woken
        finally:
            tabs.discard(woken)
            if not tabs:
                self._tabs.pop(conversation_id, None)

    def count(self, conversation_id: str) -> int:
        """Return how many tabs show a conversation."""
        return len(self._tabs.get(conversation_id, ()))

    def wake(self, conversation_id: str) -> None:
        """Let each tab of a conversation look again."""
        for woken in self._tabs.get(conversation_id, ()):
            woken.set()

    def close(self) -> None:
        """Let each tab of this process hang up."""
        self.is_closed = True
        for conversation_id in self._tabs:
            self.wake(conversation_id)

    @contextmanager
    def answering(self, conversation_id: str) -> Iterator[None]:
        """Show that an answer is being made while the block lasts."""
        self._answering[conversation_id] += 1
        self.wake(conversation_id)
        try:
            yield
        finally:
            self._answering[conversation_id] -= 1
            if not self._answering[conversation_id]:
                del self._answering[conversation_id]
            self.wake(conversation_id)

    def is_answering(self, conversation_id: str) -> bool:
        """Return whether an answer is being made."""
        return conversation_id in self._answering

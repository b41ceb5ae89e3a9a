"""One message at a time in each conversation, and any number of conversations at once."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field


@dataclass(slots=True)
class _Turnstile:
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)
    people: int = 0


class ConversationLocks:
    """Locks by conversation; one that nobody waits for is forgotten."""

    def __init__(self) -> None:
        self._held: dict[str, _Turnstile] = {}

    @asynccontextmanager
    async def hold(self, conversation_id: str) -> AsyncIterator[None]:
        """Wait for the messages that came before, and keep later ones waiting, in the order of arrival."""
        turnstile = self._held.setdefault(conversation_id, _Turnstile())
        turnstile.people += 1
        try:
            async with turnstile.lock:
                yield
        finally:
            turnstile.people -= 1
            if turnstile.people == 0:
                del self._held[conversation_id]

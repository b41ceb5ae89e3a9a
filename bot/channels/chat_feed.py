"""What one open page of the chat is shown: what is new, whether an answer is being made, where somebody stands.

The socket and the server-sent events both send it, each in its own way.
"""

import asyncio
from collections.abc import Awaitable, Callable
from enum import IntEnum
from typing import Any

from aiohttp import web

from bot import store
from bot.channels import frames, waiting_place
from bot.channels.chat_room import ChatPerson, ChatRoom

CHECK_SECONDS = 2.0  # how long a session that has ended may still be shown something
REPLAYED_AT_ONCE = 100

# Says whether the session of a request is still open, without keeping it alive.
SessionCheck = Callable[[web.Request], Awaitable[bool]]
Send = Callable[[dict[str, Any]], Awaitable[None]]


class CloseCode(IntEnum):
    """Why we close a connection; the page reads it (RFC 6455, section 7.4: 4000-4999 are ours)."""

    GOING_AWAY = 1001
    BROKEN = 1011
    SESSION_OVER = 4401
    OTHER_SESSION = 4409
    TOO_MANY_TABS = 4429


class ChatFeed:
    """Sends a page what is new, until its session or this process ends."""

    def __init__(self, room: ChatRoom, request: web.Request, person: ChatPerson, is_open: SessionCheck) -> None:
        self._room = room
        self._request = request
        self._conversation = person.conversation_id
        self._is_open = is_open
        self._place = waiting_place.NOBODY_ASKED
        self._is_answering = False

    async def run(self, woken: asyncio.Event, after: int, send: Send) -> CloseCode:
        """Send every message after a number, and what follows; returns why it ended."""
        loop = asyncio.get_running_loop()
        check_at = loop.time() + CHECK_SECONDS
        while not self._room.listeners.is_closed:
            woken.clear()
            after = await self._send_new(after, send)
            await self._send_state(send)
            await _wait(woken, check_at - loop.time())
            if loop.time() >= check_at:
                if not await self._is_open(self._request):
                    return CloseCode.SESSION_OVER
                check_at = loop.time() + CHECK_SECONDS
        return CloseCode.GOING_AWAY

    async def _send_new(self, after: int, send: Send) -> int:
        """Send every message after a number, a few at a time, and return the last number."""
        while True:
            async with self._room.database.reading() as session:
                new = await store.messages_after(session, self._conversation, after, REPLAYED_AT_ONCE)
            for said in new:
                await send(frames.message(said))
                after = said.sequence
            if len(new) < REPLAYED_AT_ONCE:
                return after

    async def _send_state(self, send: Send) -> None:
        if self._room.listeners.is_answering(self._conversation) != self._is_answering:
            self._is_answering = not self._is_answering
            await send(frames.typing(on=self._is_answering))
        async with self._room.database.reading() as session:
            place, one = await waiting_place.described(self._request, session, self._room.handover, self._conversation)
        if place != self._place:
            self._place = place
            await send(place)
        if one is not None:
            await self._room.handover.see_person(one, self._room.clock.now())


async def _wait(woken: asyncio.Event, seconds: float) -> None:
    try:
        await asyncio.wait_for(woken.wait(), seconds)
    except TimeoutError:
        return

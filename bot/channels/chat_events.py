"""The same as the socket sends, as server-sent events: for networks that let no WebSocket through."""

import asyncio
import json
from typing import Any

from aiohttp import web

from bot.channels.chat_feed import ChatFeed, CloseCode, SessionCheck
from bot.channels.chat_room import ChatPerson, ChatRoom

BEAT_SECONDS = 15.0  # a comment that shows whether anybody still reads
GONE = (ConnectionError, TimeoutError)


async def stream(
    room: ChatRoom, request: web.Request, person: ChatPerson, is_open: SessionCheck, after: int
) -> web.StreamResponse:
    """Show what follows a message until the reader leaves, or the session or this process ends."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
    await response.prepare(request)

    async def send(frame: dict[str, Any]) -> None:
        mark = f"id: {frame['seq']}\n" if "seq" in frame else ""
        await response.write(f"{mark}data: {json.dumps(frame)}\n\n".encode())

    with room.listeners.listen(person.conversation_id) as woken:
        showing = asyncio.create_task(ChatFeed(room, request, person, is_open).run(woken, after, send))
        beating = asyncio.create_task(_beat(response))
        try:
            await response.write(b"retry: 2000\n\n")
            await asyncio.wait([showing, beating], return_when=asyncio.FIRST_COMPLETED)
            if showing.done() and not showing.cancelled() and showing.exception() is None:
                await send({"type": "closed", "code": showing.result()})
        except GONE:
            return response
        finally:
            showing.cancel()
            beating.cancel()
            await asyncio.wait([showing, beating])
    return response


async def _beat(response: web.StreamResponse) -> None:
    while True:
        await asyncio.sleep(BEAT_SECONDS)
        await response.write(b": still here\n\n")


async def refuse(request: web.Request, code: CloseCode) -> web.StreamResponse:
    """Say why a stream cannot stay, in a way that a page's script can read."""
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    await response.write(f"data: {json.dumps({'type': 'closed', 'code': code})}\n\n".encode())
    return response

"""One tab that shows a conversation: hears what the person sends, and shows whatever was said in any tab."""

import asyncio
import logging
from typing import Any

from aiohttp import WSMessage, WSMsgType, web

from bot.channels import frames
from bot.channels.chat_feed import ChatFeed, CloseCode, SessionCheck
from bot.channels.chat_room import TOO_FAST, ChatPerson, ChatRoom, Declined, Said
from casework.portal.shell.pages import gettext
from casework.portal.shell.sessions import recognise_visitor
from casework.portal.shell.visitor import is_proven, visitor
from casework.portal.shell.wording import sentence

SEND_SECONDS = 10.0  # how long a tab may leave what was sent to it unread
REFUSAL_SECONDS = 0.02  # slows a flood down: what follows waits in the sender's own buffers
HEARTBEAT_SECONDS = 20.0
CLOSING_SECONDS = 2.0

UNREADABLE = Declined(sentence("That message could not be read. Reload the page and send it again."), 400)
NOT_KEPT = Declined(sentence("That message could not be kept just now. Wait a moment and send it again."), 503)

# The tab was closed while something was on its way, or does not read: it asks for what it missed when it is back.
GONE = (ConnectionError, TimeoutError)

log = logging.getLogger(__name__)


class ChatSocket:
    """The socket of one tab, for as long as it and its session last."""

    def __init__(self, room: ChatRoom, request: web.Request, person: ChatPerson, is_open: SessionCheck) -> None:
        self._room = room
        self._request = request
        self._person = person
        self._session_id = visitor(request).session_id
        self._feed = ChatFeed(room, request, person, is_open)
        self._socket = web.WebSocketResponse(
            timeout=CLOSING_SECONDS,
            heartbeat=HEARTBEAT_SECONDS,
            max_msg_size=frames.MOST_FRAME_BYTES,
            compress=False,
        )

    async def serve(self, after: int) -> web.WebSocketResponse:
        """Show what follows a message, and hear the person until either side hangs up."""
        await self._socket.prepare(self._request)
        with self._room.listeners.listen(self._person.conversation_id) as woken:
            showing = asyncio.create_task(self._show(woken, after))
            try:
                async for frame in self._socket:
                    await self._hear(frame)
            except GONE:
                return self._socket
            finally:
                showing.cancel()
                await asyncio.wait([showing])
        return self._socket

    async def refuse(self, code: CloseCode) -> web.WebSocketResponse:
        """Accept the socket only to say why it cannot stay: a browser shows no other answer to its script."""
        await self._socket.prepare(self._request)
        await self._close(code)
        return self._socket

    async def _hear(self, frame: WSMessage) -> None:
        said = frames.read(frame.data) if frame.type is WSMsgType.TEXT else None
        if self._room.is_too_fast(self._person):
            declined: Declined | None = TOO_FAST
            await asyncio.sleep(REFUSAL_SECONDS)
        elif not await self._recognise():
            await self._close(CloseCode.SESSION_OVER)
            return
        elif said is None:
            declined = UNREADABLE
        else:
            declined = await self._say(said)
        if declined is not None:
            await self._send(frames.notice(gettext(self._request, declined.sentence), said.key if said else ""))

    async def _say(self, said: Said) -> Declined | None:
        try:
            return await self._room.say(self._person, said)
        except Exception:  # the outermost place of a message: the tab stays, and the person is told
            log.exception("conversation %s: a message could not be kept", self._person.conversation_id)
            return NOT_KEPT

    async def _recognise(self) -> bool:
        """Find out again who this is, as for a page: what a person says keeps their session alive."""

        async def stay(_: web.Request) -> web.StreamResponse:
            return self._socket

        await recognise_visitor(self._request, stay)
        request = self._request
        self._person = ChatPerson(self._person.id, visitor(request).language, is_proven=is_proven(request))
        return visitor(self._request).session_id == self._session_id

    async def _show(self, woken: asyncio.Event, after: int) -> None:
        """Send what is new until the session or this process ends; a tab that does not read is hung up on."""
        try:
            await self._close(await self._feed.run(woken, after, self._send))
        except GONE:
            await self._close(CloseCode.BROKEN)
        except Exception:  # the outermost place of this task
            log.exception("conversation %s: a tab could not be kept up to date", self._person.conversation_id)
            await self._close(CloseCode.BROKEN)

    async def _send(self, frame: dict[str, Any]) -> None:
        async with asyncio.timeout(SEND_SECONDS):
            await self._socket.send_json(frame)

    async def _close(self, code: CloseCode) -> None:
        await self._socket.close(code=code, message=code.name.encode(), drain=False)

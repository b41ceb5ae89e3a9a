"""The chat in the portal: a page that works by itself, and a socket that makes it quick."""

import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from bot import store
from bot.channels.chat_room import TOO_FAST, ChatPerson, ChatRoom, Declined, Said
from bot.channels.chat_socket import ChatSocket, CloseCode, SessionCheck
from bot.conversation import Assistant
from bot.store import ChatMessage, Speaker
from casework.clock import Clock
from casework.db import Database
from casework.portal.shell.bodies import posted
from casework.portal.shell.pages import gettext, render_page
from casework.portal.shell.redirects import see_other
from casework.portal.shell.section import Link, Section
from casework.portal.shell.visitor import is_proven, signed_in, visitor
from casework.portal.shell.wording import sentence

SHOWN_MESSAGES = 100
MOST_TABS = 10
MOST_DIGITS = 9
LONGEST_PAYLOAD = 1_000


@dataclass(frozen=True)
class ChatSection(Section):
    """The pages of the chat.

    `close` hangs up on every open tab: call it before the web server stops, which else waits for them in vain.
    """

    close: Callable[[], None] = field(kw_only=True)


def web_chat_section(
    assistant: Assistant, database: Database, clock: Clock, session_is_open: SessionCheck
) -> ChatSection:
    """Return the pages of the chat: `/chat` for people, `/chat/ws` for their scripts.

    `session_is_open` says of a request whether its session is still open, without keeping it alive: an open tab
    asks every two seconds.
    """
    room = ChatRoom(assistant, database, clock)
    chat = _WebChat(room, session_is_open)
    return ChatSection(
        domain="chat",
        routes=(
            web.get("/chat", chat.show),
            web.post("/chat", chat.write),
            web.get("/chat/ws", chat.connect),
        ),
        links=(Link("/chat", sentence("Chat")),),
        close=room.listeners.close,
    )


class _WebChat:
    def __init__(self, room: ChatRoom, session_is_open: SessionCheck) -> None:
        self._room = room
        self._session_is_open = session_is_open

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Show the conversation, the newest messages first to be seen."""
        return await self._draw(request, _person(request))

    async def write(self, request: web.Request) -> web.StreamResponse:
        """Take a message from the form, and show the page again with the answer."""
        person = _person(request)
        form = await posted(request)
        text = form.text("text")
        said = Said(text, form.text("payload", LONGEST_PAYLOAD), form.text("key"))
        declined = TOO_FAST if self._room.is_too_fast(person) else await self._room.say(person, said)
        if declined is None:
            return see_other("/chat#write")
        return await self._draw(request, person, declined, draft=text)

    async def _draw(
        self, request: web.Request, person: ChatPerson, declined: Declined | None = None, draft: str = ""
    ) -> web.Response:
        before = _number(request, "before")
        async with self._room.database.reading() as session:
            messages = await store.messages_before(session, person.conversation_id, before, SHOWN_MESSAGES)
            newest = await store.last_sequence(session, person.conversation_id)
        return render_page(
            request,
            "chat/chat.html",
            status=declined.status if declined else 200,
            messages=messages,
            choices_from=_choices_from(messages) if before is None else newest + 1,
            is_past=before is not None,
            newest=messages[-1].sequence if messages else 0,
            problem=gettext(request, declined.sentence) if declined else "",
            draft=draft,
            key=secrets.token_urlsafe(12),
        )

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Open the socket of a tab; `after` is the last message it has, `session` the one it was drawn in.

        Raises `SignInNeeded`, and 400 for numbers that are none.
        """
        person = _person(request)
        if "Upgrade" not in request.headers:
            return see_other("/chat")
        after, drawn_in = _number(request, "after") or 0, _number(request, "session")
        async with self._room.database.reading() as session:
            after = min(after, await store.last_sequence(session, person.conversation_id))
        socket = ChatSocket(self._room, request, person, self._session_is_open)
        if drawn_in not in (None, visitor(request).session_id):
            return await socket.refuse(CloseCode.OTHER_SESSION)
        if self._room.listeners.count(person.conversation_id) >= MOST_TABS:
            return await socket.refuse(CloseCode.TOO_MANY_TABS)
        return await socket.serve(after)


def _person(request: web.Request) -> ChatPerson:
    actor = signed_in(request)
    return ChatPerson(actor.person_id or 0, actor.language, is_proven=is_proven(request))


def _choices_from(messages: Sequence[ChatMessage]) -> int:
    """Return the number after which buttons are still open: that of what the person said last."""
    return max((said.sequence for said in messages if said.speaker == Speaker.PERSON), default=0)


def _number(request: web.Request, name: str) -> int | None:
    text = request.query.get(name)
    if text is None:
        return None
    if not (text.isascii() and text.isdigit() and len(text) <= MOST_DIGITS):
        raise web.HTTPBadRequest(text=f"{name} must be a number of at most {MOST_DIGITS} digits")
    return int(text)

"""The chat in the portal: a page that works by itself, and a socket or a stream of events that makes it quick."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field

from aiohttp import web

from bot import store
from bot.channels import chat_events, frames, waiting_place
from bot.channels.chat_feed import CloseCode, SessionCheck
from bot.channels.chat_room import LEAVE, TOO_FAST, ChatPerson, ChatRoom, Declined, Said
from bot.channels.chat_socket import ChatSocket
from bot.channels.embedded_chat import EmbeddedChat
from bot.channels.handler_pages import HandlerPages
from bot.store import ChatMessage, Speaker
from bot.uploads import KeptFile
from casework.portal.shell.bodies import posted
from casework.portal.shell.pages import gettext, render_page
from casework.portal.shell.panels import Panel, Place
from casework.portal.shell.redirects import see_other
from casework.portal.shell.section import Link, Section
from casework.portal.shell.visitor import is_proven, signed_in, visitor
from casework.portal.shell.wording import sentence

SHOWN_MESSAGES = 100
WHOLE_CONVERSATION = 2_000
MOST_TABS = 10
MOST_DIGITS = 9
LONGEST_PAYLOAD = 1_000
NO_FILE = Declined(sentence("Choose a file first."), 422)

# Looks at the files of a form and stores their bytes; or the sentence that says why they cannot be taken.
FileIntake = Callable[[web.Request], Awaitable[list[KeptFile] | str]]


@dataclass(frozen=True)
class ChatSection(Section):
    """The pages of the chat.

    `close` hangs up on every open tab: call it before the web server stops, which else waits for them in vain.
    """

    close: Callable[[], None] = field(kw_only=True)


def web_chat_section(
    room: ChatRoom, session_is_open: SessionCheck, take_in: FileIntake, embedded: EmbeddedChat
) -> ChatSection:
    """Return the pages of the chat: `/chat` for people and their scripts, `/workspace/chat` for handlers.

    `session_is_open` says of a request whether its session is still open, without keeping it alive: an open tab
    asks every two seconds.
    """
    chat = _WebChat(room, session_is_open, take_in)
    handlers = HandlerPages(room, session_is_open)
    return ChatSection(
        domain="chat",
        routes=(
            web.get("/chat", chat.show),
            web.post("/chat", chat.write),
            web.post("/chat/files", chat.add_files),
            web.get("/chat/ws", chat.connect),
            web.get("/chat/events", chat.follow),
            web.get("/chat/transcript", chat.show_transcript),
            web.post("/chat/copy", chat.send_copy),
            *handlers.routes(),
            *embedded.routes(),
        ),
        links=(Link("/chat", sentence("Chat")),),
        panels=(Panel(Place.WORKSPACE, handlers.panel),),
        close=room.listeners.close,
    )


class _WebChat:
    def __init__(self, room: ChatRoom, session_is_open: SessionCheck, take_in: FileIntake) -> None:
        self._room = room
        self._session_is_open = session_is_open
        self._take_in = take_in

    async def show(self, request: web.Request) -> web.StreamResponse:
        """Show the conversation, the newest messages first to be seen."""
        return await self._draw(request, _person(request))

    async def write(self, request: web.Request) -> web.StreamResponse:
        """Take a message from the form, and show the page again with the answer; a script gets a status alone."""
        person = _person(request)
        form = await posted(request)
        text = form.text("text")
        said = Said(text, form.text("payload", LONGEST_PAYLOAD), form.text("key"))
        declined = TOO_FAST if self._room.is_too_fast(person) else await self._room.say(person, said)
        return await self._answered(request, person, declined, draft=text, key=said.key)

    async def add_files(self, request: web.Request) -> web.StreamResponse:
        """Take files into the conversation."""
        person = _person(request)
        if self._room.is_too_fast(person):
            return await self._answered(request, person, TOO_FAST)
        files = await self._take_in(request)
        if isinstance(files, str):
            return await self._answered(request, person, Declined(files, 422))
        if not files:
            return await self._answered(request, person, NO_FILE)
        await self._room.take_files(person, files)
        return await self._answered(request, person, None)

    async def _answered(
        self, request: web.Request, person: ChatPerson, declined: Declined | None, draft: str = "", key: str = ""
    ) -> web.StreamResponse:
        if "application/json" in request.headers.get("Accept", ""):
            if declined is None:
                return web.Response(status=204)
            return web.json_response(frames.notice(gettext(request, declined.sentence), key), status=declined.status)
        if declined is None:
            return see_other("/chat#write")
        return await self._draw(request, person, declined, draft=draft)

    async def _draw(
        self, request: web.Request, person: ChatPerson, declined: Declined | None = None, draft: str = ""
    ) -> web.Response:
        before = _number(request, "before")
        async with self._room.database.reading() as session:
            messages = await store.messages_before(session, person.conversation_id, before, SHOWN_MESSAGES)
            newest = await store.last_sequence(session, person.conversation_id)
            place, waits = await waiting_place.described(request, session, self._room.handover, person.conversation_id)
        if waits is not None:
            await self._room.handover.see_person(waits, self._room.clock.now())
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
            place=place,
            key=secrets.token_urlsafe(18),
        )

    async def connect(self, request: web.Request) -> web.StreamResponse:
        """Open the socket of a tab; `after` is the last message it has, `session` the one it was drawn in.

        Raises `SignInNeeded`, and 400 for numbers that are none.
        """
        person = _person(request)
        if "Upgrade" not in request.headers:
            return see_other("/chat")
        after, refused = await self._begin(request, person)
        socket = ChatSocket(self._room, request, person, self._session_is_open)
        return await (socket.serve(after) if refused is None else socket.refuse(refused))

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Send the same as server-sent events, from the message on that the page or the browser had last."""
        person = _person(request)
        after, refused = await self._begin(request, person)
        if refused is not None:
            return await chat_events.refuse(request, refused)
        seen = request.headers.get("Last-Event-ID", "")
        after = max(after, int(seen)) if seen.isascii() and seen.isdigit() and len(seen) <= MOST_DIGITS else after
        return await chat_events.stream(self._room, request, person, self._session_is_open, after)

    async def _begin(self, request: web.Request, person: ChatPerson) -> tuple[int, CloseCode | None]:
        """Return from which message on a tab is shown, and why it cannot stay, if it cannot."""
        after, drawn_in = _number(request, "after") or 0, _number(request, "session")
        async with self._room.database.reading() as session:
            after = min(after, await store.last_sequence(session, person.conversation_id))
        if drawn_in not in (None, visitor(request).session_id):
            return after, CloseCode.OTHER_SESSION
        if self._room.listeners.count(person.conversation_id) >= MOST_TABS:
            return after, CloseCode.TOO_MANY_TABS
        return after, None

    async def show_transcript(self, request: web.Request) -> web.StreamResponse:
        """Show everything that was said, to read or to print."""
        person = _person(request)
        async with self._room.database.reading() as session:
            messages = await store.messages_before(session, person.conversation_id, None, WHOLE_CONVERSATION)
        return render_page(request, "chat/transcript.html", messages=messages)

    async def send_copy(self, request: web.Request) -> web.StreamResponse:
        """End the conversation: a link to it goes to the person's own address, and no word of it."""
        person = _person(request)
        if self._room.is_too_fast(person):
            return await self._draw(request, person, TOO_FAST)
        await self._room.say(person, Said(payload=LEAVE))
        async with self._room.database.transaction() as session:
            await self._room.handover.desk.send_copy(session, person.id)
        return see_other("/chat/transcript", done="copy")


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

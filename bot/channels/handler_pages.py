"""The handlers' side of the chat: who waits, being available, and the conversation with its case, in the workspace."""

import asyncio
import contextlib
import hashlib
from collections.abc import Sequence

from aiohttp import web
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from bot import store as conversations
from bot.accounts import store as accounts
from bot.actions.session import LANGUAGES
from bot.channels.chat_feed import SessionCheck
from bot.channels.chat_room import ChatRoom
from bot.handover import duties, store
from bot.handover.models import LIVE, QUEUED, Handover, HandoverState
from bot.handover.service import LONGEST_REPLY, PERSON_HERE, Refused
from casework.errors import NotFound, NotPermitted
from casework.portal.shell.bodies import posted
from casework.portal.shell.pages import gettext, render_fragment, render_page
from casework.portal.shell.panels import PanelContext
from casework.portal.shell.redirects import see_other
from casework.portal.shell.visitor import signed_in
from casework.portal.shell.wording import sentence

HOME = "/workspace/chat"
SHOWN_MESSAGES = 200
LOOK_SECONDS = 1.0
BEAT_SECONDS = 15.0
WHY_NOT = {
    Refused.GONE: sentence("A colleague was first, or this conversation is over."),
    Refused.TOO_MANY: sentence("You talk with three people already. End one of those conversations first."),
    Refused.OWN: sentence("This is your own conversation: a colleague has to answer it."),
    Refused.AWAY: sentence("Become available first. While a deputy stands in for you, you cannot."),
}
NOTHING_WRITTEN = sentence("Write something first.")


class HandlerPages:
    """What handlers see of the chat."""

    def __init__(self, room: ChatRoom, session_is_open: SessionCheck) -> None:
        self._room = room
        self._handover = room.handover
        self._session_is_open = session_is_open

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """Return the addresses of these pages."""
        one = HOME + r"/{id:\d{1,9}}"
        return (
            web.get(HOME, self.show_queue),
            web.post(HOME + "/duty", self.change_duty),
            web.get(HOME + "/live", self.follow),
            web.get(one, self.show_talk),
            web.post(one, self.answer),
            web.post(one + "/take", self.take),
            web.post(one + "/end", self.end),
        )

    async def panel(self, context: PanelContext) -> Markup:
        """Say in the workspace how many people wait, and whether the handler is available."""
        waiting = await store.in_states(context.session, *QUEUED)
        handler_id = context.actor.person_id if context.actor else None
        duty = await store.duty(context.session, handler_id or 0)
        return render_fragment(
            context.request,
            "chat/workspace_panel.html",
            waiting=len(waiting),
            talks=await store.talks_of(context.session, handler_id or 0),
            is_available=bool(duty and duty.languages),
        )

    async def show_queue(self, request: web.Request) -> web.StreamResponse:
        """Show who waits and with whom the handler talks."""
        return await self._draw_queue(request)

    async def _draw_queue(self, request: web.Request, problem: str = "") -> web.Response:
        handler_id = await self._handler(request)
        async with self._room.database.reading() as session:
            waiting = await store.in_states(session, *QUEUED)
            names = {one.id: await self._handover.desk.name(session, one.person_id) for one in waiting}
            talks = await store.talks_of(session, handler_id)
            names |= {one.id: await self._handover.desk.name(session, one.person_id) for one in talks}
            duty = await store.duty(session, handler_id)
            facts = await self._handover.desk.handler(session, handler_id)
            mark = await self._mark(session, handler_id, None)
        await self._see(handler_id)
        return render_page(
            request,
            "chat/handler_queue.html",
            status=422 if problem else 200,
            waiting=waiting,
            talks=talks,
            names=names,
            duty=duty,
            facts=facts,
            spoken=LANGUAGES,
            since=mark,
            problem=problem,
        )

    async def change_duty(self, request: web.Request) -> web.StreamResponse:
        """Make the handler available in the languages they chose, or no longer available."""
        handler_id = await self._handler(request)
        form = await posted(request)
        languages = [language for language in LANGUAGES if form.text(f"language_{language}", 5)]
        if not form.text("available", 5):
            await duties.end(self._handover, handler_id)
        elif not await duties.begin(self._handover, handler_id, languages):
            return await self._draw_queue(request, gettext(request, WHY_NOT[Refused.AWAY]))
        return see_other(HOME)

    async def take(self, request: web.Request) -> web.StreamResponse:
        """Begin to talk with somebody who waits."""
        handler_id, handover_id = await self._handler(request), int(request.match_info["id"])
        refused = await self._handover.take(handover_id, handler_id)
        if refused is not None:
            return await self._draw_queue(request, gettext(request, WHY_NOT[refused]))
        return see_other(f"{HOME}/{handover_id}#write")

    async def show_talk(self, request: web.Request) -> web.StreamResponse:
        """Show a conversation with its case; one that is not the handler's own can be read and, if it waits, taken."""
        return await self._draw_talk(request)

    async def _draw_talk(self, request: web.Request, problem: str = "", draft: str = "") -> web.Response:
        handler_id = await self._handler(request)
        async with self._room.database.reading() as session:
            one = await _found(request, session, handler_id)
            mark = await self._mark(session, handler_id, one)
            begun_after = await conversations.begun_anew_after(session, one.conversation_id, one.asked_at)
            newest = await conversations.messages_before(session, one.conversation_id, None, SHOWN_MESSAGES)
            person = await self._handover.desk.name(session, one.person_id)
            elsewhere = one.person_id in await accounts.writing_elsewhere(session, [one.person_id])
        await self._see(handler_id, read=one)
        return render_page(
            request,
            "chat/handler_talk.html",
            status=422 if problem else 200,
            one=one,
            messages=[said for said in newest if said.sequence > begun_after],  # what they told before is not asked now
            person=person,
            is_mine=one.is_talking and one.handler_id == handler_id,
            is_gone=self._room.clock.now() - one.person_seen_at > PERSON_HERE,
            is_elsewhere=elsewhere,
            can_take=one.state in QUEUED and one.person_id != handler_id,
            since=mark,
            problem=problem,
            draft=draft,
        )

    async def answer(self, request: web.Request) -> web.StreamResponse:
        """Say something to the person."""
        handler_id, handover_id = await self._handler(request), int(request.match_info["id"])
        text = (await posted(request)).text("text", LONGEST_REPLY)
        if not text:
            return await self._draw_talk(request, gettext(request, NOTHING_WRITTEN))
        refused = await self._handover.answer(handover_id, handler_id, text)
        if refused is not None:
            return await self._draw_talk(request, gettext(request, WHY_NOT[refused]), draft=text)
        return see_other(f"{HOME}/{handover_id}#write")

    async def end(self, request: web.Request) -> web.StreamResponse:
        """End a conversation with or without an answer to accept, or let the person wait for a colleague."""
        handler_id, handover_id = await self._handler(request), int(request.match_info["id"])
        how = (await posted(request)).text("how", 20)
        if how == "back":
            refused = await self._handover.give_back(handover_id, handler_id)
        else:
            refused = await self._handover.end(handover_id, handler_id, solved=how == "solved")
        if refused is not None:
            return await self._draw_talk(request, gettext(request, WHY_NOT[refused]))
        return see_other(HOME)

    async def follow(self, request: web.Request) -> web.StreamResponse:
        """Tell the open page that something changed; while it is open, the handler counts as there."""
        handler_id = await self._handler(request)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
        await response.prepare(request)
        with contextlib.suppress(ConnectionError):
            await self._tell(request, response, handler_id, request.query.get("since", ""))
        return response

    async def _tell(self, request: web.Request, response: web.StreamResponse, handler_id: int, known: str) -> None:
        asked = request.query.get("id", "")
        handover_id = int(asked) if asked.isascii() and asked.isdigit() and len(asked) <= 9 else None
        loop = asyncio.get_running_loop()
        beat_at = loop.time()
        while not self._room.listeners.is_closed and await self._session_is_open(request):
            async with self._room.database.reading() as session:
                one = await session.get(Handover, handover_id) if handover_id is not None else None
                mark = await self._mark(session, handler_id, one)
            if mark != known:
                await response.write(f"event: changed\ndata: {mark}\n\n".encode())
                known = mark
            if loop.time() >= beat_at:
                await response.write(b": still here\n\n")
                await self._see(handler_id)
                beat_at = loop.time() + BEAT_SECONDS
            await self._handover.changed.wait(LOOK_SECONDS)

    async def _mark(self, session: AsyncSession, handler_id: int, one: Handover | None) -> str:
        """Return a mark that changes with what a handler sees of the chat."""
        rows = await store.in_states(session, *QUEUED, HandoverState.TALKING)
        seen = [
            (row.id, row.state, row.handler_id) for row in rows if not row.is_talking or row.handler_id == handler_id
        ]
        said = await conversations.last_sequence(session, one.conversation_id) if one else 0
        gone = one is not None and self._room.clock.now() - one.person_seen_at > PERSON_HERE
        return hashlib.sha256(repr((seen, said, gone, one and one.state)).encode()).hexdigest()[:16]

    async def _see(self, handler_id: int, read: Handover | None = None) -> None:
        """Write down that the handler is there, and what they read."""
        async with self._room.database.transaction() as session:
            await store.see_handler(session, handler_id, self._room.clock.now())
            if read is not None:
                await self._handover.desk.note_read(session, handler_id, read.person_id, read.case_number)

    async def _handler(self, request: web.Request) -> int:
        """Return the handler who looks. Raises `SignInNeeded`, and `NotPermitted` for anybody else."""
        person_id = signed_in(request).person_id or 0
        async with self._room.database.reading() as session:
            if await self._handover.desk.handler(session, person_id) is None:
                raise NotPermitted
        return person_id


async def _found(request: web.Request, session: AsyncSession, handler_id: int) -> Handover:
    """Return the conversation of an address. Raises `NotFound` for one that is over and was another handler's."""
    one = await session.get(Handover, int(request.match_info["id"]))
    if one is None or (one.state not in LIVE and one.handler_id != handler_id):
        raise NotFound
    return one

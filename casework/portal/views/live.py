"""Tells the open page of a case that something changed, as server-sent events; the page works without."""

import asyncio
import contextlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases import merging, readings
from casework.cases.models import Case
from casework.cases.permissions import Action, may
from casework.errors import CaseworkError
from casework.messages.models import FOR_HANDLERS, Event
from casework.people.models import Actor
from casework.portal.case_view import state_mark
from casework.portal.shell import sessions
from casework.portal.shell.keys import shell
from casework.portal.shell.visitor import signed_in
from casework.portal.views.case import readable_case
from casework.replying import service as replying

MOST_PER_PERSON = 6
HEARTBEAT_SECONDS = 15.0  # also how late a change is seen that another process of the desk made
SHORTEST_PAUSE_SECONDS = 0.5  # between two looks, however much is committed meanwhile


@dataclass
class Connections:
    """The open streams of this process: so many for each person, all ended when the desk stops."""

    open: Counter[int] = field(default_factory=Counter)
    tasks: set[asyncio.Task[None]] = field(default_factory=set)

    @contextmanager
    def place(self, person_id: int) -> Iterator[bool]:
        """Take one of a person's places while the block lasts; tell whether one was free."""
        if self.open[person_id] >= MOST_PER_PERSON:
            yield False
            return
        self.open[person_id] += 1
        try:
            yield True
        finally:
            self.open[person_id] -= 1
            if not self.open[person_id]:
                del self.open[person_id]


CONNECTIONS = web.AppKey("live_connections", Connections)


async def hang_up(app: web.Application) -> None:
    """End every stream: the desk stops."""
    for task in app[CONNECTIONS].tasks:
        task.cancel()


async def follow(request: web.Request) -> web.StreamResponse:
    """Send an event whenever the case changes, from the state on that the page shows or the browser saw last.

    Whoever has too many streams gets 204, after which a browser asks no more.
    """
    actor = signed_in(request)
    held = request.app[CONNECTIONS]
    async with shell(request).database.reading() as session:
        await readable_case(request, session, actor)
    with held.place(actor.person_id or 0) as is_free:
        if not is_free:
            return web.Response(status=204)
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream", "X-Accel-Buffering": "no"})
        await response.prepare(request)
        task = asyncio.create_task(_tell(request, response, actor))
        held.tasks.add(task)
        task.add_done_callback(held.tasks.discard)
        with contextlib.suppress(ConnectionError, CaseworkError, asyncio.CancelledError):
            await task  # ends when the reader leaves or may read no more, or by `hang_up`
        task.cancel()
    return response


async def _tell(request: web.Request, response: web.StreamResponse, actor: Actor) -> None:
    database = shell(request).database
    known = request.headers.get("Last-Event-ID") or request.query.get("since", "")
    await response.write(b"retry: 5000\n\n")
    while await sessions.is_open(request):
        async with database.reading() as session:
            case = await readable_case(request, session, actor)
            present = await state(session, case, actor, shell(request).desk.clock.now())
        line = f"id: {present}\nevent: changed\ndata: {present}\n\n" if present != known else ": still here\n\n"
        await response.write(line.encode())
        known = present
        await database.committed.wait(HEARTBEAT_SECONDS)
        await asyncio.sleep(SHORTEST_PAUSE_SECONDS)


async def state(session: AsyncSession, case: Case, actor: Actor, now: datetime) -> str:
    """Return a mark that changes with what this person sees of a case, and not with their own looking at it."""
    ids = [case.id, *(one.id for one in await merging.shown_with(session, case, actor))]
    query = select(func.max(Event.id)).where(Event.case_id.in_(ids))
    if not may(actor, Action.READ_NOTES, case):
        query = query.where(Event.kind.not_in(FOR_HANDLERS))
    latest = (await session.execute(query)).scalar_one() or 0
    handles = may(actor, Action.HANDLE, case)
    typing = await replying.typing(session, case.id, actor.person_id or 0, now) if handles else ()
    return state_mark(latest, case, await readings.of_case(session, case), typing)

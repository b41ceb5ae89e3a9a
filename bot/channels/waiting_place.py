"""Says to somebody who asked for a person where they stand: their place, how long it may take, what they can do."""

from typing import Any

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from bot.channels.chat_room import FILE, LEAVE
from bot.handover import store
from bot.handover.models import Handover, HandoverState
from bot.handover.service import HandoverDesk
from casework.portal.shell.pages import gettext
from casework.portal.shell.wording import sentence

NOBODY_ASKED: dict[str, Any] = {"type": "place", "state": "", "text": "", "controls": []}
KNOWN = sentence("You are number %(position)s in the queue. It will take about %(minutes)s minutes.")
UNKNOWN = sentence("You are number %(position)s in the queue. How long it will take cannot be said yet.")
TALKING = sentence("You are talking with %(name)s.")
CONTROLS = {
    HandoverState.WAITING: (
        (FILE, sentence("Do not wait: make it a ticket")),
        (LEAVE, sentence("Stop waiting")),
    ),
    HandoverState.FILED: ((LEAVE, sentence("Stop waiting")),),
    HandoverState.TALKING: ((LEAVE, sentence("End the conversation")),),
}


async def described(
    request: web.Request, session: AsyncSession, desk: HandoverDesk, conversation_id: str
) -> tuple[dict[str, Any], Handover | None]:
    """Return the frame that says where somebody stands, and the wish it is about."""
    one = await store.live(session, conversation_id)
    if one is None:
        return NOBODY_ASKED, None
    controls = [
        {"payload": payload, "title": gettext(request, title)} for payload, title in CONTROLS[HandoverState(one.state)]
    ]
    text = await _text(request, session, desk, one)
    return {"type": "place", "state": str(one.state), "text": text, "controls": controls}, one


async def _text(request: web.Request, session: AsyncSession, desk: HandoverDesk, one: Handover) -> str:
    if one.is_talking:
        return gettext(request, TALKING) % {"name": one.handler_name}
    queued = await desk.place(session, one)
    words = UNKNOWN if queued.minutes is None else KNOWN
    return gettext(request, words) % {"position": queued.position, "minutes": queued.minutes}

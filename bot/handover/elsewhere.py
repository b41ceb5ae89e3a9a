"""Waiting for a person in another service: no page shows the place, so it is said there each time it changes."""

from sqlalchemy.ext.asyncio import AsyncSession

from bot import store as conversations
from bot.accounts import store as accounts
from bot.actions import words
from bot.handover import store
from bot.handover.models import Handover, HandoverState
from bot.handover.service import PERSON_HERE, HandoverDesk
from bot.ports import Queued
from bot.store import Speaker, Utterance


async def go_on(handover: HandoverDesk, conversation_id: str) -> None:
    """Know that somebody writes in another service: handlers' words are mailed as well, who waits hears their place.

    Nothing changes where a page of theirs is open too.
    """
    if handover.listeners.count(conversation_id):
        return
    async with handover.database.transaction() as session:
        one = await handover.locked_live(session, conversation_id)
        if one is None:
            return
        one.person_seen_at = handover.clock.now() - 2 * PERSON_HERE
        await _say_place(session, handover, one)
    handover.tell(conversation_id)


async def tell_places(handover: HandoverDesk) -> None:
    """Say to everybody who waits in another service where they stand, if that has changed."""
    seen_before = handover.clock.now() - PERSON_HERE
    async with handover.database.reading() as session:
        waiting = await store.in_states(session, HandoverState.WAITING)
        there = await accounts.writing_elsewhere(session, [one.person_id for one in waiting]) if waiting else ()
        moved = [
            one.conversation_id
            for one in waiting
            if one.person_id in there and one.person_seen_at < seen_before and await _is_news(session, handover, one)
        ]
    for conversation_id in moved:
        async with handover.database.transaction() as session:
            one = await handover.locked_live(session, conversation_id)
            if one is not None:
                await _say_place(session, handover, one)
        handover.listeners.wake(conversation_id)


async def waiting_line(session: AsyncSession, handover: HandoverDesk, conversation_id: str) -> Utterance | None:
    """Return where somebody stands, in words, with what they can do; None for whoever does not wait."""
    one = await store.live(session, conversation_id)
    if one is None or one.state != HandoverState.WAITING:
        return None
    return _line(one, await handover.place(session, one))


async def _is_news(session: AsyncSession, handover: HandoverDesk, one: Handover) -> bool:
    key = _line(one, await handover.place(session, one)).key or ""
    return await conversations.said_as(session, one.conversation_id, key) is None


async def _say_place(session: AsyncSession, handover: HandoverDesk, one: Handover) -> None:
    """Write the place of somebody who waits into their conversation, once for each place."""
    if one.state != HandoverState.WAITING or not await _is_news(session, handover, one):
        return
    line = _line(one, await handover.place(session, one))
    await conversations.write_down(session, one.conversation_id, [line], handover.clock.now())


def _line(one: Handover, queued: Queued) -> Utterance:
    key = "handover_place_alone" if queued.minutes is None else "handover_place"
    text = words.text(key, one.language, {"position": queued.position, "minutes": queued.minutes})
    buttons = words.buttons(key, one.language)
    return Utterance(Speaker.ASSISTANT, text, {"buttons": buttons}, key=f"place-{one.id}-{queued.position}")

"""Gives waiting people to free handlers by itself, and sees to those who were forgotten: a worker of the service."""

import asyncio
import logging
from collections.abc import Sequence
from datetime import datetime, timedelta

from bot.accounts import store as accounts
from bot.handover import store
from bot.handover.models import QUEUED, Duty, Handover, HandoverState
from bot.handover.service import HANDLER_HERE, PERSON_HERE, HandoverDesk

POLL_SECONDS = 1.0
SWEEP_EVERY = timedelta(seconds=15)
HANDLER_GONE = timedelta(minutes=3)  # a talk whose handler's page is closed for so long goes back to the queue
PERSON_GONE = timedelta(minutes=30)  # a talk whose person is gone for so long is over

log = logging.getLogger(__name__)


class Giver:
    """Starts conversations as soon as a handler is free; `longest_wait` is when one that did not start is a case."""

    def __init__(self, handover: HandoverDesk, longest_wait: timedelta) -> None:
        self._handover = handover
        self._longest_wait = longest_wait
        self._swept_at: datetime | None = None

    async def run(self, stop: asyncio.Event) -> None:
        """Work until told to stop; a failure is logged, and the next look comes a second later."""
        while not stop.is_set():
            pause = asyncio.create_task(self._handover.changed.wait(POLL_SECONDS))
            try:
                await self.step()
            except Exception:
                log.exception("nobody could be given to a handler just now")
                await asyncio.sleep(POLL_SECONDS)
            await pause

    async def step(self) -> None:
        """Give out whom it can, and now and then look for those who were forgotten."""
        now = self._handover.clock.now()
        if self._swept_at is None or now - self._swept_at >= SWEEP_EVERY:
            self._swept_at = now
            await self._sweep(now)
        await self._give(now)

    async def _give(self, now: datetime) -> None:
        async with self._handover.database.reading() as session:
            waiting = await store.in_states(session, *QUEUED)
            free = await store.on_duty(session, now - HANDLER_HERE) if waiting else ()
            there = await accounts.writing_elsewhere(session, [one.person_id for one in waiting]) if free else ()
            waiting = [one for one in waiting if _is_here(one, now, elsewhere=one.person_id in there)]
        for duty in free:
            one = _first_for(duty, waiting)
            if one is not None and await self._handover.take(one.id, duty.handler_id, most=1) is None:
                waiting = [other for other in waiting if other.id != one.id]

    async def _sweep(self, now: datetime) -> None:
        async with self._handover.database.reading() as session:
            found = await store.in_states(session, *QUEUED, HandoverState.TALKING)
        for one in found:
            await self._see_to(one.id, now)

    async def _see_to(self, handover_id: int, now: datetime) -> None:
        handover = self._handover
        async with handover.database.transaction() as session:
            one = await store.locked(session, handover_id)
            if one is None:
                return
            if one.is_talking:
                duty = await store.duty(session, one.handler_id or 0)
                if now - one.person_seen_at > PERSON_GONE:
                    await handover.finish(session, one, solved=False)
                elif duty is None or now - duty.seen_at > HANDLER_GONE:
                    await handover.back_to_queue(session, one)
            elif one.state == HandoverState.WAITING:
                opening = await handover.desk.opening(session, one.person_id)
                if not opening.is_open or now - one.asked_at >= self._longest_wait:
                    await handover.file(session, one)
                    await handover.announce(session, one, "handover_filed", number=one.case_number or "")
            elif one.state == HandoverState.FILED and not await handover.desk.waits(session, one.case_number or ""):
                one.state, one.ended_at = HandoverState.LEFT, now
        handover.listeners.wake(one.conversation_id)


def _is_here(one: Handover, now: datetime, *, elsewhere: bool) -> bool:
    """Tell whether a conversation can begin: on an open page, or in another service, which brings it at any moment.

    Who got a ticket meanwhile has to be there themselves: there they wrote a while ago.
    """
    unseen = now - one.person_seen_at
    if elsewhere and (one.state == HandoverState.WAITING or unseen <= PERSON_GONE):
        return True
    return unseen <= PERSON_HERE


def _first_for(duty: Duty, waiting: Sequence[Handover]) -> Handover | None:
    """Return who asked first of those whom a handler can help."""
    return next(
        (
            one
            for one in waiting
            if one.language in duty.languages and one.team in ("", duty.team) and one.person_id != duty.handler_id
        ),
        None,
    )

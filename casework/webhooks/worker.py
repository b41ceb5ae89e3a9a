"""Tells webhooks what happened: queues what is new in the log, claims with a lease, sends, writes down the outcome."""

import asyncio

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.db import Database
from casework.desk import Desk
from casework.webhooks import service
from casework.webhooks.models import WebhookDelivery
from casework.webhooks.sender import Notice, WebhookSender
from casework.workloop import work_until

POLL_SECONDS = 5.0
AT_ONCE = 10


class WebhookWorker:
    """One teller of webhooks; several may run, and no notification is sent by two at once."""

    def __init__(self, database: Database, desk: Desk, sender: WebhookSender, *, owner: str) -> None:
        self._database = database
        self._desk = desk
        self._sender = sender
        self._owner = owner

    async def run(self, stop: asyncio.Event) -> None:
        """Tell until `stop` is set."""
        await work_until(stop, self._database, POLL_SECONDS, self.tell)

    async def tell(self) -> bool:
        """Queue what is new and send what is due; False if there was nothing of either."""
        now = self._desk.clock.now()
        async with self._database.reading() as session:
            new = await service.anything_new(session)
            due = new or await _anything_due(session, self._desk)
        if not due:
            return False
        async with self._database.transaction() as session:
            if new:
                await service.queue_new(session, now)
                await session.flush()
            claimed = await service.claim(session, owner=self._owner, now=now, limit=AT_ONCE)
            told = [
                (one.id, hook.url, service.secret_of(self._desk.settings.secret_key, hook), _notice(one))
                for one, hook in claimed
            ]
        await asyncio.gather(*(self._send(*each) for each in told))
        return True

    async def _send(self, delivery_id: int, url: str, secret: str, notice: Notice) -> None:
        taken, reply = await self._sender.send(url, secret, notice, self._desk.clock.now())
        async with self._database.transaction() as session:
            now = self._desk.clock.now()
            await service.mark(session, delivery_id, owner=self._owner, now=now, taken=taken, reply=reply)


def _notice(delivery: WebhookDelivery) -> Notice:
    return Notice(delivery.id, delivery.kind, delivery.number, delivery.happened_at)


async def _anything_due(session: AsyncSession, desk: Desk) -> bool:
    query = select(WebhookDelivery.id).where(service.due(desk.clock.now())).limit(1)
    return (await session.execute(query)).scalar_one_or_none() is not None

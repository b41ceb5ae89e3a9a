"""Sends what the outbox holds: claims with a lease, composes once, sends, and writes down what became of it."""

import asyncio
import logging
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases import undelivered
from casework.db import Database
from casework.desk import Desk
from casework.outbox import service as outbox
from casework.outbox import store
from casework.outbox.models import OutboxMail, OutboxState
from casework.workloop import work_until
from mail_gateway.outbound.compose import Document, compose, envelope_sender
from mail_gateway.outbound.reply_address import Signer
from mail_gateway.outbound.sender import Delivery, Outcome, Outgoing, Sender
from mail_gateway.outbound.signing import DkimKey
from mail_gateway.settings import MailSettings

log = logging.getLogger(__name__)

MARK = {
    Outcome.SENT: outbox.mark_sent,
    Outcome.REFUSED: outbox.mark_failed,
    Outcome.DEFERRED: outbox.mark_for_retry,
}
TRIES_TO_MARK = 5


class OutboundWorker:
    """One sender of mails; several may run, in one process or in many, and no mail is claimed by two."""

    def __init__(
        self,
        database: Database,
        desk: Desk,
        settings: MailSettings,
        signer: Signer,
        sender: Sender,
        *,
        owner: str,
        dkim_key: DkimKey | None = None,
    ) -> None:
        self._database = database
        self._desk = desk
        self._clock = desk.clock
        self._settings = settings
        self._signer = signer
        self._sender = sender
        self._dkim_key = dkim_key
        self._owner = owner
        self._under_way: set[asyncio.Task[None]] = set()

    async def run(self, stop: asyncio.Event) -> None:
        """Send until `stop` is set, then finish what is under way; what hangs is left to its lease."""
        await work_until(stop, self._database, self._settings.outbox_poll_seconds, self.send_due)
        if self._under_way:
            _, hanging = await asyncio.wait(self._under_way, timeout=self._settings.stop_seconds)
            for task in hanging:
                task.cancel()
            await asyncio.gather(*hanging, return_exceptions=True)
        await self._sender.close()

    async def send_due(self) -> bool:
        """Begin to send mails that are due, as many as there is room for; False if none was due."""
        room = self._settings.sends_at_once - len(self._under_way)
        if room == 0:
            await asyncio.wait(self._under_way, return_when=asyncio.FIRST_COMPLETED)
            return True
        now = self._clock.now()
        async with self._database.reading() as session:
            if not await _anything_due(session, now):
                return False
        mails = await self._claim(now, room)
        for mail in mails:
            task = asyncio.create_task(self._send(mail))
            self._under_way.add(task)
            task.add_done_callback(self._under_way.discard)
        return bool(mails)

    async def finish(self) -> None:
        """Return once everything that is under way has been sent or given up."""
        while self._under_way:
            await asyncio.wait(self._under_way)

    async def _claim(self, now: datetime, room: int) -> list[Outgoing]:
        """Claim due mails, and compose those that have not been; both are kept before anything leaves."""
        outgoing = []
        async with self._database.transaction() as session:
            for mail in await outbox.claim(session, owner=self._owner, now=now, limit=room):
                raw = mail.raw or await self._compose(session, mail, now)
                if raw is not None:
                    outgoing.append(Outgoing(mail.id, envelope_sender(mail, self._signer), mail.to_address, raw))
        return outgoing

    async def _compose(self, session: AsyncSession, mail: OutboxMail, now: datetime) -> bytes | None:
        """Write a mail; one that cannot be written stands aside, so that it stops no other."""
        try:
            files = await self._files(session, mail)
            composed = await compose(session, mail, self._settings, self._signer, now, self._dkim_key, files)
        except ValueError as error:
            if await outbox.mark_failed(session, mail.id, owner=self._owner, now=now, reply=str(error)):
                await undelivered.report(session, self._desk, mail.id, str(error))
            return None
        except Exception:
            log.exception("mail %d could not be written", mail.id)
            reply = "the mail could not be written"
            if await outbox.mark_for_retry(session, mail.id, owner=self._owner, now=now, reply=reply):
                await undelivered.report(session, self._desk, mail.id, reply)
            return None
        mail.raw, mail.message_id = composed.raw, composed.message_id
        await session.flush()
        return composed.raw

    async def _files(self, session: AsyncSession, mail: OutboxMail) -> list[Document]:
        """Fetch what leaves with a mail."""
        return [
            Document(filename, file.content_type, await self._desk.storage.get(file.sha256))
            for file, filename in await store.files_of(session, mail.id)
        ]

    async def _send(self, mail: Outgoing) -> None:
        delivery = await self._sender.send(mail)
        if delivery.outcome is not Outcome.SENT:
            log.warning("mail %d did not leave: %s", mail.mail_id, delivery.outcome)
        await self._mark(mail.mail_id, delivery)

    async def _mark(self, mail_id: int, delivery: Delivery) -> None:
        """Write down what became of a mail; a mail that left and is not marked would leave again."""
        for try_ in range(TRIES_TO_MARK):
            try:
                async with self._database.transaction() as session:
                    failed = await MARK[delivery.outcome](
                        session, mail_id, owner=self._owner, now=self._clock.now(), reply=delivery.reply
                    )
                    if failed:
                        await undelivered.report(session, self._desk, mail_id, delivery.reply)
            except Exception:
                log.exception("the outcome of mail %d could not be written down (try %d)", mail_id, try_ + 1)
                await asyncio.sleep(0.2 * 2**try_)
            else:
                return


async def _anything_due(session: AsyncSession, now: datetime) -> bool:
    """Look without writing: a worker that wrote while idle would wake every other worker."""
    query = select(OutboxMail.id).where(
        or_(
            (OutboxMail.state == OutboxState.QUEUED) & (OutboxMail.due_at <= now),
            (OutboxMail.state == OutboxState.SENDING) & (OutboxMail.leased_until < now),
        )
    )
    return (await session.execute(query.limit(1))).scalar_one_or_none() is not None

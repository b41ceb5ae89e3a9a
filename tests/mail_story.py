"""A desk with its people, told as a story of mails: what arrives, and what becomes of it."""

import asyncio
from email.message import EmailMessage

from mailroom import Bench, letter
from sqlalchemy import select

from casework.cases import store as cases
from casework.cases.models import Case
from casework.messages import store as messages
from casework.outbox.models import MailKind, OutboxMail
from mail_gateway import store
from mail_gateway.outbound.compose import envelope_sender
from mail_gateway.store import MailState

SECRET = b"a secret that only tests know"
AN = "an.peeters@health.example"
AN_AT_HOME = "an@home.example"
LUC = "luc.martin@health.example"
HANNE = "hanne.claes@balie.example"
OMAR = "omar.diallo@balie.example"
STRANGER = "who@elsewhere.example"


class Story:
    """A desk with its people, where mails arrive and are worked off at once."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    async def arrives(
        self, mail: EmailMessage, *, mail_from: str = "somebody@health.example", to: str = "hr@balie.example"
    ) -> store.ReceivedMail:
        await self.bench.receive(mail, mail_from=mail_from, rcpt_tos=(to,))
        await self.bench.work()
        return (await self.bench.mails())[-1]

    async def told(self, kind: MailKind | None = None) -> list[OutboxMail]:
        async with self.bench.database.reading() as session:
            query = select(OutboxMail).order_by(OutboxMail.id)
            return list(
                (await session.execute(query if kind is None else query.where(OutboxMail.kind == kind))).scalars()
            )

    async def reply_address(self, kind: MailKind, address: str) -> str:
        """The reply address of the newest mail of a kind to somebody."""
        newest = [mail for mail in await self.told(kind) if mail.to_address == address][-1]
        return self.reply_address_of(newest)

    def reply_address_of(self, mail: OutboxMail) -> str:
        """The reply address of a mail of the desk."""
        return envelope_sender(mail, self.bench.signer)

    async def states_become(self, states: list[MailState]) -> None:
        async with asyncio.timeout(30):
            while [mail.state for mail in await self.bench.mails()] != states:
                await self.bench.database.committed.wait(0.1)

    async def cases(self) -> list[Case]:
        async with self.bench.database.reading() as session:
            return list(await cases.all_cases(session))

    async def timeline(self, number: str) -> list[tuple[str, str, str]]:
        async with self.bench.database.reading() as session:
            case = await cases.by_number(session, number)
            entries = await messages.timeline(session, case.id, with_notes=True)
        return [(entry.kind, entry.actor, entry.text) for entry in entries]

    async def is_answered(self) -> str:
        """An asks, and Hanne answers by mail; returns An's reply address on the link mail."""
        await self.arrives(letter(AN, "How many days do I have left?", message_id="q@health.example"))
        to = await self.reply_address(MailKind.HANDLER, HANNE)
        await self.arrives(letter(HANNE, "Twelve days.", subject="Re: My leave"), to=to)
        return await self.reply_address(MailKind.LINK, AN)

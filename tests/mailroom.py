"""A mailroom for tests: our mail server on a free port, a mail server of somebody else, and ways to talk to both."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from email.message import EmailMessage
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session
from sqlalchemy import select

from casework.db import Database
from casework.desk import Desk
from mail_gateway.inbound.authentication import Border
from mail_gateway.inbound.filing import Mailroom
from mail_gateway.inbound.intake import Intake, Parser
from mail_gateway.inbound.keeping import MailKeeper
from mail_gateway.inbound.parse import parse_mail
from mail_gateway.inbound.screening import OwnIdentity
from mail_gateway.inbound.sender_check import SenderChecker
from mail_gateway.inbound.server import MailServer
from mail_gateway.inbound.smtp_session import Keeper
from mail_gateway.models import Envelope as MailEnvelope
from mail_gateway.models import ParsedMail
from mail_gateway.outbound.reply_address import Signer
from mail_gateway.outbound.sender import Sender, SmtpSender, sender_for
from mail_gateway.outbound.signing import DkimKey
from mail_gateway.outbound.worker import OutboundWorker
from mail_gateway.settings import MailSettings
from mail_gateway.store import ReceivedMail

DESK = "hr@balie.example"


def mail_settings(folder: Path, secret: bytes, **changes: Any) -> MailSettings:
    settings = MailSettings(
        desk_address=DESK,
        secret_key=secret,
        maildir=folder / "mailbox",
        smtp_port=0,
        stop_seconds=1.0,
        send_seconds=2.0,
    )
    return replace(settings, **changes)


def letter(
    sender: str, text: str, *, to: str = DESK, subject: str = "My leave", message_id: str = "", **headers: str
) -> EmailMessage:
    mail = EmailMessage()
    mail["From"] = sender
    mail["To"] = to
    mail["Subject"] = subject
    if message_id:
        mail["Message-ID"] = f"<{message_id}>"
    for name, value in headers.items():
        mail[name.replace("_", "-")] = value
    mail.set_content(text)
    return mail


def wire(mail: EmailMessage) -> bytes:
    return mail.as_bytes().replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")


@asynccontextmanager
async def serving(keeper: Keeper, settings: MailSettings) -> AsyncIterator[MailServer]:
    server = MailServer(keeper, settings, Signer(settings.secret_key, settings.desk_address))
    await server.start()
    try:
        yield server
    finally:
        await server.stop()


class Client:
    """A mail client that says exactly what it is told to."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def reply(self) -> str:
        lines = []
        while True:
            line = (await asyncio.wait_for(self.reader.readline(), 10)).decode().rstrip("\r\n")
            lines.append(line)
            if line[3:4] != "-":
                return "\n".join(lines)

    async def say(self, line: str | bytes) -> str:
        raw = line if isinstance(line, bytes) else line.encode()
        self.writer.write(raw + b"\r\n")
        await self.writer.drain()
        return await self.reply()

    async def is_cut_off(self) -> bool:
        return await asyncio.wait_for(self.reader.read(), 10) == b""

    async def begin(self, *, mail_from: str = "an.peeters@health.example", rcpt_to: str = DESK) -> str:
        await self.say("EHLO client.example")
        await self.say(f"MAIL FROM:<{mail_from}>")
        return await self.say(f"RCPT TO:<{rcpt_to}>")

    async def send(self, raw: bytes, *, mail_from: str = "an.peeters@health.example", rcpt_to: str = DESK) -> str:
        """Send one mail and return the reply to it; `raw` has CRLF line endings."""
        refused = await self.begin(mail_from=mail_from, rcpt_to=rcpt_to)
        if not refused.startswith("250"):
            return refused
        await self.say("DATA")
        stuffed = raw.replace(b"\r\n.", b"\r\n..")
        self.writer.write(stuffed if stuffed.endswith(b"\r\n") else stuffed + b"\r\n")
        return await self.say(".")


@asynccontextmanager
async def connected(port: int) -> AsyncIterator[Client]:
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    client = Client(reader, writer)
    try:
        yield client
    finally:
        writer.close()


@asynccontextmanager
async def greeted(port: int) -> AsyncIterator[Client]:
    async with connected(port) as client:
        assert (await client.reply()).startswith("220 ")
        yield client


@dataclass
class Arrived:
    mail_from: str
    rcpt_tos: list[str]
    raw: bytes


@dataclass
class OtherServer:
    """Somebody else's mail server: what it answers to a recipient and to a mail can be told to it."""

    port: int = 0
    arrived: list[Arrived] = field(default_factory=list)
    on_recipient: Callable[[str], str | None] = lambda _address: None
    on_mail: Callable[[int], str] = lambda _count: "250 2.0.0 Taken"
    seconds: float = 0.0
    news: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def count_reaches(self, count: int) -> None:
        """Return when so many mails have arrived."""
        async with self.news:
            await self.news.wait_for(lambda: len(self.arrived) >= count)

    async def handle_RCPT(  # noqa: N802
        self, _server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        refused = self.on_recipient(address)
        if refused is not None:
            return refused
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802
        await asyncio.sleep(self.seconds)
        sender = "" if envelope.mail_from == "<>" else str(envelope.mail_from)
        self.arrived.append(Arrived(sender, list(envelope.rcpt_tos), envelope.original_content or b""))
        async with self.news:
            self.news.notify_all()
        reply = self.on_mail(len(self.arrived))
        if reply == "hang up":
            assert server.transport is not None
            server.transport.close()
        return reply


@asynccontextmanager
async def other_server() -> AsyncIterator[OtherServer]:
    loop = asyncio.get_running_loop()
    other = OtherServer()
    listening = await loop.create_server(lambda: SMTP(other, loop=loop, enable_SMTPUTF8=True), "127.0.0.1", 0)
    other.port = listening.sockets[0].getsockname()[1]
    try:
        yield other
    finally:
        listening.close()
        await listening.wait_closed()


async def plainly(raw: bytes) -> ParsedMail:
    """Parse without a process of its own."""
    return parse_mail(raw)


@dataclass
class Bench:
    """The workers of a mailroom on one database, to be run step by step."""

    database: Database
    desk: Desk
    settings: MailSettings
    checker: SenderChecker | None = None
    dkim_key: DkimKey | None = None

    @property
    def signer(self) -> Signer:
        return Signer(self.settings.secret_key, self.settings.desk_address)

    @property
    def keeper(self) -> MailKeeper:
        return MailKeeper(self.database, self.desk.clock)

    def intake(self, parse: Parser = plainly, owner: str = "intake") -> Intake:
        own = OwnIdentity(self.settings.own_addresses, self.settings.instance_id)
        border = Border(self.settings.authserv_id, self.settings.authserv_peers)
        room = Mailroom(self.desk, own, self.signer, border, self.checker)
        return Intake(self.database, room, self.settings, parse, owner=owner)

    def sender(self, port: int | None = None) -> Sender:
        if port is None:
            return sender_for(self.settings)
        return SmtpSender("127.0.0.1", port, self.settings.domain, self.settings.send_seconds)

    def outbound(
        self, port: int | None = None, owner: str = "outbound", sender: Sender | None = None
    ) -> OutboundWorker:
        way = sender or self.sender(port)
        return OutboundWorker(
            self.database, self.desk, self.settings, self.signer, way, owner=owner, dkim_key=self.dkim_key
        )

    async def receive(
        self,
        raw: bytes | EmailMessage,
        *,
        mail_from: str = "somebody@health.example",
        rcpt_tos: tuple[str, ...] = (DESK,),
        remote: str = "127.0.0.1",
    ) -> None:
        """Keep a mail as the server does."""
        content = wire(raw) if isinstance(raw, EmailMessage) else raw
        await self.keeper.keep(MailEnvelope(mail_from, rcpt_tos), content, remote)

    async def work(self, parse: Parser = plainly) -> None:
        """Work off every received mail."""
        intake = self.intake(parse)
        while await intake.work_off():
            pass

    async def mails(self) -> list[ReceivedMail]:
        async with self.database.reading() as session:
            return list((await session.execute(select(ReceivedMail).order_by(ReceivedMail.id))).scalars())

    async def deliver(self, *, port: int | None = None) -> None:
        """Send everything that is due."""
        sender = self.sender(port)
        worker = self.outbound(sender=sender)
        while await worker.send_due():
            await worker.finish()
        await sender.close()

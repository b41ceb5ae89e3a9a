"""Takes mail out of an IMAP mailbox, where no mail can be brought to the desk's own server.

Each mail goes into the same durable store as one that came by SMTP, and only then it is marked on the server. The
store knows a mail that it has (by its content), so a desk that stops between the two steps takes none twice. What was
taken is remembered by UID (RFC 3501, 2.3.1.1) and never by a flag: people who read in the mailbox hide nothing from us.
"""

import asyncio
import logging
import random
import re
import ssl
from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime

from aioimaplib import IMAP4, AioImapException, Response
from sqlalchemy import BigInteger, Text
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from casework.clock import Clock
from casework.db import Base, Database, UtcDateTime
from casework.messages.service import storable
from casework.outbox.letters import one_line
from mail_gateway.errors import MailGatewayError
from mail_gateway.inbound.smtp_session import Keeper
from mail_gateway.models import Envelope
from mail_gateway.outbound.reply_address import Signer
from mail_gateway.settings import MailboxSettings, MailSettings

log = logging.getLogger(__name__)

ANSWER_SECONDS = 60.0
IDLE_SECONDS = 540.0  # many servers and routers drop a connection that is silent for ten minutes
FIRST_WAIT, LONGEST_WAIT = 1.0, 300.0
HEADER_BYTES = 256 * 1024
LONGEST_FAILURE = 500
NUMBER = re.compile(rb"\d+")
UID_VALIDITY = re.compile(rb"UIDVALIDITY (\d+)")
SIZE = re.compile(rb"RFC822\.SIZE (\d+)")
RETURN_PATH = re.compile(rb"^return-path:[ \t]*<([^<>\s]*)>", re.IGNORECASE | re.MULTILINE)
FROM = re.compile(rb"^from:[^\r\n]*?([^\s<>\"]+@[^\s<>\",;]+)", re.IGNORECASE | re.MULTILINE)
RECIPIENTS = re.compile(
    rb"^(?:delivered-to|x-original-to|envelope-to|to|cc):((?:[^\r\n]|\r?\n[ \t])*)", re.IGNORECASE | re.MULTILINE
)
ADDRESS = re.compile(rb"[^\s<>,;:\"()]+@[^\s<>,;:\"()]+")
LOST = (AioImapException, OSError, TimeoutError)


class MailboxRefuses(MailGatewayError):
    """The mailbox did not do what was asked."""


class MailboxPosition(Base):
    """How far a mailbox has been taken in, and how its last visit went.

    Mails up to `last_uid` are in the store, unless they were too large for it: those are counted, flagged and stay.
    """

    __tablename__ = "mailbox_positions"
    mailbox: Mapped[str] = mapped_column(Text, primary_key=True)
    uid_validity: Mapped[int] = mapped_column(BigInteger, default=0)
    last_uid: Mapped[int] = mapped_column(BigInteger, default=0)
    too_large: Mapped[int] = mapped_column(default=0)
    visited_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    failure: Mapped[str | None] = mapped_column(Text)


class Mailbox:
    """The mailbox of the settings, visited until the desk stops."""

    def __init__(
        self, database: Database, clock: Clock, keeper: Keeper, settings: MailSettings, mailbox: MailboxSettings
    ) -> None:
        self._database = database
        self._clock = clock
        self._keeper = keeper
        self._settings = settings
        self._mailbox = mailbox
        self._signer = Signer(settings.secret_key, settings.desk_address)
        self._lost = asyncio.Event()

    async def run(self, stop: asyncio.Event) -> None:
        """Take mail in until `stop` is set; a connection that breaks is made again, later and later."""
        wait = FIRST_WAIT
        while not stop.is_set():
            try:
                visited = await self._visit(stop)
            except (*LOST, MailboxRefuses) as error:
                visited = False
                log.warning("the mailbox cannot be read: %s", type(error).__name__)
                await self._note(failure=f"{type(error).__name__}: {error}")
            wait = FIRST_WAIT if visited else min(2 * wait, LONGEST_WAIT)
            with suppress(TimeoutError):
                await asyncio.wait_for(stop.wait(), random.uniform(wait / 2, wait))  # noqa: S311 -- no secret

    async def _visit(self, stop: asyncio.Event) -> bool:
        """Take in what is there and what comes, as long as the connection holds; True once that went well."""
        self._lost = asyncio.Event()
        client = IMAP4(
            self._mailbox.host, self._mailbox.port, timeout=ANSWER_SECONDS, ssl_context=self._context(),
            conn_lost_cb=lambda _error: self._lost.set(),
        )  # fmt: skip
        ending = asyncio.create_task(stop.wait())
        losing = asyncio.create_task(self._lost.wait())
        working = asyncio.create_task(self._take_until(client, stop))
        try:
            await asyncio.wait({working, losing, ending}, return_when=asyncio.FIRST_COMPLETED)
            if working.done():
                await working
            elif not stop.is_set():
                raise MailboxRefuses("the server hung up")
            return True
        finally:
            for task in (working, losing, ending):
                task.cancel()
            await asyncio.gather(working, losing, ending, return_exceptions=True)
            if client.protocol.transport is not None:
                client.protocol.transport.abort()
            await asyncio.gather(client._client_task, return_exceptions=True)  # noqa: SLF001 -- it has no close

    def _context(self) -> ssl.SSLContext | None:
        if not self._mailbox.tls:
            return None
        return ssl.create_default_context(cafile=self._mailbox.ca_file and str(self._mailbox.ca_file))

    async def _take_until(self, client: IMAP4, stop: asyncio.Event) -> None:
        await client.wait_hello_from_server()
        _require(await client.login(_quoted(self._mailbox.user), self._mailbox.password), "LOGIN")
        selected = _require(await client.select(_quoted(self._mailbox.folder)), "SELECT")
        validity = next((int(found[1]) for line in selected.lines if (found := UID_VALIDITY.search(bytes(line)))), 0)
        while not stop.is_set():
            failure = await self._take_new(client, validity)
            await self._note(failure=failure, visited=True)
            await self._wait_for_mail(client)

    async def _take_new(self, client: IMAP4, validity: int) -> str | None:
        """Keep every mail that was not yet taken, oldest first, and mark on the server what is kept.

        Returns what the server said if it refuses a mark: mails are kept all the same, and marked at a later visit.
        """
        failure = await self._mark_what_is_left(client, validity)
        known = b""
        while True:
            found, told = await self._search_new(client, (await self._position(validity)).last_uid)
            for uid in found:
                fits = await self._take(client, uid)
                await self._advance(validity, uid, too_large=not fits)
                failure = failure or await self._mark(client, uid, fits=fits)
            if not found and told in {b"", known}:  # some servers tell the same with every answer
                return failure
            known = told

    async def _mark_what_is_left(self, client: IMAP4, validity: int) -> str | None:
        """Mark what was kept when the desk stopped before it could say so; returns what the server said against it."""
        failure, last_uid = None, (await self._position(validity)).last_uid
        unmarked = f"UID 1:{max(1, last_uid)} UNSEEN UNFLAGGED"
        left = _require(await client.uid_search(unmarked, charset=None), "SEARCH")
        for uid in sorted(uid for uid in _numbers(left) if uid <= last_uid):
            failure = failure or await self._mark(client, uid, fits=True)
        return failure

    async def _search_new(self, client: IMAP4, last_uid: int) -> tuple[list[int], bytes]:
        """Return the mails that came after the last one that was taken, and what the server tells of newer ones.

        A server tells of a mail once, in its answer to whatever is asked just then, and not again when we wait for one.
        The library hands such news to nobody but a NOOP, which is therefore under way while we search.
        """
        search = client.uid_search(f"UID {last_uid + 1}:*", charset=None)
        answer, news = await asyncio.gather(search, client.noop())
        # "n:*" names the newest mail even where n is beyond it (RFC 3501, 6.4.8)
        found = sorted(uid for uid in _numbers(_require(answer, "SEARCH")) if uid > last_uid)
        return found, b" ".join(line for line in news.lines if b"EXISTS" in line)

    async def _take(self, client: IMAP4, uid: int) -> bool:
        """Keep one mail; False if it is larger than the desk takes. One that is gone meanwhile is nobody's loss."""
        told = _require(await client.uid("fetch", str(uid), "(RFC822.SIZE)"), "FETCH")
        size = next((int(found[1]) for line in told.lines if (found := SIZE.search(bytes(line)))), 0)
        if size > self._settings.size_limit:
            return False
        fetched = _require(await client.uid("fetch", str(uid), "(BODY.PEEK[])"), "FETCH")
        raw = next((bytes(line) for line in fetched.lines if isinstance(line, bytearray)), None)
        if raw is not None:
            await self._keeper.keep(self._envelope(raw), raw, "")
        return True

    def _envelope(self, raw: bytes) -> Envelope:
        """Return the envelope as far as the mail still tells of it."""
        head = raw[:HEADER_BYTES].replace(b"\r\n", b"\n").partition(b"\n\n")[0]
        sender = RETURN_PATH.search(head) or FROM.search(head)
        named = [
            address.decode("utf-8", "replace").lower()
            for field in RECIPIENTS.findall(head)
            for address in ADDRESS.findall(field)[:100]
        ]
        ours = [name for name in dict.fromkeys(named) if self._is_ours(name)][: self._settings.recipient_limit]
        return Envelope(
            sender[1].decode("utf-8", "replace") if sender else "", tuple(ours or [self._settings.desk_address])
        )

    def _is_ours(self, address: str) -> bool:
        return address in self._settings.own_addresses or self._signer.read_reply_address(address) is not None

    async def _mark(self, client: IMAP4, uid: int, *, fits: bool) -> str | None:
        """Say on the server what became of a mail: seen, or moved, if it is kept; flagged if it is too large.

        Returns what the server said if it refused.
        """
        if fits and self._mailbox.move_to and client.has_capability("MOVE"):
            command, answer = "MOVE", await client.uid("move", str(uid), _quoted(self._mailbox.move_to))
        else:
            flag = r"(\Seen)" if fits else r"(\Flagged)"
            command, answer = "STORE", await client.uid("store", str(uid), "+FLAGS.SILENT", flag)
        return None if answer.result == "OK" else f"MailboxRefuses: {_refusal(answer, command)}"

    async def _wait_for_mail(self, client: IMAP4) -> None:
        """Return when the server says that something changed, or after the poll interval where it cannot."""
        if not client.has_capability("IDLE"):
            await asyncio.sleep(self._mailbox.poll_seconds)
            _require(await client.noop(), "NOOP")
            return
        idle = await client.idle_start(timeout=IDLE_SECONDS)
        await client.wait_server_push(timeout=IDLE_SECONDS + ANSWER_SECONDS)
        client.idle_done()
        await asyncio.wait_for(idle, ANSWER_SECONDS)

    async def _position(self, validity: int) -> MailboxPosition:
        """Return how far we are; a mailbox that was built anew (RFC 3501, 2.3.1.1) is gone through again."""
        async with self._database.transaction() as session:
            position = await _stored(session, self._mailbox.name)
            if position.uid_validity != validity:
                position.uid_validity, position.last_uid = validity, 0
            return position

    async def _advance(self, validity: int, uid: int, *, too_large: bool) -> None:
        async with self._database.transaction() as session:
            position = await _stored(session, self._mailbox.name)
            if position.uid_validity == validity and uid > position.last_uid:
                position.last_uid = uid
                position.too_large += too_large

    async def _note(self, *, failure: str | None, visited: bool = False) -> None:
        async with self._database.transaction() as session:
            position = await _stored(session, self._mailbox.name)
            position.failure = failure and one_line(storable(failure))[:LONGEST_FAILURE]
            if visited:
                position.visited_at = self._clock.now()


async def _stored(session: AsyncSession, name: str) -> MailboxPosition:
    position = await session.get(MailboxPosition, name, with_for_update=True)
    if position is None:
        position = MailboxPosition(mailbox=name, uid_validity=0, last_uid=0, too_large=0)
        session.add(position)
        await session.flush()
    return position


def _require(response: Response, command: str) -> Response:
    if response.result != "OK":
        raise MailboxRefuses(_refusal(response, command))
    return response


def _refusal(response: Response, command: str) -> str:
    said = bytes(response.lines[-1]).decode("utf-8", "replace") if response.lines else ""
    return f"{command} was answered with {response.result} {said}"


def _numbers(response: Response) -> Sequence[int]:
    """Return the numbers that a search found; its last line is a sentence."""
    return [int(number) for line in response.lines[:-1] for number in NUMBER.findall(bytes(line))]


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'

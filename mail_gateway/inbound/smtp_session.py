"""One connection to the mail server: what is said on it, and how its mail is kept before 250 is answered."""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Sequence
from contextlib import AsyncExitStack
from ipaddress import ip_address
from ssl import SSLContext
from typing import Any, AnyStr, Protocol, cast

from aiosmtpd.proxy_protocol import ProxyData
from aiosmtpd.smtp import SMTP, Session, TLSSetupException, syntax
from aiosmtpd.smtp import Envelope as SmtpEnvelope

from mail_gateway import replies
from mail_gateway.inbound.alarm import Alarm
from mail_gateway.inbound.authentication import is_within
from mail_gateway.inbound.connections import Connections
from mail_gateway.inbound.data import BLOCK, DataLimits, Gathering, LineTooLong, TooLarge, read_data
from mail_gateway.inbound.plain_commands import PLAIN_ADDRESS, PlainCommands
from mail_gateway.models import Envelope
from mail_gateway.outbound.reply_address import Signer
from mail_gateway.settings import MailSettings

log = logging.getLogger(__name__)

COMMANDS_OF_A_MAIL = 20_000  # a relay sends many mails over one connection
POSTMASTER = "postmaster"  # with or without our domain (RFC 5321, 4.1.1.3 and 4.5.1)
NULL_SENDER = "<>"  # how aiosmtpd writes it
LONGEST_COMMAND = 2048
NOT_THE_SENDERS_FAULT = (replies.OUR_FAILURE, replies.TOO_MANY_RECIPIENTS)
NOTHING_MORE = b"\n"
BROWSER_COMMANDS = ("GET", "HEAD", "POST", "PUT", "OPTIONS", "CONNECT")


class Keeper(Protocol):
    """Keeps a mail on the disk; `inbound.keeping.MailKeeper` is the one."""

    async def keep(self, envelope: Envelope, raw: bytes, remote: str) -> None:
        """Return once the mail is on the disk."""


class Reception:
    """What happens at each step of a delivery; each `handle_` method is a hook of aiosmtpd."""

    def __init__(self, keeper: Keeper, settings: MailSettings, signer: Signer) -> None:
        self._keeper = keeper
        self._settings = settings
        self._signer = signer

    async def handle_RCPT(  # noqa: N802 -- aiosmtpd's name
        self, _server: SMTP, _session: Session, envelope: SmtpEnvelope, address: str, _options: Sequence[str]
    ) -> str:
        """Accept the desk, its signed reply addresses and the postmaster; nobody else lives here."""
        if len(envelope.rcpt_tos) >= self._settings.recipient_limit:
            return replies.TOO_MANY_RECIPIENTS
        wanted = address.strip().lower()
        if wanted != POSTMASTER and wanted.rpartition("@")[2] != self._settings.domain:
            return replies.NO_RELAYING
        known = wanted == POSTMASTER or wanted in self._settings.own_addresses
        if not known and self._signer.read_reply_address(wanted) is None:
            return replies.NO_SUCH_RECIPIENT
        envelope.rcpt_tos.append(wanted)
        return replies.GO_ON

    async def handle_PROXY(  # noqa: N802 -- aiosmtpd's name
        self, server: "DeskSmtp", _session: Session, _envelope: SmtpEnvelope, proxied: ProxyData
    ) -> bool:
        """Take the word of a load balancer for who is behind it; a check of its own (LOCAL, UNKNOWN) is from itself."""
        if proxied.src_addr is None:
            return True
        return await server.stands_for(str(proxied.src_addr))

    async def handle_DATA(self, server: "DeskSmtp", session: Session, envelope: SmtpEnvelope) -> str:  # noqa: N802 -- aiosmtpd's name
        """Keep the mail, then say so; a mail that cannot be kept is asked for again later."""
        sender = "" if envelope.mail_from == NULL_SENDER else str(envelope.mail_from)
        raw = envelope.original_content or b""
        try:
            kept = Envelope(sender, tuple(envelope.rcpt_tos), server.client, str(session.host_name or ""))
            await self._keeper.keep(kept, raw, server.client)
        except Exception as error:  # noqa: BLE001 -- whatever it is, it is ours, and it passes
            log.error("a mail could not be kept: %s", type(error).__name__)  # noqa: TRY400 -- the rest may quote it
            return replies.OUR_FAILURE
        return replies.KEPT

    async def handle_exception(self, error: Exception) -> str:
        """Answer our own failure as a passing one, without a word of it."""
        if isinstance(error, TLSSetupException):
            log.info("a handshake failed: %s", error.__cause__)
        else:
            log.error("a mail session failed", exc_info=error)
        return replies.OUR_FAILURE


def _peer_host(peer: Any) -> str:
    return str(peer[0]) if isinstance(peer, tuple) and peer else str(peer or "")


class DeskSmtp(SMTP):
    """One connection: aiosmtpd's, with caps, with block-wise reading of mails, and with no patience for browsers."""

    def __init__(
        self,
        reception: Reception,
        settings: MailSettings,
        connections: "Connections[DeskSmtp]",
        limits: DataLimits,
        tls: SSLContext | None,
        loop: asyncio.AbstractEventLoop,
    ) -> None:
        super().__init__(
            reception,
            loop=loop,
            data_size_limit=settings.size_limit,
            enable_SMTPUTF8=True,
            hostname=settings.domain,
            ident="ESMTP",
            timeout=settings.idle_seconds,
            tls_context=tls,
            require_starttls=settings.tls_required,
            proxy_protocol_timeout=settings.proxy_seconds if settings.proxy_peers else None,
            command_call_limit={
                "*": settings.command_limit,
                **dict.fromkeys(("EHLO", "HELO", "MAIL", "RCPT", "DATA", "RSET"), COMMANDS_OF_A_MAIL),
            },
        )
        self._smtp_methods.update(dict.fromkeys(BROWSER_COMMANDS, self._refuse_browser))
        self.command_size_limits = defaultdict(lambda: LONGEST_COMMAND)
        self._connections = connections
        self._limits = limits
        self._proxies = settings.proxy_peers
        self._most_errors = settings.error_limit
        self._session_seconds = settings.session_seconds
        self._session_end = Alarm(loop, self._lose_patience)
        self._idle_end = Alarm(loop, self._timeout_cb)
        self._timeout_handle = cast("asyncio.TimerHandle", self._idle_end)  # aiosmtpd cancels it at the end
        self._errors = 0
        self._plain_commands = PlainCommands(settings, COMMANDS_OF_A_MAIL)
        self._gathering: Gathering | None = None
        self.client = ""
        self.is_reading_mail = False

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Turn a connection away before it costs anything, if there are too many; after STARTTLS it is the same one."""
        if self._original_transport is None:
            self.client = _peer_host(transport.get_extra_info("peername"))
            is_proxy = self._is_proxy(self.client)
            if not is_proxy:
                self._proxy_timeout = None
            if not self._connections.admit(self, "" if is_proxy else self.client):
                hang_up(transport, replies.TOO_MANY_CONNECTIONS)
            self._begin_patience()
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        """Give the connection's place back."""
        self._connections.leave(self)
        self._session_end.cancel()
        super().connection_lost(error)

    def data_received(self, data: bytes) -> None:
        """Take what comes in: a mail goes past the reader of commands, and so do the plainest commands."""
        if self._gathering is not None:
            if not self._gathering.feed(data):  # the rest of a large mail, where no line is a command
                super().data_received(data)
            return
        reply = self._plain_reply(data)
        if reply is None:
            super().data_received(data)
            return
        self._reset_timeout()
        self._writer.write(reply.encode() + b"\r\n")
        if reply == replies.SEND_DATA:
            self._gathering = Gathering()
            super().data_received(data)

    def _plain_reply(self, data: bytes) -> str | None:
        """Return the reply to a plain command that comes when all before it was answered and nothing else came."""
        reader: Any = self._reader
        waits = reader._waiter is not None and not reader._buffer  # noqa: SLF001 -- it tells nobody otherwise
        if not waits or self.session is None or self.envelope is None:
            return None
        is_greeted = self.session.host_name and self.session.extended_smtp
        if not is_greeted or (self.require_starttls and not self._tls_protocol):
            return None
        return self._plain_commands.grant(data, self.envelope)

    def _begin_patience(self) -> None:
        """Bear so many errors and so much time until the next mail is kept: idle time-outs alone can be talked past."""
        self._errors = 0
        self._session_end.set(self._session_seconds)

    def _reset_timeout(self, duration: float | None = None) -> None:
        self._idle_end.set(duration or self._timeout_duration)

    def _lose_patience(self) -> None:
        if self.transport is not None:
            hang_up(self.transport, replies.TOO_LONG)

    def _is_proxy(self, host: str) -> bool:
        return bool(self._proxies) and is_within(ip_address(host.partition("%")[0]), self._proxies)

    async def stands_for(self, client: str) -> bool:
        """Serve the client behind a proxy; False if that one has too many connections."""
        if self._connections.move(self, client):
            self.client = client
            return True
        await self.push(replies.TOO_MANY_CONNECTIONS)
        return False

    async def push(self, status: AnyStr) -> None:
        """Send a reply, with the enhanced code where aiosmtpd leaves it out."""
        reworded = replies.REWORDED.get(status) if isinstance(status, str) else None
        if reworded is None:
            await super().push(status)
        else:
            await super().push(reworded)
        if status == replies.KEPT:
            self._begin_patience()
        elif isinstance(status, str) and status[:1] in "45" and status not in NOT_THE_SENDERS_FAULT:
            self._errors += 1
            if self._errors >= self._most_errors and self.transport is not None:
                hang_up(self.transport, replies.TOO_MANY_ERRORS)

    def _getaddr(self, arg: str) -> tuple[str | None, str | None]:
        """Read the address of a command; the parser for odd ones costs more than all else that a command takes."""
        plain = PLAIN_ADDRESS.fullmatch(arg)
        if plain is None:
            read: tuple[str | None, str | None] = super()._getaddr(arg)
            return read
        return plain[1], plain[2] or ""

    @syntax("DATA")
    async def smtp_DATA(self, arg: str | None) -> None:  # noqa: N802 -- aiosmtpd's name
        """Take a mail in (RFC 5321, 4.1.1.4)."""
        if await self.check_helo_needed():
            return
        if self.envelope is None or not self.envelope.rcpt_tos:
            await self.push("503 5.5.1 Error: need RCPT command")
            return
        if arg:
            await self.push("501 5.5.4 Syntax: DATA")
            return
        if self._gathering is None:  # else it was answered at once
            self._gathering = Gathering(await self._what_came_along())
            await self.push(replies.SEND_DATA)
        self.is_reading_mail = True
        try:
            async with AsyncExitStack() as held:
                await self.push(await self._take_mail(self._gathering, self.envelope, held))
        finally:
            self._gathering = None
            self.is_reading_mail = False
            self.envelope = self._create_envelope()

    async def _what_came_along(self) -> bytes:
        """Return what the reader holds already, without waiting for more."""
        self._reader.feed_data(NOTHING_MORE)
        return (await self._reader.read(BLOCK))[: -len(NOTHING_MORE)]

    async def _take_mail(self, gathering: Gathering, envelope: SmtpEnvelope, held: AsyncExitStack) -> str:
        try:
            raw = await read_data(gathering, self._reader, self._limits, held, self._reset_timeout)
        except TooLarge:
            return replies.TOO_LARGE
        except LineTooLong:
            return replies.LINE_TOO_LONG
        except OSError:
            if self.transport is not None:  # what is left of the mail must not be read as commands
                hang_up(self.transport, replies.OUR_FAILURE)
            raise
        envelope.original_content = raw
        self._reset_timeout()
        return str(await self._call_handler_hook("DATA"))

    async def _refuse_browser(self, _arg: str | None) -> None:
        """Hang up on a browser that was tricked into writing to a mail server."""
        if self.transport is not None:
            hang_up(self.transport, replies.NOT_MAIL)


def hang_up(transport: asyncio.BaseTransport, reply: str) -> None:
    """Say why, and close the connection once that is sent."""
    if transport.is_closing():
        return
    both_ways = cast("asyncio.WriteTransport", transport)  # uvloop's connections are of no class of asyncio
    both_ways.write(reply.encode() + b"\r\n")
    both_ways.close()

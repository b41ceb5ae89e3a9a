"""The mail server: it takes mail for the desk, keeps it on the disk, and only then says 250.

aiosmtpd speaks the protocol on the service's own loop; its thread-based controller is not used.
"""

import asyncio
import logging
import resource
from dataclasses import replace

from mail_gateway import replies
from mail_gateway.inbound.connections import Connections
from mail_gateway.inbound.data import DataLimits
from mail_gateway.inbound.smtp_session import DeskSmtp, Keeper, Reception, hang_up
from mail_gateway.inbound.tls import server_context
from mail_gateway.outbound.reply_address import Signer
from mail_gateway.settings import MailSettings


def _within_system_limits(settings: MailSettings) -> MailSettings:
    """Return the settings with no more connections than half the files that the process may open (setrlimit(2))."""
    files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
    if files == resource.RLIM_INFINITY or files // 2 >= settings.connection_limit:
        return settings
    return replace(settings, connection_limit=files // 2)


class MailServer:
    """Listens for mail on the running loop, until it is stopped."""

    def __init__(
        self, keeper: Keeper, settings: MailSettings, signer: Signer, large_mail: asyncio.Lock | None = None
    ) -> None:
        self._settings = settings
        self._reception = Reception(keeper, settings, signer)
        self._connections: Connections[DeskSmtp] = Connections(_within_system_limits(settings))
        self._large_mail = large_mail or asyncio.Lock()
        self._server: asyncio.Server | None = None

    @property
    def port(self) -> int:
        """The port that is listened on, also when any free one was asked for."""
        if self._server is None:
            raise RuntimeError("the mail server is not listening")
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Listen. Raises `OSError` when the port is taken, `CertificateUnusable` when there cannot be STARTTLS."""
        logging.getLogger("mail.log").setLevel(logging.WARNING)  # it writes every line, addresses included
        loop = asyncio.get_running_loop()
        limits = DataLimits(
            self._settings.size_limit,
            self._settings.line_limit,
            self._settings.spool_folder,
            asyncio.Semaphore(self._settings.spooled_mails_at_once),
            self._large_mail,
        )

        tls = server_context(self._settings)

        def connect() -> DeskSmtp:
            return DeskSmtp(self._reception, self._settings, self._connections, limits, tls, loop)

        self._server = await loop.create_server(
            connect, self._settings.smtp_host, self._settings.smtp_port, backlog=1024
        )

    async def stop(self) -> None:
        """Take no more connections, let mails that are under way arrive for a few seconds, and hang up."""
        if self._server is None:
            return
        self._server.close()
        deadline = asyncio.get_running_loop().time() + self._settings.stop_seconds
        while any(connection.is_reading_mail for connection in self._connections.open):
            if asyncio.get_running_loop().time() > deadline:
                break
            await asyncio.sleep(0.02)
        for connection in self._connections.open:
            if connection.transport is not None:
                hang_up(connection.transport, replies.GOING_DOWN)
        await self._server.wait_closed()

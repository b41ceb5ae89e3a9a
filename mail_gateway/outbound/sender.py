"""Brings one mail out of the house: to a relay by SMTP, or into a Maildir while there is none."""

import asyncio
import os
import ssl
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import urlsplit

import aiosmtplib
from aiosmtplib.errors import (
    SMTPException,
    SMTPNotSupported,
    SMTPRecipientsRefused,
    SMTPResponseException,
)

from casework.messages.service import storable
from casework.outbox.letters import one_line
from mail_gateway.outbound.relay_pool import RelayPool
from mail_gateway.settings import MailSettings

SMTP_PORT = 25
CLOSING_DOWN = 421  # RFC 5321, 3.8: the server ends the connection


class Outcome(StrEnum):
    """What became of one try: it left, it was refused for good, or it may be tried again."""

    SENT = "sent"
    REFUSED = "refused"
    DEFERRED = "deferred"


@dataclass(frozen=True)
class Delivery:
    """The outcome of one try, with what the other side said."""

    outcome: Outcome
    reply: str


@dataclass(frozen=True)
class Outgoing:
    """A composed mail with its envelope; an empty `mail_from` is the null sender."""

    mail_id: int
    mail_from: str
    rcpt_to: str
    raw: bytes


class Sender(Protocol):
    """A way out of the house."""

    async def send(self, mail: Outgoing) -> Delivery:
        """Try once to send a mail; a failure is an outcome, never an exception."""

    async def close(self) -> None:
        """Let go of what is kept open between mails; a later `send` opens it again."""


def sender_for(settings: MailSettings) -> Sender:
    """Return the way out that the settings name."""
    if settings.relay_url is None:
        return MaildirSender(settings.maildir)
    relay = urlsplit(settings.relay_url)
    tls = ssl.create_default_context(cafile=settings.relay_ca_file) if settings.relay_tls_required else None
    return SmtpSender(relay.hostname or "", relay.port or SMTP_PORT, settings.domain, settings.send_seconds, tls)


class SmtpSender:
    """Hands mails to a relay, one after the other on connections that it keeps; encrypted if the relay offers it.

    With `tls` nothing goes out before STARTTLS with a certificate that it accepts for the name of the relay.
    """

    def __init__(
        self, host: str, port: int, local_name: str, seconds: float, tls: ssl.SSLContext | None = None
    ) -> None:
        self._seconds = seconds
        encrypted: dict[str, Any] = {"start_tls": True, "tls_context": tls} if tls else {"validate_certs": False}
        self._pool = RelayPool(
            lambda: aiosmtplib.SMTP(hostname=host, port=port, local_hostname=local_name, timeout=seconds, **encrypted)
        )

    async def send(self, mail: Outgoing) -> Delivery:
        """Try once to send a mail, within the time that a try may take."""
        try:
            async with asyncio.timeout(self._seconds):
                return await self._send(mail)
        except TimeoutError:
            return Delivery(Outcome.DEFERRED, f"no answer within {self._seconds:g} seconds")
        except SMTPRecipientsRefused as error:
            return _refusal(error.recipients[0])
        except SMTPResponseException as error:
            return _refusal(error)
        except (SMTPNotSupported, ValueError) as error:  # an address that the relay or SMTP cannot take
            return Delivery(Outcome.REFUSED, _said(str(error)))
        except (SMTPException, OSError) as error:
            return Delivery(Outcome.DEFERRED, _said(f"{type(error).__name__}: {error}"))

    async def _send(self, mail: Outgoing) -> Delivery:
        try:
            relay = await self._pool.take()
        except SMTPResponseException as error:  # the relay is not ready: no verdict on this mail
            return Delivery(Outcome.DEFERRED, _said(f"{error.code} {error.message}"))
        except (SMTPException, OSError) as error:  # nor is a relay that cannot be reached, or not be trusted
            return Delivery(Outcome.DEFERRED, _said(f"{type(error).__name__}: {error}"))
        options = ["SMTPUTF8"] if not mail.rcpt_to.isascii() else []
        ended_clearly = False
        try:
            _, reply = await relay.sendmail(mail.mail_from, [mail.rcpt_to], mail.raw, mail_options=options)
            ended_clearly = True
        except SMTPRecipientsRefused as error:
            ended_clearly = _leaves_open(error.recipients[0])
            raise
        except SMTPResponseException as error:
            ended_clearly = _leaves_open(error)
            raise
        finally:
            if ended_clearly:
                self._pool.give_back(relay)
            else:
                self._pool.drop(relay)
        return Delivery(Outcome.SENT, _said(reply))

    async def close(self) -> None:
        """Say goodbye on every connection that waits for a mail."""
        await self._pool.close()


def _leaves_open(error: SMTPResponseException) -> bool:
    """Return whether a refusal is one that the next mail on this connection has nothing to do with."""
    return 400 <= error.code < 600 and error.code != CLOSING_DOWN


def _refusal(error: SMTPResponseException) -> Delivery:
    permanent = 500 <= error.code < 600  # RFC 5321, 4.2.1
    return Delivery(Outcome.REFUSED if permanent else Outcome.DEFERRED, _said(f"{error.code} {error.message}"))


def _said(reply: str) -> str:
    return one_line(storable(reply[:500]))


class MaildirSender:
    """Puts mails into a Maildir, which the portal shows as the development mailbox."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    async def send(self, mail: Outgoing) -> Delivery:
        """Put a mail into the Maildir; the same mail put there twice is there once."""
        try:
            name = await asyncio.to_thread(self._put, mail)
        except OSError as error:
            return Delivery(Outcome.DEFERRED, _said(f"{type(error).__name__}: {error.strerror}"))
        return Delivery(Outcome.SENT, f"kept as {name}")

    async def close(self) -> None:
        """Do nothing: no file stays open."""

    def _put(self, mail: Outgoing) -> str:
        for part in ("tmp", "new", "cur"):
            (self._folder / part).mkdir(parents=True, exist_ok=True)
        name = f"{mail.mail_id:010d}.balie"
        unfinished = self._folder / "tmp" / f"{name}.{os.getpid()}"
        with unfinished.open("wb") as file:
            file.write(mail.raw)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(self._folder / "new" / name)
        return name

"""Brings one mail out of the house: to a relay by SMTP, or into a Maildir while there is none."""

import asyncio
import os
from contextlib import suppress
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol
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
from mail_gateway.settings import MailSettings

SMTP_PORT = 25
GOODBYE_SECONDS = 2.0


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


def sender_for(settings: MailSettings) -> Sender:
    """Return the way out that the settings name."""
    if settings.relay_url is None:
        return MaildirSender(settings.maildir)
    relay = urlsplit(settings.relay_url)
    return SmtpSender(relay.hostname or "", relay.port or SMTP_PORT, settings.domain, settings.send_seconds)


class SmtpSender:
    """Hands mails to a relay; encrypted if the relay offers it."""

    def __init__(self, host: str, port: int, local_name: str, seconds: float) -> None:
        self._host = host
        self._port = port
        self._local_name = local_name
        self._seconds = seconds

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
        relay = aiosmtplib.SMTP(
            hostname=self._host, port=self._port, local_hostname=self._local_name, timeout=self._seconds,
            validate_certs=False,
        )  # fmt: skip
        try:
            await relay.connect()
        except SMTPResponseException as error:  # the relay is not ready: no verdict on this mail
            return Delivery(Outcome.DEFERRED, _said(f"{error.code} {error.message}"))
        try:
            options = ["SMTPUTF8"] if not mail.rcpt_to.isascii() else []
            _, reply = await relay.sendmail(mail.mail_from, [mail.rcpt_to], mail.raw, mail_options=options)
            await _part(relay)
            return Delivery(Outcome.SENT, _said(reply))
        finally:
            relay.close()


async def _part(relay: aiosmtplib.SMTP) -> None:
    """Say goodbye; the mail has left, so nothing that goes wrong here changes the outcome."""
    with suppress(SMTPException, OSError):
        await relay.quit(timeout=GOODBYE_SECONDS)


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

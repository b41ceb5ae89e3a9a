"""The other side of the demo: a mail server that receives, and a mail program that writes and replies."""

import asyncio
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from email.utils import make_msgid
from typing import Any

import aiosmtplib
from aiosmtpd.smtp import SMTP

from casework.errors import CaseworkError

PATIENCE_SECONDS = 20.0


@dataclass(frozen=True)
class Arrived:
    """A mail that the desk sent."""

    to: str
    message: EmailMessage

    @property
    def subject(self) -> str:
        """Its subject."""
        return str(self.message["Subject"])

    @property
    def text(self) -> str:
        """Its words."""
        body = self.message.get_body(preferencelist=("plain",))
        return str(body.get_content()) if body is not None else ""


@dataclass
class Postbox:
    """Keeps what arrives, in order."""

    arrived: list[Arrived] = field(default_factory=list)

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:  # noqa: N802 -- aiosmtpd's name
        """Keep a mail."""
        message = message_from_bytes(envelope.content, policy=policy.default)
        self.arrived += [Arrived(to, message) for to in envelope.rcpt_tos]
        return "250 kept"

    def to(self, address: str) -> list[Arrived]:
        """Return what arrived for an address."""
        return [mail for mail in self.arrived if mail.to == address]

    async def next_to(self, address: str, *, after: int) -> Arrived:
        """Wait for the mail to an address that comes after so many earlier ones."""
        for _ in range(int(PATIENCE_SECONDS / 0.05)):
            if len(self.to(address)) > after:
                return self.to(address)[after]
            await asyncio.sleep(0.05)
        raise CaseworkError(f"no mail reached {address} within {PATIENCE_SECONDS:g} seconds")


@asynccontextmanager
async def receiving() -> AsyncGenerator[tuple[Postbox, int]]:
    """Receive mail on a free port while the block lasts."""
    postbox = Postbox()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(postbox, loop=loop, enable_SMTPUTF8=True), "127.0.0.1", 0)
    try:
        yield postbox, int(server.sockets[0].getsockname()[1])
    finally:
        server.close()


async def send(port: int, message: EmailMessage, to: str) -> None:
    """Hand a mail to the desk's mail server."""
    async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port) as client:
        await client.sendmail(message["From"].addresses[0].addr_spec, [to], message.as_bytes(policy=policy.SMTP))


def write(sender: str, to: str, subject: str, text: str) -> EmailMessage:
    """Write a mail."""
    message = EmailMessage()
    message["From"], message["To"], message["Subject"] = sender, to, subject
    message["Message-ID"] = make_msgid(domain=sender.rpartition("@")[2])
    message.set_content(text)
    return message


def reply(to: Arrived, sender: str, text: str) -> tuple[EmailMessage, str]:
    """Reply to a mail as mail programs do, with the mail quoted below; returns the reply and where it goes."""
    address = to.message["Reply-To"].addresses[0].addr_spec
    quoted = "\n".join(f"> {line}" for line in to.text.splitlines())
    words = f"{text}\n\nOp di 15 sep. 2026 om 09:00 schreef Balie:\n{quoted}\n"
    message = write(sender, address, f"Re: {to.subject}", words)
    message["In-Reply-To"] = message["References"] = str(to.message["Message-ID"])
    return message, address

"""A sending client for durability tests: a mail counts as taken only when the server said 250 after its dot."""

import asyncio
import contextlib
from dataclasses import dataclass, field

import aiosmtplib

TEXT = "How many days do I have left?"
SENDER = "an.peeters@health.example"


def mail(number: int, text: str) -> bytes:
    """Return the mail with this number, always the same bytes."""
    lines = [
        f"From: {SENDER}", "To: hr@balie.example", f"Subject: Request {number}",
        f"Message-ID: <load-{number}@health.example>", "Date: Tue, 15 Sep 2026 10:00:00 +0200", "", text, "",
    ]  # fmt: skip
    return "\r\n".join(lines).encode()


@dataclass
class Load:
    """Sends numbered mails over several connections, each again and again until it was taken."""

    ports: tuple[int, ...]
    total: int
    first: int = 0
    connections: int = 10
    text: str = TEXT
    patience: float = 20
    taken: set[int] = field(default_factory=set)
    replies: list[int] = field(default_factory=list)

    async def run(self) -> None:
        """Return when every mail was taken."""
        waiting = list(range(self.first, self.first + self.total))
        await asyncio.gather(*(self._sender(waiting, turn) for turn in range(self.connections)))

    async def _sender(self, waiting: list[int], turn: int) -> None:
        while waiting:
            number = waiting.pop(0)
            while number not in self.taken:
                port = self.ports[(number + turn) % len(self.ports)]
                turn += 1
                if not await self._try(number, port):
                    await asyncio.sleep(0.1)

    async def _try(self, number: int, port: int) -> bool:
        """Try once; every code that the server gave is written down."""
        with contextlib.suppress(OSError, asyncio.TimeoutError, aiosmtplib.SMTPServerDisconnected):
            try:
                async with aiosmtplib.SMTP(hostname="127.0.0.1", port=port, timeout=self.patience) as client:
                    await client.sendmail(SENDER, ["hr@balie.example"], mail(number, self.text))
            except aiosmtplib.SMTPResponseException as refused:
                self.replies.append(refused.code)
                return False
            except aiosmtplib.SMTPRecipientsRefused as refused:
                self.replies += [recipient.code for recipient in refused.recipients]
                return False
            except aiosmtplib.SMTPException:
                return False
            self.taken.add(number)
        return number in self.taken

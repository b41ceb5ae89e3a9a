"""Keeps connections to the relay for the next mail, so that a busy hour does not begin each mail with a greeting."""

import asyncio
from collections.abc import Callable
from contextlib import suppress

import aiosmtplib
from aiosmtplib.errors import SMTPException

IDLE_SECONDS = 15.0  # well below the five minutes that a server has to wait (RFC 5321, 4.5.3.2.7)
MOST_MAILS = 100
CHECK_SECONDS = 5.0
GOODBYE_SECONDS = 2.0


class RelayPool:
    """Connections that are open and do nothing; as many as there were mails on their way at once."""

    def __init__(self, new: Callable[[], aiosmtplib.SMTP]) -> None:
        self._new = new
        self._idle: list[aiosmtplib.SMTP] = []
        self._mails: dict[aiosmtplib.SMTP, int] = {}
        self._timers: dict[aiosmtplib.SMTP, asyncio.TimerHandle] = {}

    async def take(self) -> aiosmtplib.SMTP:
        """Return a connection on which a mail can begin: one that just answered RSET, or else a new one.

        A kept connection that died is noticed here, before anything of the mail went out, so that it decides nothing
        about that mail. Raises what `aiosmtplib` raises where no connection can be made.
        """
        while self._idle:
            relay = self._idle.pop()
            self._timers.pop(relay).cancel()
            if self._mails[relay] >= MOST_MAILS:
                await self._part(relay)
            elif await self._answers(relay):
                return relay
            else:
                self.drop(relay)
        relay = self._new()
        try:
            await relay.connect()
        except BaseException:
            relay.close()
            raise
        self._mails[relay] = 0
        return relay

    async def _answers(self, relay: aiosmtplib.SMTP) -> bool:
        try:
            await relay.rset(timeout=CHECK_SECONDS)
        except (SMTPException, OSError):
            return False
        except BaseException:
            self.drop(relay)
            raise
        return True

    def give_back(self, relay: aiosmtplib.SMTP) -> None:
        """Keep a connection on which the last mail came to a clear end.

        Nothing is awaited here: a mail that left must not be waiting for its connection.
        """
        self._mails[relay] += 1
        self._idle.append(relay)
        self._timers[relay] = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._expire, relay)

    def drop(self, relay: aiosmtplib.SMTP) -> None:
        """Close a connection without a word: nobody knows what it would answer."""
        self._mails.pop(relay, None)
        relay.close()

    def _expire(self, relay: aiosmtplib.SMTP) -> None:
        self._idle.remove(relay)
        del self._timers[relay]
        self.drop(relay)

    async def close(self) -> None:
        """Let every idle connection go; the pool can be used again afterwards."""
        while self._idle:
            relay = self._idle.pop()
            self._timers.pop(relay).cancel()
            await self._part(relay)

    async def _part(self, relay: aiosmtplib.SMTP) -> None:
        """Say goodbye; its mails have their outcome, so nothing that goes wrong here matters."""
        try:
            with suppress(SMTPException, OSError):
                await relay.quit(timeout=GOODBYE_SECONDS)
        finally:
            self.drop(relay)

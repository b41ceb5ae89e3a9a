"""Reads mails one after another, and lets one that takes long to read delay no other."""

import asyncio
from contextlib import ExitStack
from typing import Self

from mail_gateway.errors import ReaderEnded
from mail_gateway.inbound.parsing_process import ParsingProcess
from mail_gateway.models import ParsedMail

PATIENCE_SECONDS = 0.05
"""How long mails wait behind one that is read; hardly one takes a tenth of it."""
READ_TWICE_BYTES = 1024 * 1024
"""A larger mail is not kept in memory for a second reading."""


class ParsingPool:
    """A few parsing processes, of which one reads; another begins beside it once a mail takes long.

    One keeps ahead of the desk. Two that take turns fill the processor's caches each with its own, and take a third
    more of its time for a small mail.
    """

    def __init__(self, processes: int = 2) -> None:
        self._all = [ParsingProcess() for _ in range(processes)]
        self._free: asyncio.LifoQueue[ParsingProcess] = asyncio.LifoQueue()
        for process in reversed(self._all):
            self._free.put_nowait(process)
        self._turn = asyncio.Semaphore(1)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.close()

    async def parse(self, raw: bytes) -> ParsedMail:
        """Return the parsed mail. Raises `MailUnreadable` when it goes over the bounds of its process.

        A small mail whose process ended is read once more, as somebody else may have ended it.
        """
        again = raw if len(raw) <= READ_TWICE_BYTES else None
        reading = self._parse_in_turn(raw)
        del raw
        try:
            return await reading
        except ReaderEnded:
            if again is None:
                raise
        return await self._parse_in_turn(again)

    async def _parse_in_turn(self, raw: bytes) -> ParsedMail:
        await self._turn.acquire()
        with ExitStack() as turn:
            turn.callback(self._turn.release)
            process = await self._free.get()
            turn.callback(asyncio.get_running_loop().call_later(PATIENCE_SECONDS, turn.close).cancel)
            reading = process.parse(raw)
            del raw  # the process lets go of it as soon as it can
            try:
                return await reading
            finally:
                self._free.put_nowait(process)

    async def close(self) -> None:
        """End the processes."""
        for process in self._all:
            await process.close()

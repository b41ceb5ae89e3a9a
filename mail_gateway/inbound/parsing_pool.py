"""Reads several mails side by side, so that one that takes long to read delays no other."""

import asyncio
from typing import Self

from mail_gateway.inbound.parsing_process import ParsingProcess
from mail_gateway.models import ParsedMail


class ParsingPool:
    """A few parsing processes; a mail is read by the first one that is free."""

    def __init__(self, processes: int = 2) -> None:
        self._all = [ParsingProcess() for _ in range(processes)]
        self._free: asyncio.LifoQueue[ParsingProcess] = asyncio.LifoQueue()
        for process in reversed(self._all):
            self._free.put_nowait(process)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exception: object) -> None:
        await self.close()

    async def parse(self, raw: bytes) -> ParsedMail:
        """Return the parsed mail. Raises `MailUnreadable` when it goes over the bounds of its process."""
        process = await self._free.get()
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

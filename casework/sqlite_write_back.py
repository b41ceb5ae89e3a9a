"""Brings what lies in SQLite's log back into its file on a connection of its own, so that no commit waits for it.

A commit that has to do it itself takes fifty times as long as the others, and all mail behind it waits.
"""

import asyncio
import logging
import sqlite3
from collections.abc import Awaitable, Callable
from contextlib import AbstractAsyncContextManager

from casework.sqlite_connection import DirectConnection

log = logging.getLogger(__name__)

ENOUGH_BYTES = 16 * 1024 * 1024
BYTES_OF_A_TRANSACTION = 40 * 1024  # ten pages: a few rows with their indexes
WRITE_BACK = "PRAGMA wal_checkpoint(PASSIVE)"


class WriteBack:
    """Writes back when enough was committed: at most once at a time, and while others go on writing."""

    def __init__(
        self, connect: Callable[[], Awaitable[DirectConnection]], turn: Callable[[], AbstractAsyncContextManager[None]]
    ) -> None:
        """Take what opens a connection, and what waits for one's turn to write."""
        self._connect = connect
        self._turn = turn
        self._waiting_bytes = 0
        self._task: asyncio.Task[None] | None = None

    def note(self, content_bytes: int = 0) -> None:
        """Count a transaction that was committed, with so much content beside its rows."""
        self._waiting_bytes += BYTES_OF_A_TRANSACTION + content_bytes
        if self._waiting_bytes >= ENOUGH_BYTES and self._task is None:
            self._waiting_bytes = 0
            self._task = asyncio.create_task(self._write_back())

    async def close(self) -> None:
        """Return once nothing is being written back."""
        while self._task is not None:
            await asyncio.wait({self._task})

    async def _write_back(self) -> None:
        """Write back while others write, then the little that they wrote meanwhile: with all back, the log begins anew.

        What is not written back now stays in the log, where it is safe, and goes back the next time.
        """
        try:
            connection = await self._connect()
            try:
                await connection.run(WRITE_BACK)
                async with self._turn():
                    await connection.run(WRITE_BACK)
            finally:
                await connection.close()
        except (sqlite3.Error, TimeoutError) as error:
            log.warning("the database's log waits to be written back: %s", type(error).__name__)
        finally:
            self._task = None

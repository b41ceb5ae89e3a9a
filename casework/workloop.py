"""The rhythm of the workers: work while there is work, then sleep until something was committed."""

import asyncio
import logging
from collections.abc import Awaitable, Callable

from casework.db import Database

log = logging.getLogger(__name__)


async def work_until(
    stop: asyncio.Event, database: Database, poll_seconds: float, step: Callable[[], Awaitable[bool]]
) -> None:
    """Call `step` until `stop` is set; when it answers that there was nothing to do, wait for a commit or the poll.

    This is the outermost loop of a worker: a failure is logged, and the worker goes on after the poll interval.
    """
    while not stop.is_set():
        # The waiting begins beside the looking, so that a commit in between is not missed.
        pause = asyncio.create_task(_pause(stop, database, poll_seconds))
        try:
            if not await step():
                await pause
        except Exception:
            log.exception("a worker failed and goes on")
            await asyncio.sleep(poll_seconds)
        finally:
            pause.cancel()


async def _pause(stop: asyncio.Event, database: Database, seconds: float) -> None:
    waits = [asyncio.create_task(stop.wait()), asyncio.create_task(database.committed.wait(seconds))]
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()

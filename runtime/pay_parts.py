"""Does the parts of pay runs that any process of a PostgreSQL began: in each `balie serve` and `balie payroll work`."""

import asyncio

import structlog

from casework.clock import Clock
from casework.db import Database
from payroll.engine.parameters import ParameterSet
from payroll.runs import fan_out
from payroll.runs.service import do_part

log = structlog.get_logger()


async def work(database: Database, clock: Clock, law: ParameterSet, *, until_idle: bool = False) -> None:
    """Do parts until the task is cancelled or, with `until_idle`, as long as there are any."""

    async def do(run_id: int, part: int) -> None:
        await do_part(database, clock, law, run_id, part)
        log.info("pay_run_part_done", run=run_id, part=part)

    await fan_out.work(database.url, do, until_idle=until_idle)


async def work_until(database: Database, clock: Clock, law: ParameterSet, stop: asyncio.Event) -> None:
    """Do parts until the desk ends; one that is cut off is done by whoever goes on with its run."""
    working, ending = asyncio.ensure_future(work(database, clock, law)), asyncio.ensure_future(stop.wait())
    try:
        await asyncio.wait((working, ending), return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            working.result()
    finally:
        working.cancel()
        ending.cancel()
        await asyncio.gather(working, ending, return_exceptions=True)

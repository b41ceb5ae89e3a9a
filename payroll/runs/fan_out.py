"""Hands the parts of a run to workers of other processes, in the run's own transaction; no other module knows how.

A job says that a part may be done, never that it must: the part's own row decides, so a job that comes twice, late
or never changes nothing. One that died with its worker is thrown away: who goes on with the run does the part.
"""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TYPE_CHECKING

import structlog
from sqlalchemy import make_url
from sqlalchemy.ext.asyncio import AsyncSession

if TYPE_CHECKING:
    from procrastinate import App
    from procrastinate.types import JSONValue

log = structlog.get_logger()

QUEUE = "pay_run_parts"
TASK = "do_part"
SWEEP_SECONDS = 60.0

DoPart = Callable[[int, int], Awaitable[None]]


async def defer(session: AsyncSession, run_id: int, parts: Sequence[int]) -> None:
    """Offer the parts of a run to every worker, from the moment at which this transaction is committed."""
    if not parts:
        return
    driver = (await (await session.connection()).get_raw_connection()).driver_connection
    deferring = _app(None).configure_task(TASK, queue=QUEUE, connection=driver)
    jobs: list[dict[str, JSONValue]] = [{"run_id": run_id, "part": part} for part in parts]
    await deferring.batch_defer_async(*jobs)


async def work(database_url: str, do_part: DoPart, *, until_idle: bool = False) -> None:
    """Do parts that were offered, until the task is cancelled or, with `until_idle`, as long as there are any."""
    app = _app(database_url)

    @app.task(name=TASK, queue=QUEUE)
    async def _do(run_id: int, part: int) -> None:
        await do_part(run_id, part)

    async with app.open_async():
        sweeping = asyncio.ensure_future(_sweep(app))
        try:
            await app.run_worker_async(
                queues=[QUEUE], wait=not until_idle, install_signal_handlers=False, delete_jobs="successful"
            )
        finally:
            sweeping.cancel()
            await asyncio.gather(sweeping, return_exceptions=True)


async def _sweep(app: "App") -> None:
    """Throw away the jobs of workers that died, again and again."""
    from procrastinate.exceptions import ConnectorException  # noqa: PLC0415 -- optional dependency
    from procrastinate.jobs import Status  # noqa: PLC0415 -- optional dependency

    while True:
        try:
            for job in await app.job_manager.get_stalled_jobs(queue=QUEUE):
                if job.id is not None:
                    await app.job_manager.finish_job_by_id_async(job.id, Status.ABORTED, delete_job=True)
        except ConnectorException:  # the database is away, or another worker threw the job away first
            log.warning("stalled_parts_not_swept")
        await asyncio.sleep(SWEEP_SECONDS)


def _app(database_url: str | None) -> "App":
    from procrastinate import App, PsycopgConnector  # noqa: PLC0415 -- optional dependency

    if database_url is None:
        return App(connector=PsycopgConnector())
    plain = make_url(database_url).set(drivername="postgresql").render_as_string(hide_password=False)
    return App(connector=PsycopgConnector(conninfo=plain))

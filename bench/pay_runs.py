"""A month of pay from facts to files: read, calculated, stored, approved, paid; payslips; the daily recalculation.

Each database is measured in a process of its own, so that its peak of memory is its own. `BALIE_BENCH_PEOPLE` says
how many people; some thousands by default.
"""

import asyncio
import os
import resource
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from sqlalchemy import select, update

from bench import report
from bench.processes import ROOT, worker
from casework.clock import SettableClock
from casework.db import Base, Database
from casework.people.models import Actor
from payroll import paying
from payroll.engine import parameters
from payroll.engine.periods import PayMonth
from payroll.payments import files
from payroll.payslips import document
from payroll.payslips.models import PaySlip
from payroll.payslips.slip import Slip
from payroll.runs import store
from payroll.runs.models import PayRun, RunState
from payroll.runs.schedule import calculate_open_months
from payroll.runs.service import Order, carry_out
from payroll.settings import PayrollSettings
from runtime import tables

PEOPLE = int(os.environ.get("BALIE_BENCH_PEOPLE", "5000"))
WHOLE = 100_000
SLIPS = 40
OPEN_MONTHS = 12
LAW = parameters.packaged()
SETTINGS = PayrollSettings()
OFFICER, PAYER = Actor(1, "Ada Bakker"), Actor(2, "Omar Diallo")


def measure() -> None:
    """Print what a month of pay takes on each database, and what it would take for a ministry at this pace."""
    report.heading(f"a month of pay of {PEOPLE:,} people, seconds")
    with tempfile.TemporaryDirectory() as folder:
        _print("SQLite", f"sqlite+aiosqlite:///{Path(folder) / 'pay.db'}")
    with _postgres() as url:
        if url:
            _print("PostgreSQL", url)
        else:
            report.skipped("PostgreSQL", "no server to start")


def _print(name: str, url: str) -> None:
    with worker("bench.pay_runs", url, str(PEOPLE)) as process:
        while (line := process.answer()) != "end":
            print(f"  {name}: {line}", flush=True)


@contextmanager
def _postgres() -> Generator[str | None]:
    sys.path.insert(0, str(ROOT / "tests"))
    import postgres  # noqa: PLC0415 -- it lives with the tests

    try:
        with postgres.server() as running, postgres.fresh_database(running.url) as url:
            yield url.replace("postgresql://", "postgresql+psycopg://")
    except FileNotFoundError:
        yield None


@asynccontextmanager
async def _timed(name: str, people: int) -> AsyncGenerator[None]:
    began, worked = time.perf_counter(), time.process_time()
    yield
    seconds, cpu = time.perf_counter() - began, time.process_time() - worked
    print(f"{name:<50} {seconds:8.2f} s {people / seconds:>9,.0f}/s  CPU {cpu:7.2f} s", flush=True)


async def work(url: str, people: int) -> None:
    """Take the measures in this process."""
    sys.path.insert(0, str(ROOT / "tests"))
    import pay_run_process  # noqa: PLC0415 -- it lives with the tests

    tables.load()
    database, clock = Database(url), SettableClock(datetime(2026, 9, 22, 8, tzinfo=UTC))
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await pay_run_process.fill(database, people)
    began, worked = time.perf_counter(), time.process_time()
    async with _timed("read, calculated and stored", people):
        run_id = await carry_out(database, clock, LAW, SETTINGS, Order(PayMonth(2026, 9)))
    async with _timed("looked at and approved", people):
        await paying.approve(database, clock, run_id, OFFICER, "system")
    async with _timed("paid: payments, slips, files, reconciled", people):
        await paying.pay(database, clock, run_id, PAYER, "system")
    whole, cpu = (time.perf_counter() - began) * WHOLE / people, (time.process_time() - worked) * WHOLE / people
    print(f"the whole month, for {WHOLE:,} people: {whole:,.0f} s, CPU {cpu:,.0f} s", flush=True)
    await _file(database, run_id, people)
    await _slips(database)
    await _daily(database, clock, people)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory: {peak:,.0f} MB", flush=True)
    print("end", flush=True)
    await database.close()


async def _file(database: Database, run_id: int, people: int) -> None:
    async with database.reading() as session:
        run = await store.run(session, run_id)
        async with _timed("the payment file alone, checked by its schema", people):
            await files.of_run(session, run)


async def _slips(database: Database) -> None:
    async with database.reading() as session:
        kept = (await session.execute(select(PaySlip).limit(SLIPS))).scalars().all()
    async with _timed(f"{len(kept)} payslips as PDF", len(kept)):
        for one in kept:
            document.pdf(Slip.of(one.content), "nl", one.issued_at)


async def _daily(database: Database, clock: SettableClock, people: int) -> None:
    """Make twelve months late, as after a change that touches everybody, and calculate them again."""
    late: list[Any] = [
        PayRun(period=str(PayMonth(year, month)), number=9, known_at=clock.now() - timedelta(days=60), parameters="",
               people_per_part=1, state=RunState.CLOSED)
        for year, month in [(2025, 10), (2025, 11), (2025, 12), *[(2026, one) for one in range(1, 9)]]
    ]  # fmt: skip
    async with database.transaction() as session:
        session.add_all(late)
        await session.execute(update(PayRun).where(PayRun.number == 9).values(finished_at=clock.now()))
    async with _timed(f"daily recalculation of {OPEN_MONTHS} months", people * OPEN_MONTHS):
        await calculate_open_months(database, clock, LAW, SETTINGS)


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], int(sys.argv[2])))

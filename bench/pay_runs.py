"""A month of pay from facts to files: read, calculated, stored, approved, paid; payslips; the daily recalculation.

Each database is measured in a process of its own, so that its peak of memory is its own; the CPU of that process,
user and system, stands beside the time, and that of PostgreSQL beside it. `BALIE_BENCH_PEOPLE` says how many people:
100,000 take some six minutes on a machine with nothing else to do, the 5,000 of every day half a minute.
"""

import asyncio
import os
import resource
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Generator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any, NamedTuple

import psutil
from sqlalchemy import select, text, update

from bench import report
from bench.processes import ROOT, Server, worker
from casework.clock import SettableClock
from casework.db import Base, Database
from casework.people.models import Actor
from payroll import paying
from payroll.engine import parameters
from payroll.engine.periods import PayMonth
from payroll.facts import service as facts
from payroll.facts.models import FactKind, FactSource
from payroll.facts.service import Origin
from payroll.facts.timeline import FOREVER, Span
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
DAILY = 80_000
SLIPS = 100
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


class Reading(NamedTuple):
    """The clock, the CPU of this process and that of the database server, in seconds."""

    seconds: float
    cpu: float
    served: float


class Stopwatch:
    """Times steps by the clock and by the CPU of this process and of the database server, if there is one."""

    def __init__(self, server: Server | None) -> None:
        self._server = server

    @classmethod
    async def of(cls, database: Database) -> "Stopwatch":
        """Return the stopwatch of a database."""
        if database.is_sqlite:
            return cls(None)
        async with database.reading() as session:
            backend = (await session.execute(text("SELECT pg_backend_pid()"))).scalar_one()
        return cls(Server(0, psutil.Process(backend).ppid()))

    def _read(self) -> Reading:
        served = self._server.cpu_seconds() if self._server is not None else 0.0
        return Reading(time.perf_counter(), time.process_time(), served)

    @asynccontextmanager
    async def step(self, name: str, count: int, whole: int | None = None) -> AsyncGenerator[None]:
        """Print what a step took, and what a `whole` number of the same would take at its pace."""
        began = self._read()
        yield
        took = Reading(*(after - before for after, before in zip(self._read(), began, strict=True)))
        print(f"{name:<52} {took.seconds:8.2f} s {count / took.seconds:>9,.0f}/s  {self._cpu(took)}", flush=True)
        if whole is not None and whole != count:
            much = Reading(*(each * whole / count for each in took))
            print(f"{f'  at this pace {whole:,}':<52} {much.seconds:8.2f} s {'':>11}  {self._cpu(much)}", flush=True)

    def _cpu(self, took: Reading) -> str:
        served = f", of the server {took.served:.2f} s" if self._server is not None else ""
        return f"CPU {took.cpu:7.2f} s{served}"


async def work(url: str, people: int) -> None:
    """Take the measures in this process."""
    sys.path.insert(0, str(ROOT / "tests"))
    import pay_run_process  # noqa: PLC0415 -- it lives with the tests

    tables.load()
    database, clock = Database(url), SettableClock(datetime(2026, 9, 22, 8, tzinfo=UTC))
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await pay_run_process.fill(database, people)
    watch = await Stopwatch.of(database)
    async with watch.step("the whole month, without PDFs; aim: 60 s", people, WHOLE):
        async with watch.step("- read, calculated and stored", people):
            run_id = await carry_out(database, clock, LAW, SETTINGS, Order(PayMonth(2026, 9)))
        async with watch.step("- looked at and approved", people):
            await paying.approve(database, clock, run_id, OFFICER, "system")
        async with watch.step("- paid: payments, slips, files, reconciled", people):
            await paying.pay(database, clock, run_id, PAYER, "system")
    async with database.reading() as session:
        run = await store.run(session, run_id)
        async with watch.step("the payment file alone, checked by its schema", people, WHOLE):
            await files.of_run(session, run)
    await _slips(database, watch)
    await _daily(database, clock, people, watch)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"peak memory; aim: 1,500 MB: {peak:,.0f} MB", flush=True)
    print("end", flush=True)
    await database.close()


async def _slips(database: Database, watch: Stopwatch) -> None:
    async with database.reading() as session:
        kept = (await session.execute(select(PaySlip).limit(SLIPS))).scalars().all()
    document.pdf(Slip.of(kept[0].content), "nl", kept[0].issued_at)  # the first one sets typst up
    async with watch.step(f"{len(kept)} payslips as PDF", len(kept)):
        for one in kept:
            document.pdf(Slip.of(one.content), "nl", one.issued_at)


async def _daily(database: Database, clock: SettableClock, people: int, watch: Stopwatch) -> None:
    """Make twelve months late, calculate them, then again with nothing new, then after one more fact about one person.

    The first time is what a change of the law brings, the second a usual night, the third a usual day.
    """
    late: list[Any] = [
        PayRun(period=str(PayMonth(year, month)), number=9, known_at=clock.now() - timedelta(days=60), parameters="",
               people_per_part=1, state=RunState.CLOSED)
        for year, month in [(2025, 10), (2025, 11), (2025, 12), *[(2026, one) for one in range(1, 9)]]
    ]  # fmt: skip
    async with database.transaction() as session:
        session.add_all(late)
        await session.execute(update(PayRun).where(PayRun.number == 9).values(finished_at=clock.now()))
    months = people * OPEN_MONTHS
    async with watch.step(f"daily recalculation of {OPEN_MONTHS} months, all new", months, DAILY * OPEN_MONTHS):
        await calculate_open_months(database, clock, LAW, SETTINGS)
    clock.advance(SETTINGS.calculation_every)
    async with watch.step("- again, nothing new", months, DAILY * OPEN_MONTHS):
        await calculate_open_months(database, clock, LAW, SETTINGS)
    await _learn(database, clock)
    clock.advance(SETTINGS.calculation_every)
    async with watch.step("- again, something new about one person", months):
        await calculate_open_months(database, clock, LAW, SETTINGS)


async def _learn(database: Database, clock: SettableClock) -> None:
    """Have something become known about one person, in all of the months."""
    async with database.transaction() as session:
        origin = Origin(FactSource.OFFICER, "bench", "one more child")
        span = Span(date(2025, 1, 1), FOREVER, {"children": 4})
        facts.record(session, 1, FactKind.HOUSEHOLD, [span], origin, await facts.next_moment(session, clock))


if __name__ == "__main__":
    asyncio.run(work(sys.argv[1], int(sys.argv[2])))

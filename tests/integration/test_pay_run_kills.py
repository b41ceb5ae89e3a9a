"""A run that is killed again and again, or shared by workers, in any surroundings, comes out the same to the byte."""

import asyncio
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import pay_run_process
import pytest
from sqlalchemy import text

from casework.db import Base, Database
from payroll.runs import fan_out
from runtime import pay_parts, schema, tables

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tests" / "pay_run_process.py"


def start(url: str, *what: str, **environment: str) -> "subprocess.Popen[str]":
    """Start a process, and return when it begins to work."""
    surroundings = {**os.environ, "PYTHONPATH": str(ROOT), **environment}
    process = subprocess.Popen(
        [sys.executable, str(SCRIPT), url, *what], env=surroundings, text=True,
        stdout=subprocess.PIPE, stderr=subprocess.PIPE,
    )  # fmt: skip
    assert process.stdout is not None
    process.stdout.readline()
    return process


def said(process: "subprocess.Popen[str]") -> str:
    out, err = process.communicate(timeout=900)
    assert process.returncode == 0, err
    return out.strip().splitlines()[-1]


def sqlite(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


async def filled(file: Path, count: int) -> Path:
    tables.load()
    database = Database(sqlite(file))
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await pay_run_process.fill(database, count)
    await database.close()
    return file


async def made(url: str, part: int = 500) -> str:
    """Run the month in this process and return the digest."""
    database = Database(url)
    await pay_run_process.run(database, part)
    digest = await pay_run_process.digest(database)
    await database.close()
    return digest


def kill_at(url: str, moments: Sequence[float]) -> int:
    """Start the run and kill it so many seconds after it began; return how often it was still at work."""
    killed = 0
    for moment in moments:
        process = start(url, "run", "500")
        time.sleep(moment)
        killed += process.poll() is None
        process.send_signal(signal.SIGKILL)
        process.communicate()
    return killed


async def compare_with_kills(folder: Path, count: int, moments: Sequence[float]) -> int:
    shaken = await filled(folder / "shaken.db", count)
    untouched = Path(shutil.copy(shaken, folder / "untouched.db"))
    expected = await made(sqlite(untouched))
    killed = await asyncio.to_thread(kill_at, sqlite(shaken), moments)
    assert await made(sqlite(shaken)) == expected
    assert expected.split()[:4] == ["1", str(count), str(count), str(count)]
    assert await made(sqlite(shaken)) == expected
    return killed


async def test_a_run_that_is_killed_twice_comes_out_the_same(tmp_path: Path) -> None:
    assert await compare_with_kills(tmp_path, 1500, [0.25, 0.5]) > 0


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_a_run_of_20_000_people_that_is_killed_at_ten_random_points_comes_out_the_same(tmp_path: Path) -> None:
    chance = random.Random(20_000)
    killed = await compare_with_kills(tmp_path, 20_000, [chance.uniform(0.2, 4.0) for _ in range(10)])
    sys.stderr.write(f"killed {killed} of 10 times at work\n")
    assert killed >= 5


SURROUNDINGS = {"PYTHONHASHSEED": "4711", "TZ": "Pacific/Auckland", "LANG": "fr_BE.UTF-8", "LC_ALL": "C"}


async def test_hash_seed_time_zone_locale_and_size_of_parts_change_no_byte(tmp_path: Path) -> None:
    here = await filled(tmp_path / "here.db", 300)
    there = Path(shutil.copy(here, tmp_path / "there.db"))
    expected = await made(sqlite(here), 500)
    assert said(start(sqlite(there), "run", "7", **SURROUNDINGS)) == expected


@pytest.fixture
def workers() -> Iterator[list["subprocess.Popen[str]"]]:
    started: list[subprocess.Popen[str]] = []
    yield started
    for process in started:
        process.kill()
        process.communicate()


@pytest.mark.postgres
@pytest.mark.parametrize("count", [1, pytest.param(4, marks=pytest.mark.soak)])
async def test_workers_on_postgresql_make_the_same_bytes_as_one_process_on_sqlite(
    postgres_url: str, tmp_path: Path, workers: list["subprocess.Popen[str]"], count: int
) -> None:
    alone = await made(sqlite(await filled(tmp_path / "alone.db", 400)), 50)
    url = postgres_url.replace("postgresql://", "postgresql+psycopg://")
    database = Database(url)
    await schema.upgrade(database)
    await pay_run_process.fill(database, 400)
    workers += [start(url, "work") for _ in range(count)]
    await pay_run_process.run(database, 50, with_workers=True)
    shared = await pay_run_process.digest(database)
    await database.close()
    assert shared == alone


@pytest.mark.postgres
async def test_a_served_desk_does_parts_of_runs_that_others_began_and_ends_when_told(postgres_url: str) -> None:
    url = postgres_url.replace("postgresql://", "postgresql+psycopg://")
    database = Database(url)
    await schema.upgrade(database)
    await pay_run_process.fill(database, 40)
    stop = asyncio.Event()
    serving = asyncio.create_task(pay_parts.work_until(database, pay_run_process.CLOCK, pay_run_process.LAW, stop))
    await pay_run_process.run(database, 10, with_workers=True)

    async with asyncio.timeout(20):
        while await _offered(database):  # noqa: ASYNC110 -- another process may take them: the table tells
            await asyncio.sleep(0.1)
        stop.set()
        await serving
    counted = await pay_run_process.digest(database)
    await database.close()
    assert counted.split()[:4] == ["1", "40", "40", "40"]


@pytest.mark.postgres
async def test_a_part_whose_worker_died_is_swept_away_and_one_at_work_is_left(postgres_url: str) -> None:
    url = postgres_url.replace("postgresql://", "postgresql+psycopg://")
    database = Database(url)
    await schema.upgrade(database)
    async with database.transaction() as session:
        await session.execute(text(
            "INSERT INTO procrastinate_workers (id, last_heartbeat) OVERRIDING SYSTEM VALUE"
            " VALUES (1001, now() - interval '1 hour'), (1002, now())"
        ))  # fmt: skip
        await session.execute(text(
            "INSERT INTO procrastinate_jobs (queue_name, task_name, args, status, worker_id)"
            f" SELECT '{fan_out.QUEUE}', '{fan_out.TASK}', '{{}}', 'doing', id FROM procrastinate_workers"
        ))  # fmt: skip
    done: list[int] = []

    async def do_part(_run_id: int, part: int) -> None:
        done.append(part)

    working = asyncio.create_task(fan_out.work(url, do_part))
    async with asyncio.timeout(20):
        while await _offered(database) > 1:  # noqa: ASYNC110 -- the sweep says nothing: the table tells
            await asyncio.sleep(0.1)
    working.cancel()
    await asyncio.gather(working, return_exceptions=True)

    async with database.reading() as session:
        left = (await session.execute(text("SELECT worker_id FROM procrastinate_jobs"))).scalars().all()
    await database.close()
    assert (left, done) == ([1002], [])


async def _offered(database: Database) -> int:
    async with database.reading() as session:
        return int((await session.execute(text("SELECT count(*) FROM procrastinate_jobs"))).scalar_one())

"""The power is cut again and again while a month is run, approved and paid: the run goes on to the same bytes."""

import contextlib
import os
import random
import shutil
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pay_run_process
import power_cut
import pytest
from pay_run_process import HALT
from power_cut import Disk

from casework.db import Base, Database
from payroll.runs.models import RunState
from runtime import tables

ROOT = Path(__file__).parents[2]
SCRIPT = ROOT / "tests" / "pay_run_process.py"
STATES = list(RunState)
BEGINS = "begins"
PART = 50


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Disk]:
    with contextlib.ExitStack() as standing:
        try:
            made = standing.enter_context(power_cut.disk(tmp_path, 192))
        except power_cut.NoDisk as error:
            pytest.skip(str(error))
        yield made


def url(file: Path) -> str:
    return f"sqlite+aiosqlite:///{file}"


async def filled(file: Path, count: int) -> Path:
    tables.load()
    database = Database(url(file))
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    await pay_run_process.fill(database, count)
    await database.close()
    return file


def run_until_cut(disk: Disk, file: Path, mark: str, seconds: float) -> list[str]:
    """Take the run on, and cut the power so long after it said something; return the states that it had said."""
    with subprocess.Popen(
        [sys.executable, str(SCRIPT), url(file), "run", str(PART), "halting"],
        env={**os.environ, "PYTHONPATH": str(ROOT)}, text=True, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
    ) as process:  # fmt: skip
        assert process.stdout is not None
        said = []
        for line in process.stdout:
            said.append(line.strip())
            if said[-1] == mark:
                break
        time.sleep(seconds)
        disk.cut()
        process.kill()
        said += process.stdout.read().split("\n")
    disk.power_up()
    return [one for one in said if one in STATES]


def stands_at(file: Path) -> str | None:
    """Return where the run stands in what survived, which has to be sound."""
    with contextlib.closing(sqlite3.connect(file)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        row = opened.execute("SELECT state FROM pay_runs").fetchone()
        doubled = "SELECT count(*) FROM (SELECT 1 FROM pay_results GROUP BY person_id HAVING count(*) > 1)"
        assert opened.execute(doubled).fetchone() == (0,)
    return row and str(row[0])


async def cut_again_and_again(disk: Disk, folder: Path, count: int, cuts: list[tuple[str, float]]) -> list[str]:
    """Cut a run at each of these points, then let it end; return where it stood after each cut."""
    whole = await filled(folder / "whole.db", count)
    file = Path(shutil.copy(whole, disk.folder / "balie.db"))
    os.sync()
    database = Database(url(whole))
    await pay_run_process.run(database, PART)
    expected = await pay_run_process.digest(database)
    await database.close()
    stood = []
    for mark, seconds in cuts:
        said = run_until_cut(disk, file, mark, seconds)
        stood.append(stands_at(file) or "")
        if said:
            assert STATES.index(RunState(stood[-1])) >= STATES.index(RunState(said[-1]))
    database = Database(url(file))
    await pay_run_process.run(database, PART)
    assert await pay_run_process.digest(database) == expected
    await database.close()
    assert expected.split()[:4] == ["1", str(count), str(count), str(count)]
    return stood


async def test_a_run_whose_power_is_cut_at_each_step_keeps_what_it_said_and_comes_out_the_same(
    disk: Disk, tmp_path: Path
) -> None:
    cuts = [(BEGINS, 0.4), ("calculated", 0), ("approved", HALT + 0.1), ("paid", 0)]

    stood = await cut_again_and_again(disk, tmp_path, 400, cuts)

    assert stood[1] == "calculated"
    assert stood[-1] == "paid"


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_a_run_whose_power_is_cut_at_twenty_random_points_comes_out_the_same(disk: Disk, tmp_path: Path) -> None:
    chance = random.Random(230)

    def points(mark: str, longest: float, count: int) -> list[tuple[str, float]]:
        return [(mark, chance.uniform(0, longest)) for _ in range(count)]

    cuts = [*points(BEGINS, 1.5, 8), *points("calculated", 0.8, 4), *points("approved", 1.5, 7), ("paid", 0.0)]

    stood = await cut_again_and_again(disk, tmp_path, 3000, cuts)

    sys.stderr.write(f"stood after each cut: {stood}\n")
    assert stood[-1] == "paid"


def test_a_cut_costs_what_was_not_synced_and_nothing_else(disk: Disk) -> None:
    """The control: a disk that loses nothing would prove nothing."""
    for name in ("synced", "left"):
        with (disk.folder / name).open("wb") as file:
            file.write(b"x" * 10_000)
            file.flush()
            if name == "synced":
                os.fsync(file.fileno())

    disk.cut()
    disk.power_up()

    kept = {path.name: path.stat().st_size for path in disk.folder.iterdir() if path.is_file()}
    assert kept.get("synced") == 10_000
    assert kept.get("left", 0) == 0

import asyncio
import hashlib
import os
import random
import re
import shutil
import signal
import sqlite3
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from mailroom import greeted, letter, wire
from ports import free_port

from mail_gateway import replies

ROOT = Path(__file__).parents[2]
SERVER = ROOT / "tests" / "durable_server.py"
FINISHED_SYNC = re.compile(r"(?:fsync|fdatasync)\(\d+\)\s+= 0|<\.\.\. (?:fsync|fdatasync) resumed>\)\s+= 0")


@pytest.fixture
async def started() -> AsyncIterator[list[asyncio.subprocess.Process]]:
    """Every process that a test started; none of them outlives it."""
    processes: list[asyncio.subprocess.Process] = []
    yield processes
    for process in processes:
        if process.returncode is None:
            await kill(process)


async def start(
    started: list[asyncio.subprocess.Process], file: Path, port: int, *before: str
) -> asyncio.subprocess.Process:
    process = await asyncio.create_subprocess_exec(
        *before, sys.executable, str(SERVER), str(file), str(port), stdout=asyncio.subprocess.PIPE, cwd=ROOT,
        env={**os.environ, "PYTHONPATH": str(ROOT)}, start_new_session=True,
    )  # fmt: skip
    started.append(process)
    assert process.stdout is not None
    assert await asyncio.wait_for(process.stdout.readline(), 30) == b"listening\n"
    return process


async def kill(process: asyncio.subprocess.Process) -> None:
    os.killpg(process.pid, signal.SIGKILL)
    await process.communicate()


def numbered(number: int) -> bytes:
    return wire(letter("an.peeters@health.example", f"Question {number}", message_id=f"{number}@health.example"))


async def until_kept(port: int, number: int) -> None:
    """Send a mail as a mail server does: again and again, until somebody says 250."""
    while True:
        try:
            async with greeted(port) as client:
                if await client.send(numbered(number)) == replies.KEPT:
                    return
        except (OSError, AssertionError, TimeoutError):
            await asyncio.sleep(0.05)


@pytest.mark.timeout(120)
async def test_mail_that_got_250_is_there_exactly_once_after_kills(
    started: list[asyncio.subprocess.Process], tmp_path: Path
):
    file, port, count = tmp_path / "balie.db", free_port(), 150
    process = await start(started, file, port)
    places = asyncio.Semaphore(10)

    async def send(number: int) -> None:
        async with places:
            await until_kept(port, number)

    sending = asyncio.gather(*(send(number) for number in range(count)))
    for _ in range(3):
        await asyncio.sleep(random.uniform(0.05, 0.3))
        await kill(process)
        process = await start(started, file, port)
    await sending
    await kill(process)

    with sqlite3.connect(file) as database:
        rows = database.execute(
            "SELECT message_id, sha256, raw FROM received_mails JOIN mail_contents ON mail_id = received_mails.id"
        ).fetchall()
        assert database.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
    database.close()
    expected = {f"{number}@health.example": hashlib.sha256(numbered(number)).hexdigest() for number in range(count)}
    assert len(rows) == count
    assert {message_id: sha256 for message_id, sha256, _ in rows} == expected
    assert all(hashlib.sha256(raw).hexdigest() == sha256 for _, sha256, raw in rows)


@pytest.mark.timeout(120)
async def test_finished_sync_lies_before_each_250(started: list[asyncio.subprocess.Process], tmp_path: Path):
    if shutil.which("strace") is None:
        pytest.skip("needs strace")
    trace, port = tmp_path / "trace", free_port()
    tracing = ("strace", "-f", "-qq", "-s", "64", "-e", "trace=fsync,fdatasync,sendto,write,writev", "-o", str(trace))
    process = await start(started, tmp_path / "balie.db", port, *tracing)

    async with greeted(port) as client:
        for number in range(10):
            assert await client.send(numbered(number)) == replies.KEPT
    await kill(process)
    synced, kept = False, 0
    for line in trace.read_text(errors="replace").splitlines():
        if replies.SEND_DATA[:8] in line:
            synced = False
        elif FINISHED_SYNC.search(line):
            synced = True
        elif replies.KEPT in line:
            assert synced, f"mail {kept} got 250 before it was on the disk"
            kept += 1
    assert kept == 10

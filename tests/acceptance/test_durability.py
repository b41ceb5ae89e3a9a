"""What was answered with 250 is there exactly once, whatever happened to the service afterwards."""

import asyncio
import contextlib
import random
import re
import shutil
import signal
import sqlite3
import subprocess
from collections import Counter
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
from load import Load
from served_desk import Postbox, Service, prepare


def _subjects(total: int) -> list[str]:
    return sorted(f"Request {number}" for number in range(total))


async def _everything_worked_off(service: Service, total: int) -> tuple[list[Any], list[Any]]:
    """Wait until every mail became a case, and return the cases and the mails that were told."""
    mails = await service.json_until(
        lambda rows: len(rows) == total and all(row["state"] == "processed" for row in rows),
        "mail", "list", seconds=90,
    )  # fmt: skip
    assert len({row["message_id"] for row in mails}) == total
    return await asyncio.to_thread(service.json, "case", "list"), await asyncio.to_thread(
        service.json, "outbox", "list"
    )


async def _kill_while_mails_arrive(service: Service, *, mails: int, kills: int) -> None:
    chance = random.Random(20260915)
    load = Load((service.smtp_port,), mails)
    sending = asyncio.create_task(load.run())
    for _ in range(kills):
        await asyncio.sleep(chance.uniform(0.1, 0.9))
        await service.stop(signal.SIGKILL)
        await service.start()
    await sending

    cases, told = await _everything_worked_off(service, mails)

    assert sorted(case["subject"] for case in cases) == _subjects(mails)
    summaries = Counter(mail["subject"] for mail in told if mail["kind"] == "summary")
    assert sorted(summaries) == sorted(f"[{case['number']}] {case['subject']}" for case in cases)
    assert set(summaries.values()) == {1}
    assert {mail["state"] for mail in told if mail["kind"] == "summary"} <= {"queued", "sending", "sent"}
    assert [code for code in load.replies if code >= 500] == []


async def test_killed_service_keeps_every_mail_that_got_250_exactly_once(service: Service) -> None:
    await _kill_while_mails_arrive(service, mails=60, kills=3)


@pytest.mark.soak
@pytest.mark.timeout(900)
async def test_twenty_kills_lose_and_double_nothing(service: Service) -> None:
    await _kill_while_mails_arrive(service, mails=500, kills=20)


async def test_locked_database_answers_451_and_takes_the_mail_later(service: Service) -> None:
    lock = sqlite3.connect(service.folder / "var" / "balie.db", isolation_level=None)
    lock.execute("BEGIN EXCLUSIVE")
    load = Load((service.smtp_port,), 1)
    sending = asyncio.create_task(load.run())
    await asyncio.sleep(7)
    lock.execute("ROLLBACK")
    lock.close()
    await sending

    await _everything_worked_off(service, 1)
    assert set(load.replies) == {451}


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
async def test_a_finished_fsync_lies_before_each_250(service: Service) -> None:
    trace = service.folder / "trace"
    assert service.process is not None
    calls = "trace=fsync,fdatasync,sendto,sendmsg,write,writev"
    with subprocess.Popen(
        ["strace", "-f", "-qq", "-s", "64", "-e", calls, "-o", trace, "-p", str(service.process.pid)]
    ) as tracer:
        await asyncio.sleep(1)
        await Load((service.smtp_port,), 20, connections=1).run()
        tracer.send_signal(signal.SIGINT)

    assert _synced_before_each_answer(trace) == [True] * 20


def _synced_before_each_answer(trace: Path) -> list[bool]:
    """Return, for each answer to a mail, whether a sync was finished since the mail was asked for."""
    synced, answers = False, []
    for line in trace.read_text(errors="replace").splitlines():
        if '"354 ' in line:
            synced = False
        elif re.search(r"f(data)?sync\(\d+\)\s+= 0|<\.\.\. f(data)?sync resumed>\)\s+= 0", line):
            synced = True
        elif '"250 2.0.0' in line:
            answers.append(synced)
    return answers


@pytest.mark.postgres
async def test_two_services_on_one_postgresql_do_nothing_twice(
    service_pair: tuple[Service, Service],
) -> None:
    first, second = service_pair
    load = Load((first.smtp_port, second.smtp_port), 60)
    doubled = Load((second.smtp_port, first.smtp_port), 60)
    await asyncio.gather(load.run(), doubled.run())

    cases, told = await _everything_worked_off(first, 60)
    await first.json_until(lambda rows: all(row["state"] == "sent" for row in rows), "outbox", "list", seconds=60)

    assert sorted(case["subject"] for case in cases) == _subjects(60)
    sent = Counter((mail.to, mail.message["Message-ID"]) for mail in first.postbox.arrived)
    assert len(sent) == len(told)
    assert set(sent.values()) == {1}


async def test_sigterm_ends_with_code_0(service: Service) -> None:
    assert await service.stop() == 0


@pytest.fixture
async def service_on_small_disk(tmp_path: Path, post: tuple[Postbox, int]) -> AsyncIterator[Service]:
    small = tmp_path / "var"
    small.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=96m", "tmpfs", small], check=False, capture_output=True
    )
    if mounted.returncode != 0:
        pytest.skip("mounting a small disk is not allowed here")
    running = prepare(tmp_path, *post)
    await running.start()
    yield running
    await running.stop()
    subprocess.run(["umount", "-l", small], check=True)


async def test_full_disk_answers_4xx_and_keeps_what_got_250(service_on_small_disk: Service) -> None:
    service = service_on_small_disk
    filler = service.folder / "var" / "filler"
    before = Load((service.smtp_port,), 5)
    await before.run()
    await _everything_worked_off(service, 5)
    _fill(filler)
    load = Load((service.smtp_port,), 20, first=5, text="Please read this. " * 2_000)
    sending = asyncio.create_task(load.run())
    await asyncio.sleep(3)
    filler.unlink()
    await sending

    mails = await service.json_until(lambda rows: len(rows) == 25, "mail", "list", seconds=60)
    assert sorted(row["message_id"] for row in mails) == sorted(f"<load-{n}@health.example>" for n in range(25))
    assert set(load.replies) <= {451, 452}
    assert load.replies != []


def _fill(filler: Path) -> None:
    """Write until the disk is full."""
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        while True:
            file.write(bytes(65536))

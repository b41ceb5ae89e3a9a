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
from dataclasses import replace
from hashlib import sha256
from pathlib import Path
from typing import Any

import postgres
import pytest
from load import TEXT, Load, mail
from served_desk import Postbox, Service, prepare, until


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
    await until(lambda: load.replies, 30, "the refusal of a mail")
    lock.execute("ROLLBACK")
    lock.close()
    await sending

    await _everything_worked_off(service, 1)
    assert set(load.replies) == {451}


@pytest.mark.skipif(shutil.which("strace") is None, reason="strace is not installed")
async def test_a_finished_fsync_lies_before_each_250(service: Service) -> None:
    trace = service.folder / "trace"
    assert service.process is not None
    calls = "trace=fsync,fdatasync,pwrite64,sendto,sendmsg,write,writev"
    with subprocess.Popen(
        ["strace", "-f", "-y", "-qq", "-s", "64", "-e", calls, "-o", trace, "-p", str(service.process.pid)]
    ) as tracer:
        await asyncio.sleep(1)
        await Load((service.smtp_port,), 20, connections=1).run()
        tracer.send_signal(signal.SIGINT)

    assert _synced_before_each_answer(trace) == [True] * 20


def _synced_before_each_answer(trace: Path) -> list[bool]:
    """Return, for each answer to a mail, whether the log of the database was written for it, and then synced."""
    written = synced = False
    answers, syncing = [], set()
    for line in trace.read_text(errors="replace").splitlines():
        thread, call = line.split(None, 1)
        if '"354 ' in call:
            written = synced = False
        elif call.startswith("pwrite64(") and "balie.db-wal>" in call:
            written, synced = True, False
        elif re.match(r"f(data)?sync\(\d+<\S+balie\.db-wal>\)\s+= 0", call):
            synced = written
        elif re.match(r"f(data)?sync\(\d+<\S+balie\.db-wal>", call):
            syncing.add(thread)
        elif re.match(r"<\.\.\. f(data)?sync resumed>\)\s+= 0", call) and thread in syncing:
            syncing.discard(thread)
            synced = written
        elif '"250 2.0.0' in call:
            answers.append(written and synced)
    return answers


async def test_what_lies_on_the_disk_at_each_250_holds_the_mail(service: Service, tmp_path: Path) -> None:
    """The files are copied while the desk stands still at its 250, as they would be found after a power cut."""
    assert service.process is not None
    for number in range(5):
        await Load((service.smtp_port,), 1, first=number, connections=1).run()
        service.process.send_signal(signal.SIGSTOP)
        copied = tmp_path / f"copy-{number}"
        copied.mkdir()
        for name in ("balie.db", "balie.db-wal"):
            shutil.copy(service.folder / "var" / name, copied / name)
        service.process.send_signal(signal.SIGCONT)

        assert _kept_in(copied / "balie.db") == {n: sha256(mail(n, TEXT)).hexdigest() for n in range(number + 1)}


def _kept_in(database: Path) -> dict[int, str]:
    """Return the digest of the bytes of each mail of a load, by its number, from a database that is sound."""
    with contextlib.closing(sqlite3.connect(database)) as opened:
        assert opened.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        rows = opened.execute(
            "SELECT m.message_id, c.raw FROM received_mails m JOIN mail_contents c ON c.mail_id = m.id"
        )
        found = [
            (int(message_id.split("@")[0].removeprefix("load-")), sha256(raw).hexdigest()) for message_id, raw in rows
        ]
    assert len(found) == len(dict(found))
    return dict(found)


async def test_backup_taken_while_mail_arrives_is_whole_and_serves(service: Service, tmp_path: Path) -> None:
    load = Load((service.smtp_port,), 60)
    sending = asyncio.create_task(load.run())
    await until(lambda: len(load.taken) >= 20, 60, "20 mails taken")
    before, restored = set(load.taken), tmp_path / "restored"
    await asyncio.to_thread(_back_up, service.folder / "var", restored / "var")
    await sending
    await service.stop(signal.SIGKILL)

    kept = _kept_in(restored / "var" / "balie.db")
    assert before - kept.keys() == set()
    assert {n: sha256(mail(n, TEXT)).hexdigest() for n in kept} == kept
    other = replace(
        service, folder=restored, environment=service.environment | {"BALIE_DATA_DIR": str(restored / "var")}
    )
    await other.start()
    try:
        cases, _ = await _everything_worked_off(other, len(kept))
    finally:
        await other.stop()
    assert sorted(case["subject"] for case in cases) == sorted(f"Request {number}" for number in kept)


def _back_up(data: Path, into: Path) -> None:
    """Do what docs/reliability.md says: the database first, in one piece, then everything beside it."""
    into.mkdir(parents=True)
    with contextlib.closing(sqlite3.connect(data / "balie.db")) as opened:
        opened.execute("VACUUM INTO ?", (str(into / "balie.db"),))
    shutil.copytree(data, into, ignore=shutil.ignore_patterns("balie.db*", "serve.lock"), dirs_exist_ok=True)


async def test_stalled_desk_doubles_nothing_for_senders_who_gave_up(service: Service) -> None:
    assert service.process is not None
    load = Load((service.smtp_port,), 60, patience=1.5)
    sending = asyncio.create_task(load.run())
    for _ in range(2):
        await asyncio.sleep(0.5)
        service.process.send_signal(signal.SIGSTOP)
        await asyncio.sleep(3)
        service.process.send_signal(signal.SIGCONT)
    load.patience = 20
    await sending

    cases, _ = await _everything_worked_off(service, 60)
    assert sorted(case["subject"] for case in cases) == _subjects(60)
    assert [code for code in load.replies if code >= 500] == []


@pytest.mark.postgres
async def test_database_that_breaks_off_under_load_means_451_and_loses_nothing(
    tmp_path: Path, post: tuple[Postbox, int]
) -> None:
    with contextlib.ExitStack() as running:
        try:
            server = running.enter_context(postgres.server())
        except FileNotFoundError as error:
            pytest.skip(str(error))
        service = await asyncio.to_thread(prepare, tmp_path, *post, BALIE_DATABASE_URL=server.url)
        await service.start()
        try:
            load = Load((service.smtp_port,), 60)
            sending = asyncio.create_task(load.run())
            for _ in range(2):
                await asyncio.sleep(0.4)
                await asyncio.to_thread(server.restart)
            await sending
            mails = await asyncio.to_thread(service.json, "mail", "list")
        finally:
            await service.stop()

    assert sorted(row["message_id"] for row in mails) == sorted(f"<load-{n}@health.example>" for n in range(60))
    assert set(load.replies) <= {451}


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

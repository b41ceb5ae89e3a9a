import asyncio
from pathlib import Path

import factories
import psutil
import pytest
from mailroom import Bench, letter, mail_settings

from casework.cases import store as cases
from casework.clock import SettableClock
from casework.db import Database
from casework.desk import Desk
from mail_gateway.errors import ReaderEnded
from mail_gateway.inbound.parsing_pool import READ_TWICE_BYTES, ParsingPool
from mail_gateway.store import MailState

SECRET = b"a secret that only tests know"


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_mails_read_in_processes_become_cases_in_their_order(
    database: Database, desk: Desk, clock: SettableClock, tmp_path: Path
):
    bench = Bench(database, desk, mail_settings(tmp_path, SECRET))
    async with database.transaction() as session:
        await factories.bring_people(session)
    for number in range(5):
        await bench.receive(letter("an.peeters@health.example", "Hello", subject=f"Question {number}"))

    async with ParsingPool() as pool:
        await bench.work(pool.parse)

    assert {mail.state for mail in await bench.mails()} == {MailState.PROCESSED}
    async with database.reading() as session:
        assert [case.subject for case in await cases.all_cases(session)] == [f"Question {n}" for n in range(5)]


async def test_mail_that_takes_long_delays_no_other():
    slow = b"Subject: slow\nContent-Type: text/html\n\n" + b"<p>x<br>\n" * 50_000
    quick = [b"Subject: %d\n\nHello" % number for number in range(6)]
    ended: list[str] = []

    async with ParsingPool() as pool:

        async def read(raw: bytes) -> None:
            ended.append((await pool.parse(raw)).subject)

        await asyncio.gather(read(slow), read(slow))  # so that both processes stand ready
        await asyncio.gather(*map(read, (slow, *quick, slow, *quick)))

    assert ended[2:8] == [str(number) for number in range(6)]
    assert sorted(ended[8:]) == [*map(str, range(6)), "slow", "slow"]


async def read_while_readers_are_killed(pool: ParsingPool, raw: bytes) -> str:
    reading = asyncio.create_task(pool.parse(raw))
    await asyncio.sleep(0.02)
    for child in psutil.Process().children():
        if "mail_gateway.inbound.parsing_worker" in child.cmdline():
            child.kill()
    return (await reading).subject


async def test_small_mail_whose_reader_somebody_ends_is_read_again():
    slow = b"Subject: slow\nContent-Type: text/html\n\n" + b"<p>x<br>\n" * 20_000
    large = slow + b"x" * READ_TWICE_BYTES

    async with ParsingPool() as pool:
        assert [await read_while_readers_are_killed(pool, slow) for _ in range(3)] == ["slow"] * 3
        await pool.parse(slow)
        with pytest.raises(ReaderEnded):
            await read_while_readers_are_killed(pool, large)
        assert (await pool.parse(large)).subject == "slow"

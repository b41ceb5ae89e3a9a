"""A desk that reads a mailbox and is killed while it does: nothing lost, nothing twice."""

import asyncio
import signal
import sqlite3
from contextlib import AsyncExitStack
from pathlib import Path

import pytest
from imap_server import ImapServer, dovecot
from mailroom import letter, wire
from served_desk import Service, prepare, receiving, until

AN = "an.peeters@health.example"
LOOPBACK = "127.0.0.1"
MAILS_AT_ONCE, FEWEST_KILLS, MOST_KILLS = 30, 2, 12


def kept(service: Service) -> list[str]:
    """Return the Message-IDs in the order in which they were kept."""
    database = sqlite3.connect(service.folder / "var" / "balie.db")
    try:
        return [row[0] for row in database.execute("SELECT message_id FROM received_mails ORDER BY id")]
    finally:
        database.close()


def deliver(server: ImapServer, first: int) -> None:
    for number in range(first, first + MAILS_AT_ONCE):
        server.deliver(str(number), wire(letter(AN, f"Question {number}", message_id=f"{number}@health.example")))


@pytest.mark.soak
@pytest.mark.timeout(300)
async def test_desk_that_is_killed_while_it_reads_its_mailbox_takes_each_mail_once(tmp_path: Path) -> None:
    async with dovecot() as server, receiving() as (postbox, relay), AsyncExitStack() as ended:
        service = prepare(
            tmp_path, postbox, relay,
            BALIE_MAILBOX_URL=f"imap://hr@{LOOPBACK}:{server.port}/INBOX", BALIE_MAILBOX_PASSWORD="secret",
            BALIE_MAILBOX_POLL_SECONDS="0.2",
        )  # fmt: skip
        ended.push_async_callback(service.stop, signal.SIGKILL)
        unmarked: list[int] = []
        while len(unmarked) < FEWEST_KILLS or (max(unmarked) == 0 and len(unmarked) < MOST_KILLS):
            first = len(unmarked) * MAILS_AT_ONCE
            await service.start()
            deliver(server, first)
            await until(lambda: len(kept(service)) > first + 5, 60, "some of the mails kept")  # noqa: B023
            await service.stop(signal.SIGKILL)
            unmarked.append(len(kept(service)) - server.seen())
        count = len(unmarked) * MAILS_AT_ONCE
        await service.start()
        await until(lambda: (len(kept(service)), server.seen()) >= (count, count), 60, "all kept and marked")
        await asyncio.sleep(1)  # a mail that is taken again would come now
        await service.stop()

        assert sorted(kept(service)) == sorted(f"{number}@health.example" for number in range(count))
        assert max(unmarked) > 0, "no kill came between keeping and marking"

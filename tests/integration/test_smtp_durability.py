import asyncio
import hashlib
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

import pytest
from mailroom import DESK, Bench, Client, greeted, letter, serving, wire

from casework.clock import SettableClock
from casework.db import Database
from mail_gateway import replies, store
from mail_gateway.inbound.keeping import MailKeeper
from mail_gateway.models import Envelope
from mail_gateway.store import MailState

SECRET = b"a secret that only tests know"
AN = "an.peeters@health.example"


def numbered(number: int) -> bytes:
    return wire(letter(AN, f"Question {number}", message_id=f"{number}@health.example"))


@contextmanager
def largest_file(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond so many bytes: to a database it is as if the disk were full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


async def test_kept_mail_is_there_with_what_was_said_of_it(bench: Bench):
    raw = numbered(1)

    async with serving(bench.keeper, bench.settings) as server, greeted(server.port) as client:
        assert await client.send(raw, mail_from="bounce@health.example") == replies.KEPT

    [mail] = await bench.mails()
    assert (mail.state, mail.message_id, mail.from_address) == (MailState.RECEIVED, "1@health.example", AN)
    assert mail.envelope == Envelope("bounce@health.example", (DESK,))
    assert mail.sha256 == hashlib.sha256(raw).hexdigest()
    async with bench.database.reading() as session:
        assert await store.raw(session, mail.id) == raw


async def test_many_connections_share_commits_and_nothing_is_lost(bench: Bench):
    commits = 0
    notify = bench.database.committed.notify

    def counted() -> None:
        nonlocal commits
        commits += 1
        notify()

    bench.database.committed.notify = counted  # type: ignore[method-assign]
    keeper = bench.keeper
    envelope = Envelope(AN, (DESK,))
    await asyncio.gather(*(keeper.keep(envelope, numbered(number), "127.0.0.1") for number in range(100)))

    assert len(await bench.mails()) == 100
    assert commits <= 3


async def test_resend_by_another_way_joins_the_first_and_unites_recipients(bench: Bench):
    first = b"Received: from a.example by b.example; now\r\n" + numbered(1)
    second = b"Received: from c.example\r\n\tby b.example; later\r\nReturn-Path: <x@c.example>\r\n" + numbered(1)

    await bench.receive(first, rcpt_tos=(DESK,))
    await bench.receive(second, rcpt_tos=("postmaster@balie.example", DESK))

    [mail] = await bench.mails()
    assert mail.rcpt_tos == [DESK, "postmaster@balie.example"]
    assert mail.sha256 == hashlib.sha256(first).hexdigest()


async def test_resends_within_one_commit_join(bench: Bench):
    keeper = bench.keeper

    await asyncio.gather(*(keeper.keep(Envelope(AN, (f"hr+{n}@balie.example",)), numbered(1), "") for n in range(10)))

    [mail] = await bench.mails()
    assert sorted(mail.rcpt_tos) == sorted(f"hr+{n}@balie.example" for n in range(10))


async def test_resend_among_new_mails_of_one_commit_costs_none_of_them(bench: Bench):
    await bench.receive(numbered(2), rcpt_tos=(DESK,))
    keeper = bench.keeper

    await asyncio.gather(
        *(keeper.keep(Envelope(AN, ("postmaster@balie.example",)), numbered(n), "") for n in (1, 2, 3))
    )

    assert sorted((mail.message_id, mail.rcpt_tos) for mail in await bench.mails()) == [
        ("1@health.example", ["postmaster@balie.example"]),
        ("2@health.example", [DESK, "postmaster@balie.example"]),
        ("3@health.example", ["postmaster@balie.example"]),
    ]


async def test_same_message_id_with_other_content_is_another_mail(bench: Bench):
    await bench.receive(letter(AN, "one", message_id="reused@health.example"))
    await bench.receive(letter(AN, "two", message_id="reused@health.example"))

    assert len(await bench.mails()) == 2


async def test_automatic_copy_cannot_take_the_place_of_a_mail(bench: Bench):
    await bench.receive(numbered(1), mail_from="")
    await bench.receive(numbered(1), mail_from=AN)

    assert [mail.envelope_from for mail in await bench.mails()] == ["", AN]


async def test_mail_with_nul_and_broken_bytes_is_kept_on_both_databases(bench: Bench):
    raw = b"Message-ID: <nul\x00\xff@x.example>\r\nFrom: \x00\xe9 <a\x00@x.example>\r\n\r\nbody \x00\xff\r\n"

    await bench.receive(raw, mail_from="odd\udcff@x.example")

    [mail] = await bench.mails()
    assert mail.sha256 == hashlib.sha256(raw).hexdigest()
    async with bench.database.reading() as session:
        assert await store.raw(session, mail.id) == raw


async def test_one_mail_that_cannot_be_stored_refuses_no_other(bench: Bench):
    keeper = bench.keeper
    envelope = Envelope(AN, (DESK,))
    answers = await asyncio.gather(
        keeper.keep(envelope, numbered(1), "127.0.0.1"),
        keeper.keep(envelope, numbered(2), object()),  # type: ignore[arg-type]
        keeper.keep(envelope, numbered(3), "127.0.0.1"),
        return_exceptions=True,
    )

    assert [isinstance(answer, Exception) for answer in answers] == [False, True, False]
    assert [mail.message_id for mail in await bench.mails()] == ["1@health.example", "3@health.example"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_locked_database_is_a_passing_reply_and_mail_goes_on_afterwards(bench: Bench, database_url: str):
    other = sqlite3.connect(database_url.removeprefix("sqlite+aiosqlite:///"), isolation_level=None)
    async with serving(bench.keeper, bench.settings) as server, greeted(server.port) as client:
        other.execute("BEGIN EXCLUSIVE")
        assert await client.send(numbered(1)) == replies.OUR_FAILURE
        other.execute("COMMIT")
        assert await client.send(numbered(1)) == replies.KEPT
    other.close()

    assert len(await bench.mails()) == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_full_disk_is_a_passing_reply_and_mail_goes_on_afterwards(bench: Bench):
    async with serving(bench.keeper, bench.settings) as server, greeted(server.port) as client:
        with largest_file(50_000):
            assert await client.send(numbered(1) + b"x\r\n" * 60_000) == replies.OUR_FAILURE
        assert await client.send(numbered(2)) == replies.KEPT

    assert [mail.message_id for mail in await bench.mails()] == ["2@health.example"]


async def test_database_that_is_none_is_said_to_every_sender(tmp_path: Path, clock: SettableClock):
    (tmp_path / "broken.db").write_bytes(b"no database" * 1_000)
    database = Database(f"sqlite+aiosqlite:///{tmp_path / 'broken.db'}")
    keeper = MailKeeper(database, clock)
    keeping = (keeper.keep(Envelope(AN, (DESK,)), numbered(each), "127.0.0.1") for each in range(3))
    async with asyncio.timeout(10):
        answers = await asyncio.gather(*keeping, return_exceptions=True)
    await keeper.close()
    await database.close()

    assert [type(answer) for answer in answers] == [sqlite3.DatabaseError] * 3


async def test_claims_are_exclusive_and_return_when_their_lease_ends(bench: Bench):
    for number in range(3):
        await bench.receive(numbered(number))
    now = bench.desk.clock.now()

    async with bench.database.transaction() as session:
        first = await store.claim(session, owner="one", now=now, limit=2)
    async with bench.database.transaction() as session:
        second = await store.claim(session, owner="two", now=now, limit=9)
    async with bench.database.transaction() as session:
        later = await store.claim(session, owner="two", now=now + store.LEASE * 1.1, limit=9)

    assert [len(claimed) for claimed in (first, second, later)] == [2, 1, 3]
    async with bench.database.reading() as session:
        assert await store.leased(session, first[0].id, owner="one") is None


async def test_a_process_that_is_alone_takes_all_leases_back(bench: Bench):
    await bench.receive(numbered(1))
    now = bench.desk.clock.now()
    async with bench.database.transaction() as session:
        await store.claim(session, owner="dead", now=now, limit=1)

    async with bench.database.transaction() as session:
        await store.release_leases(session)

    async with bench.database.transaction() as session:
        assert len(await store.claim(session, owner="alive", now=now, limit=1)) == 1


async def test_no_line_is_a_command_of_a_mail_that_cannot_be_read_to_its_end(bench: Bench):
    hidden = b"RSET\r\nMAIL FROM:<luc.martin@health.example>\r\nRCPT TO:<hr@balie.example>\r\nDATA\r\n"
    large = numbered(1) + hidden * 10_000

    async with serving(bench.keeper, bench.settings) as server, greeted(server.port) as client:
        await client.begin()
        assert await client.say("DATA") == replies.SEND_DATA
        with largest_file(64 * 1024):
            client.writer.write(large)
            heard = await everything(client)
    async with serving(bench.keeper, bench.settings) as server, greeted(server.port) as client:
        assert await client.send(large) == replies.KEPT

    assert heard in {f"{replies.OUR_FAILURE}\r\n".encode(), b""}  # a reset can overtake the words
    assert [mail.message_id for mail in await bench.mails()] == ["1@health.example"]


async def everything(client: Client) -> bytes:
    """Return what comes until the other side hangs up."""
    heard = b""
    with suppress(ConnectionError):
        while more := await asyncio.wait_for(client.reader.read(1000), 10):
            heard += more
    return heard

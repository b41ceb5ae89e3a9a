"""Mail out of an IMAP mailbox, against a real server: never lost, never twice, whatever breaks in between."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
import trustme
from imap_server import ImapServer, dovecot
from mail_story import SECRET
from mailroom import DESK, Bench, letter, mail_settings, wire
from process_memory import MEGABYTE, resident_bytes
from served_desk import until
from sqlalchemy import distinct, func, select

from casework.db import Database
from casework.desk import Desk
from mail_gateway.inbound.mailbox import Mailbox, MailboxPosition
from mail_gateway.models import Envelope
from mail_gateway.outbound.reply_address import Reference
from mail_gateway.pages import reading as mail_pages
from mail_gateway.settings import MailboxSettings
from mail_gateway.store import ReceivedMail

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
AN = "an.peeters@health.example"


def numbered(number: int, **headers: str) -> bytes:
    return wire(letter(AN, f"Question ({number}", message_id=f"{number}@health.example", **headers))


@pytest.fixture
def bench(database: Database, desk: Desk, tmp_path: Path) -> Bench:
    return Bench(database, desk, mail_settings(tmp_path, SECRET, size_limit=200_000))


@pytest.fixture
async def server() -> AsyncIterator[ImapServer]:
    async with dovecot() as running:
        yield running


def settings_for(port: int, **changes: object) -> MailboxSettings:
    given = {"password": "secret", "tls": False, "poll_seconds": 0.2} | changes
    return MailboxSettings("127.0.0.1", port, "hr", **given)


@asynccontextmanager
async def reading(bench: Bench, mailbox: MailboxSettings, keeper: object = None) -> AsyncIterator[None]:
    """Visit the mailbox while the block lasts."""
    stop = asyncio.Event()
    reader = Mailbox(bench.database, bench.desk.clock, keeper or bench.keeper, bench.settings, mailbox)
    running = asyncio.create_task(reader.run(stop))
    try:
        yield
    finally:
        stop.set()
        await asyncio.wait_for(running, 10)


async def kept(bench: Bench, count: int) -> list[str]:
    """Wait for so many mails, and return their Message-IDs."""
    for _ in range(300):
        mails = await bench.mails()
        if len(mails) >= count:
            return [mail.message_id or "" for mail in mails]
        await asyncio.sleep(0.05)
    raise AssertionError(f"{len(await bench.mails())} of {count}, {await position(bench)}")


async def position(bench: Bench) -> MailboxPosition | None:
    async with bench.database.reading() as session:
        return (await session.execute(select(MailboxPosition))).scalar_one_or_none()


async def test_mail_that_is_there_and_mail_that_comes_is_kept_byte_for_byte(bench: Bench, server: ImapServer):
    server.deliver("1", numbered(1))
    async with reading(bench, settings_for(server.port)):
        await kept(bench, 1)
        await asyncio.sleep(0.3)
        began = asyncio.get_running_loop().time()
        server.deliver("2", numbered(2))
        assert await kept(bench, 2) == ["1@health.example", "2@health.example"]
        took = asyncio.get_running_loop().time() - began
        await until(lambda: server.seen() == 2, 5, "both marked as seen")

    async with bench.database.reading() as session:
        from mail_gateway import store

        raws = [await store.raw(session, mail.id) for mail in await bench.mails()]
    assert [raw.replace(b"\r\n", b"\n") for raw in raws] == [numbered(n).replace(b"\r\n", b"\n") for n in (1, 2)]
    assert took < 20
    found = await position(bench)
    assert found is not None
    assert (found.last_uid, found.failure) == (2, None)


async def test_mail_that_comes_while_another_is_taken_waits_for_no_third(bench: Bench, server: ImapServer):
    async with reading(bench, settings_for(server.port)):
        for first in range(0, 12, 2):
            server.deliver(str(first), numbered(first))
            while len(await bench.mails()) == first:  # noqa: ASYNC110 -- it is kept within a millisecond of this
                await asyncio.sleep(0.001)
            await asyncio.sleep(first / 1000)
            server.deliver(str(first + 1), numbered(first + 1))
            assert len(await kept(bench, first + 2)) == first + 2


async def test_mail_that_somebody_else_read_first_is_kept_all_the_same(bench: Bench, server: ImapServer):
    server.deliver("1", numbered(1))
    (server.folder / "mail/new/1").rename(server.folder / "mail/cur/1:2,S")
    async with reading(bench, settings_for(server.port)):
        assert await kept(bench, 1) == ["1@health.example"]


async def test_kept_mail_is_moved_where_the_settings_say(bench: Bench, server: ImapServer):
    server.deliver("1", numbered(1))
    async with reading(bench, settings_for(server.port, move_to="Kept")):
        await kept(bench, 1)
        await until(lambda: server.moved("Kept") == 1, 5, "moved")
    assert len(await bench.mails()) == 1


async def test_server_without_idle_is_looked_at_again_and_again(bench: Bench, tmp_path: Path):
    async with dovecot(capability="IMAP4rev1 MOVE") as server, reading(bench, settings_for(server.port)):
        server.deliver("1", numbered(1))
        await kept(bench, 1)
        server.deliver("2", numbered(2))
        assert await kept(bench, 2) == ["1@health.example", "2@health.example"]


async def test_desk_that_stops_between_keeping_and_marking_takes_no_mail_twice(bench: Bench, server: ImapServer):
    class Stopped(Exception):
        pass

    class Dies:
        """Keeps a mail, and is gone before anything else can happen."""

        async def keep(self, envelope: Envelope, raw: bytes, remote: str) -> None:
            await bench.keeper.keep(envelope, raw, remote)
            raise Stopped

    for number in range(3):
        server.deliver(str(number), numbered(number))
    mailbox = settings_for(server.port)
    for _ in range(2):
        dying = Mailbox(bench.database, bench.desk.clock, Dies(), bench.settings, mailbox)
        with pytest.raises(Stopped):
            await asyncio.wait_for(dying.run(asyncio.Event()), 10)
    assert (len(await bench.mails()), server.seen()) == (1, 0)
    async with reading(bench, mailbox):
        await kept(bench, 3)
        await until(lambda: server.seen() == 3, 5, "all marked")

    assert [mail.message_id for mail in await bench.mails()] == [f"{n}@health.example" for n in range(3)]


async def test_mailbox_that_was_built_anew_is_gone_through_again_and_nothing_doubled(bench: Bench, server: ImapServer):
    server.deliver("1", numbered(1))
    async with reading(bench, settings_for(server.port)):
        await kept(bench, 1)
    async with bench.database.transaction() as session:
        (await session.execute(select(MailboxPosition))).scalar_one().uid_validity = 7
    server.deliver("2", numbered(2))
    async with reading(bench, settings_for(server.port)):
        await kept(bench, 2)
        await asyncio.sleep(0.3)
    assert len(await bench.mails()) == 2


async def test_connection_that_is_cut_within_a_mail_is_made_again_and_nothing_lost(bench: Bench, server: ImapServer):
    for number in range(3):
        server.deliver(str(number), numbered(number) + b"x" * 70_000 + b"\r\n")
    cuts = iter([20_000, 90_000, 0])
    tasks: set[asyncio.Task[None]] = set()

    async def pass_on(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, most: int) -> None:
        passed = 0
        while (block := await reader.read(4_096)) and not (most and passed > most):
            passed += len(block)
            writer.write(block)

    async def relay(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        """Stand between the two, and hang up after so many bytes of the server."""
        there_reader, there_writer = await asyncio.open_connection("127.0.0.1", server.port)
        both = {
            asyncio.create_task(pass_on(reader, there_writer, 0)),
            asyncio.create_task(pass_on(there_reader, writer, next(cuts, 0))),
        }
        tasks.update(both)
        await asyncio.wait(both, return_when=asyncio.FIRST_COMPLETED)
        for task in both:
            task.cancel()
        await asyncio.gather(*both, return_exceptions=True)
        for end in (writer, there_writer):
            end.transport.abort()
            with contextlib.suppress(OSError):
                await end.wait_closed()

    listening = await asyncio.start_server(relay, "127.0.0.1", 0)
    async with reading(bench, settings_for(listening.sockets[0].getsockname()[1])):
        assert await kept(bench, 3) == [f"{n}@health.example" for n in range(3)]
    listening.close()
    for task in tasks:
        task.cancel()
    await asyncio.sleep(0.2)
    assert next(cuts, "both cuts were made") == "both cuts were made"


async def test_mail_above_the_limit_stays_flagged_and_counted_and_delays_no_other(bench: Bench, server: ImapServer):
    server.deliver("1", numbered(1) + b"x\r\n" * 100_000)
    server.deliver("2", numbered(2))
    async with reading(bench, settings_for(server.port, move_to="Kept")):
        assert await kept(bench, 1) == ["2@health.example"]
        await until(lambda: server.moved("Kept") == 1, 5, "the other one moved")

    found = await position(bench)
    assert found is not None
    assert (found.too_large, found.last_uid) == (1, 2)
    assert [file.name.partition(":2,")[2] for file in (server.folder / "mail" / "cur").iterdir()] == ["F"]


async def test_envelope_is_read_from_what_the_mailbox_server_wrote(bench: Bench, server: ImapServer):
    token = bench.signer.reply_address(Reference(1, 2, 3))
    server.deliver("1", b"Return-Path: <>\r\nDelivered-To: " + token.encode() + b"\r\n" + numbered(1))
    server.deliver("2", numbered(2))
    async with reading(bench, settings_for(server.port)):
        await kept(bench, 2)

    assert [mail.envelope for mail in await bench.mails()] == [Envelope("", (token, DESK)), Envelope(AN, (DESK,))]


async def test_certificate_of_a_stranger_is_not_trusted_and_that_of_ours_is(bench: Bench, tmp_path: Path):
    authority = trustme.CA()
    issued, (certificate, key, ca) = (
        authority.issue_cert("127.0.0.1"),
        (tmp_path / n for n in ("c.pem", "k.pem", "ca.pem")),
    )
    certificate.write_bytes(issued.cert_chain_pems[0].bytes())
    key.write_bytes(issued.private_key_pem.bytes())
    authority.cert_pem.write_to_path(str(ca))
    async with dovecot(certificate=(certificate, key)) as server:
        server.deliver("1", numbered(1))
        async with reading(bench, settings_for(server.encrypted_port, tls=True)):
            await asyncio.sleep(1)
        found = await position(bench)
        assert (await bench.mails(), found and "CERTIFICATE_VERIFY_FAILED" in (found.failure or "")) == ([], True)
        async with reading(bench, settings_for(server.encrypted_port, tls=True, ca_file=ca)):
            await kept(bench, 1)


async def test_mail_that_cannot_be_moved_is_kept_and_the_refusal_said_until_it_can(bench: Bench, server: ImapServer):
    for number in range(2):
        server.deliver(str(number), numbered(number))
    async with reading(bench, settings_for(server.port, move_to="Absent")):
        await kept(bench, 2)
        refused = await shown_to_admins(bench, lambda box: box.failure)
        server.create("Absent")
        server.deliver("2", numbered(2))
        await kept(bench, 3)
        await until(lambda: server.moved("Absent") == 3, 5, "all moved")
        await shown_to_admins(bench, lambda box: not box.failure)
    said = "MailboxRefuses: MOVE was answered with NO [TRYCREATE] Mailbox doesn't exist: Absent"
    assert ((refused.failure or "")[: len(said)], refused.visited_at) == (said, bench.desk.clock.now())
    assert len(await bench.mails()) == 3


async def shown_to_admins(bench: Bench, wanted: Callable[[MailboxPosition], object]) -> MailboxPosition:
    """Wait until the state of the mailbox, as the page of received mails shows it, is as wanted."""
    for _ in range(100):
        async with bench.database.reading() as session:
            [found] = await mail_pages.mailboxes(session)
        if wanted(found):
            return found
        await asyncio.sleep(0.05)
    raise AssertionError(found.failure)


@pytest.mark.soak
@pytest.mark.timeout(600)
async def test_five_thousand_mails_are_taken_within_bounded_memory(bench: Bench, server: ImapServer):
    for number in range(5_000):
        server.deliver(str(number), numbered(number) + b"x" * 5_000)
    before = resident_bytes()
    began = asyncio.get_running_loop().time()
    async with reading(bench, settings_for(server.port)):
        while (found := await position(bench)) is None or found.last_uid < 5_000:
            assert asyncio.get_running_loop().time() - began < 500, found and (found.last_uid, found.failure)
            await asyncio.sleep(0.5)
        await until(lambda: server.seen() == 5_000, 60, "all marked")
    rise = resident_bytes() - before

    async with bench.database.reading() as session:
        counted = select(func.count(), func.count(distinct(ReceivedMail.message_id))).select_from(ReceivedMail)
        assert tuple((await session.execute(counted)).one()) == (5_000, 5_000)
    assert rise < 64 * MEGABYTE


async def test_wrong_password_is_said_and_tried_again_later(bench: Bench, server: ImapServer):
    async with reading(bench, settings_for(server.port, password="wrong")):
        await asyncio.sleep(3)
    found = await position(bench)
    assert found is not None
    assert (found.failure or "").startswith("MailboxRefuses: LOGIN was answered with NO")

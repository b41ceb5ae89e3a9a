"""Files that a virus scanner has looked at: a fake clamd that speaks the protocol of the real one."""

import asyncio
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import factories
import pytest
from mail_story import AN, SECRET, Story
from mailroom import Bench, letter, mail_settings
from sqlalchemy import select

from casework.attachments.models import Attachment
from casework.attachments.scanning import ScannerAway
from casework.clock import SettableClock
from casework.db import Database
from casework.desk import Desk
from mail_gateway.inbound.clamd import Clamd
from mail_gateway.store import LEASE, MailState

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

# Stands for the test file that scanners know, which would make this very file one.
HARMFUL = b"%PDF-1.4\nthis is harmful"
LIMIT = 300_000


class FakeClamd:
    """Answers INSTREAM as clamd does; `broken` makes it hang up without a word."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.broken = False

    async def answer(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            writer.write(b"" if self.broken else await self._verdict(reader))
            await writer.drain()
        finally:
            writer.close()

    async def _verdict(self, reader: asyncio.StreamReader) -> bytes:
        if await reader.readuntil(b"\x00") != b"zINSTREAM\x00":
            return b"UNKNOWN COMMAND\x00"
        content = b""
        while size := struct.unpack("!L", await reader.readexactly(4))[0]:
            if len(content) + size > LIMIT:
                return b"INSTREAM size limit exceeded. ERROR\x00"
            content += await reader.readexactly(size)
        self.asked.append(len(content))
        return b"stream: Test.Harm-1 FOUND\x00" if b"harmful" in content else b"stream: OK\x00"


@asynccontextmanager
async def listening(fake: FakeClamd, port: int = 0) -> AsyncIterator[int]:
    server = await asyncio.start_server(fake.answer, "127.0.0.1", port)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


@pytest.fixture
async def fake() -> FakeClamd:
    return FakeClamd()


@pytest.fixture
async def port(fake: FakeClamd) -> AsyncIterator[int]:
    async with listening(fake) as at:
        yield at


@pytest.fixture
async def story(database: Database, desk: Desk, tmp_path: Path, port: int) -> Story:
    async with database.transaction() as session:
        await factories.bring_people(session)
    return Story(Bench(database, desk, mail_settings(tmp_path, SECRET, clamd=f"127.0.0.1:{port}")))


def with_files(*contents: bytes):
    mail = letter(AN, "See the files", message_id="files@health.example")
    for number, content in enumerate(contents):
        mail.add_attachment(content, maintype="application", subtype="pdf", filename=f"{number}.pdf")
    return mail


@pytest.mark.parametrize(
    ("content", "finding"),
    [
        (b"", None),
        (b"x" * 200_000, None),
        (HARMFUL, "Test.Harm-1"),
        (b"x" * 64 * 1024 + HARMFUL, "Test.Harm-1"),
        (b"x" * 8_000_000, "not checked: INSTREAM size limit exceeded. ERROR"),
    ],
)
async def test_scanner_says_what_it_found(fake: FakeClamd, port: int, content: bytes, finding: str | None):
    assert await Clamd(f"127.0.0.1:{port}", 10).scan(content) == finding


async def test_scanner_may_listen_on_a_socket_of_this_machine(fake: FakeClamd, tmp_path: Path):
    server = await asyncio.start_unix_server(fake.answer, tmp_path / "clamd.sock")
    try:
        assert await Clamd(str(tmp_path / "clamd.sock"), 10).scan(HARMFUL) == "Test.Harm-1"
    finally:
        server.close()
        await server.wait_closed()


async def test_scanner_that_hangs_up_or_is_not_there_is_away(fake: FakeClamd, port: int, tmp_path: Path):
    fake.broken = True

    with pytest.raises(ScannerAway):
        await Clamd(f"127.0.0.1:{port}", 10).scan(b"x")
    with pytest.raises(ScannerAway):
        await Clamd(str(tmp_path / "nowhere"), 10).scan(b"x")


async def test_scanner_that_says_nothing_is_away_after_a_while():
    silent = asyncio.Event()

    async def wait(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await silent.wait()
        writer.close()

    server = await asyncio.start_server(wait, "127.0.0.1", 0)
    try:
        with pytest.raises(ScannerAway):
            await Clamd(f"127.0.0.1:{server.sockets[0].getsockname()[1]}", 0.1).scan(b"x")
    finally:
        silent.set()
        server.close()
        await server.wait_closed()


@only_sqlite
async def test_infected_file_is_quarantined_and_mail_and_case_stay(story: Story, desk: Desk):
    received = await story.arrives(with_files(b"%PDF-1.4\nfine", HARMFUL))

    [case] = await story.cases()
    async with story.bench.database.reading() as session:
        files = list((await session.execute(select(Attachment).order_by(Attachment.id))).scalars())
    assert (received.state, received.case_id) == (MailState.PROCESSED, case.id)
    assert [(file.filename, file.quarantined) for file in files] == [("0.pdf", None), ("1.pdf", "Test.Harm-1")]
    assert await desk.storage.get(files[1].sha256) == HARMFUL


@only_sqlite
async def test_mail_waits_however_long_the_scanner_is_away(story: Story, fake: FakeClamd, clock: SettableClock):
    fake.broken = True
    waiting = await story.arrives(with_files(HARMFUL))
    for _ in range(12):
        clock.advance(LEASE * 2)
        await story.bench.work()
    assert (waiting.state, await story.cases()) == (MailState.RECEIVED, [])

    fake.broken = False
    clock.advance(LEASE * 2)
    await story.bench.work()

    [mail] = await story.bench.mails()
    assert (mail.state, len(await story.cases())) == (MailState.PROCESSED, 1)


@only_sqlite
async def test_mail_without_files_does_not_ask_the_scanner(story: Story, fake: FakeClamd):
    fake.broken = True

    assert (await story.arrives(letter(AN, "No files"))).state == MailState.PROCESSED
    assert fake.asked == []

"""The mail server among people who do not want to send mail: they are bounded, and honest mail is taken meanwhile."""

import asyncio
import itertools
import resource
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as rules
from hypothesis import strategies as st
from mailroom import DESK, Client, greeted, letter, mail_settings, serving, wire

from mail_gateway import replies
from mail_gateway.inbound.data import SPOOLED, DataLimits, Gathering, LineTooLong, TooLarge, read_data
from mail_gateway.inbound.server import MailServer
from mail_gateway.models import Envelope
from mail_gateway.outbound.reply_address import Signer

SECRET = b"a secret that only tests know"
MAIL = wire(letter("an.peeters@health.example", "How many days do I have left?", message_id="one@health.example"))
BREAKS = (b"\r\n", b"\n", b"\r", b"\r\n\x00", b"\x00\r\n", b"\n\r", b"\r\r\n", b"\x0b", b"\x0c", b"\xc2\x85")


class Notebook:
    """Keeps mails in memory."""

    def __init__(self) -> None:
        self.kept: list[bytes] = []

    async def keep(self, envelope: Envelope, raw: bytes, remote: str) -> None:
        self.kept.append(raw)


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
async def server(notebook: Notebook, tmp_path: Path, request: pytest.FixtureRequest) -> AsyncIterator[MailServer]:
    changes = getattr(request, "param", {})
    async with serving(notebook, mail_settings(tmp_path, SECRET, **changes)) as running:
        yield running


@asynccontextmanager
async def many(port: int, count: int) -> AsyncIterator[list[tuple[asyncio.StreamReader, asyncio.StreamWriter]]]:
    """Hold so many connections open."""
    held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(count)]
    try:
        yield held
    finally:
        for _, writer in held:
            writer.close()
        await asyncio.gather(*(writer.wait_closed() for _, writer in held), return_exceptions=True)


async def drip(client: Client, pieces: Iterator[bytes], seconds: float = 0.05) -> str:
    """Write a little at a time until the server has had enough; returns its last words."""

    async def writing() -> None:
        for piece in pieces:
            client.writer.write(piece)
            await asyncio.sleep(seconds)

    task = asyncio.create_task(writing())
    try:
        heard = await asyncio.wait_for(client.reader.read(), 20)
    finally:
        task.cancel()
    return heard.decode().rstrip("\r\n").rpartition("\n")[2]


async def test_ten_thousand_recipients_are_taken_up_to_the_cap_and_the_rest_put_off(
    server: MailServer, notebook: Notebook
):
    async with greeted(server.port) as client:
        await client.begin()
        client.writer.write(f"RCPT TO:<{DESK}>\r\n".encode() * 9_999)
        said = Counter([await client.reply() for _ in range(9_999)])
        await client.say("DATA")

        assert await client.say(MAIL + b".") == replies.KEPT
    assert said == {replies.GO_ON: 99, replies.TOO_MANY_RECIPIENTS: 9_900}
    assert notebook.kept == [MAIL]


@pytest.mark.parametrize("server", [{"error_limit": 50}], indirect=True)
@pytest.mark.parametrize(
    "line", [b"\r\n", b"\xff\xfe\r\n", b"RCPT TO:<x@balie.example>\r\n", b"MAIL FROM\r\n", b"A\r\n"]
)
async def test_flood_of_errors_is_cut_off(server: MailServer, line: bytes):
    async with greeted(server.port) as client:
        await client.begin()
        client.writer.write(line * 2_000)
        heard = (await asyncio.wait_for(client.reader.read(), 10)).splitlines()

    assert len(heard) <= 52
    assert heard[-1][:1] in {b"4", b"5"}


@pytest.mark.parametrize("server", [{"error_limit": 3}], indirect=True)
async def test_errors_are_forgotten_when_a_mail_is_kept(server: MailServer):
    async with greeted(server.port) as client:
        for _ in range(4):
            await client.begin()
            assert await client.say("RCPT TO:<nobody@balie.example>") == replies.NO_SUCH_RECIPIENT
            assert await client.say("RCPT TO:<other@balie.example>") == replies.NO_SUCH_RECIPIENT
            await client.say("DATA")
            assert await client.say(MAIL + b".") == replies.KEPT


@pytest.mark.parametrize("server", [{"idle_seconds": 0.3}], indirect=True)
async def test_command_that_never_ends_is_idle(server: MailServer):
    async with greeted(server.port) as client:
        assert await drip(client, itertools.repeat(b"N")) == ""


@pytest.mark.parametrize("server", [{"idle_seconds": 0.3, "session_seconds": 1.0}], indirect=True)
@pytest.mark.parametrize("command", [b"NOOP\r\n", b"RSET\r\n", b"EHLO x\r\n"])
async def test_talk_without_a_mail_ends(server: MailServer, command: bytes):
    async with greeted(server.port) as client:
        assert await drip(client, itertools.repeat(command), 0.1) == replies.TOO_LONG


@pytest.mark.parametrize("server", [{"session_seconds": 1.0}], indirect=True)
async def test_mail_that_never_ends_is_cut_off_and_nothing_kept(server: MailServer, notebook: Notebook):
    async with greeted(server.port) as client:
        await client.begin()
        await client.say("DATA")
        assert await drip(client, itertools.repeat(b"x" * 70 + b"\r\n")) == replies.TOO_LONG
    assert notebook.kept == []


@pytest.mark.parametrize("server", [{"session_seconds": 1.0}], indirect=True)
async def test_relay_that_hands_in_mails_may_stay(server: MailServer, notebook: Notebook):
    async with greeted(server.port) as client:
        for _ in range(4):
            assert await client.send(MAIL) == replies.KEPT
            await asyncio.sleep(0.4)
    assert len(notebook.kept) == 4


@pytest.mark.parametrize("server", [{"session_seconds": 4.0}], indirect=True)
async def test_two_hundred_slow_connections_delay_no_honest_mail_and_are_let_go(server: MailServer, notebook: Notebook):
    async with many(server.port, 200) as slow:
        for place, (_, writer) in enumerate(slow):
            if place % 2:
                writer.write(f"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<{DESK}>\r\nDATA\r\nSubject: ".encode())
        dripping = asyncio.create_task(_drip_all([writer for _, writer in slow]))  # noqa: RUF006 -- awaited below
        began = asyncio.get_running_loop().time()
        async with greeted(server.port) as client:
            for _ in range(100):
                assert await client.send(MAIL) == replies.KEPT
        took = asyncio.get_running_loop().time() - began
        ends = [await _last_words(reader) for reader, _ in slow]
        dripping.cancel()
        await asyncio.gather(dripping, return_exceptions=True)

    assert took < 5
    assert set(ends) <= {replies.TOO_LONG, "reset"}
    assert notebook.kept == [MAIL] * 100


async def _last_words(reader: asyncio.StreamReader) -> str:
    try:
        return (await asyncio.wait_for(reader.read(), 10)).splitlines()[-1].decode()
    except ConnectionResetError:  # we were writing when the server closed
        return "reset"


async def _drip_all(writers: list[asyncio.StreamWriter]) -> None:
    while True:
        for writer in writers:
            writer.write(b"x")
        await asyncio.sleep(0.2)


async def test_slow_large_mails_delay_no_other_large_mail(server: MailServer, notebook: Notebook):
    large = b"Subject: large\r\n\r\n" + (b"x" * 70 + b"\r\n") * 30_000
    async with many(server.port, 20) as slow:
        for _, writer in slow:
            writer.write(f"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<{DESK}>\r\nDATA\r\n".encode() + large)
            await writer.drain()
        async with greeted(server.port) as client:
            assert await client.send(large) == replies.KEPT

    assert notebook.kept == [large]


async def test_whole_session_in_one_packet_is_answered_in_order(server: MailServer, notebook: Notebook):
    said = f"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<{DESK}>\r\nDATA\r\n".encode()
    async with greeted(server.port) as client:
        client.writer.write(said + MAIL + b".\r\n" + said + MAIL + b".\r\nQUIT\r\n")
        codes = [(await client.reply())[:3] for _ in range(9)]

    assert codes == ["250", "250", "250", "354", "250", "250", "250", "250", "354"]
    assert notebook.kept[0] == MAIL


async def test_mail_whose_recipients_were_all_refused_is_no_mail(server: MailServer, notebook: Notebook):
    async with greeted(server.port) as client:
        client.writer.write(b"EHLO x\r\nMAIL FROM:<a@b.example>\r\nRCPT TO:<x@y.example>\r\nDATA\r\nQUIT\r\n")
        codes = [(await client.reply())[:3] for _ in range(5)]

    assert codes == ["250", "250", "550", "503", "221"]
    assert notebook.kept == []


async def test_no_pair_of_line_breaks_but_the_right_one_ends_a_mail(server: MailServer, notebook: Notebook):
    hidden = b"MAIL FROM:<boss@balie.example>\r\nRCPT TO:<hr@balie.example>\r\nDATA\r\nSubject: smuggled\r\n"
    pairs = [pair for pair in itertools.product(BREAKS, BREAKS) if b".".join(pair)[:5] != b"\r\n.\r\n"]
    pairs = [(before, after) for before, after in pairs if b"\r\n.\r\n" not in before + b"." + after]
    async with greeted(server.port) as client:
        for before, after in pairs:
            await client.begin()
            await client.say("DATA")
            client.writer.write(b"Subject: first\r\n\r\nhello" + before + b"." + after + hidden)
            assert await client.say("\r\n.") == replies.KEPT, (before, after)

    assert len(notebook.kept) == len(pairs) >= 90
    assert all(b"smuggled" in raw for raw in notebook.kept)


async def test_connections_stay_below_what_the_system_lets_us_open(notebook: Notebook, tmp_path: Path):
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    try:
        server = MailServer(notebook, mail_settings(tmp_path, SECRET), Signer(SECRET, DESK))
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, before)  # both ends of each connection are in this process
    await server.start()
    async with many(server.port, 140) as held:
        greetings = [(await reader.readline()).decode()[:3] for reader, _ in held]
    await asyncio.sleep(0.2)
    async with greeted(server.port) as client:
        assert await client.send(MAIL) == replies.KEPT
    await server.stop()

    assert Counter(greetings) == {"220": 128, "421": 12}


@pytest.mark.parametrize("server", [{"connection_limit": 5, "connections_per_address": 400}], indirect=True)
async def test_connections_beyond_the_cap_of_all_are_turned_away(server: MailServer):
    async with many(server.port, 8) as held:
        greetings = [(await reader.readline()).decode()[:3] for reader, _ in held]

    assert Counter(greetings) == {"220": 5, "421": 3}


LINES = st.lists(st.sampled_from([b"", b".", b"..", b".x", b"x.", b"\r", b"\n.", b"\x00", b"y" * 90]), max_size=12)


@rules(max_examples=30, deadline=None)
@given(LINES, st.sampled_from([0, SPOOLED - 100, SPOOLED, 1_200_000]), st.integers(500, 70_000))
async def test_mail_of_any_size_arrives_as_it_was_written(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], filler: int, block: int
):
    text = b"".join(line + b"\r\n" for line in [*lines, *([b"." + b"z" * 76] * (filler // 79)), *lines])
    stuffed = (b"\r\n" + text).replace(b"\r\n.", b"\r\n..")[2:]
    limits = DataLimits(3_000_000, 65_536, tmp_path_factory.getbasetemp(), asyncio.Semaphore(1), asyncio.Lock())

    assert await _read(stuffed + b".\r\nQUIT\r\n", limits, block) == (text, b"QUIT\r\n")


@rules(max_examples=100, deadline=None)
@given(LINES, st.integers(1, 7))
async def test_small_mail_arrives_as_it_was_written_wherever_its_blocks_are_cut(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], block: int
):
    text = b"".join(line + b"\r\n" for line in lines)
    stuffed = (b"\r\n" + text).replace(b"\r\n.", b"\r\n..")[2:]
    limits = DataLimits(3_000_000, 65_536, tmp_path_factory.getbasetemp(), asyncio.Semaphore(1), asyncio.Lock())

    assert await _read(stuffed + b".\r\nQUIT\r\n", limits, block) == (text, b"QUIT\r\n")


async def _read(wired: bytes, limits: DataLimits, block: int) -> tuple[bytes, bytes]:
    """Read a mail that comes in blocks of so many bytes; returns it and what stays for the next command."""
    reader, gathering = asyncio.StreamReader(), Gathering()

    async def feed() -> None:
        for start in range(0, len(wired), block):
            if not gathering.feed(wired[start : start + block]):
                reader.feed_data(wired[start : start + block])
            if start % (50 * block) == 0:
                await asyncio.sleep(0)

    feeding = asyncio.create_task(feed())
    async with AsyncExitStack() as held:
        content = await read_data(gathering, reader, limits, held, lambda: None)
    await feeding
    reader.feed_eof()
    return content, await reader.read()


@pytest.mark.parametrize("filler", [10, 400_000, 2_000_000])
@pytest.mark.parametrize(("longest", "raises"), [(65_536, None), (65_537, LineTooLong)])
async def test_longest_line_is_the_same_for_small_and_large_mails(
    tmp_path: Path, filler: int, longest: int, raises: type[Exception] | None
):
    limits = DataLimits(3_000_000, 65_536, tmp_path, asyncio.Semaphore(1), asyncio.Lock())
    text = (b"z" * 76 + b"\r\n") * (filler // 78) + b"y" * longest + b"\r\n" + b"end\r\n"

    if raises is None:
        assert await _read(text + b".\r\n", limits, 65_536) == (text, b"")
    else:
        with pytest.raises(raises):
            await _read(text + b".\r\n", limits, 65_536)


@pytest.mark.parametrize(("size", "taken"), [(3_000_000, True), (3_000_001, False)])
async def test_largest_mail_is_the_largest_by_the_byte(tmp_path: Path, size: int, taken: bool):
    limits = DataLimits(3_000_000, 65_536, tmp_path, asyncio.Semaphore(1), asyncio.Lock())
    text = (b"z" * 98 + b"\r\n") * (size // 100 - 1)
    text += b"y" * (size - len(text) - 2) + b"\r\n"

    if taken:
        assert await _read(text + b".\r\n", limits, 65_536) == (text, b"")
    else:
        with pytest.raises(TooLarge):
            await _read(text + b".\r\n", limits, 65_536)
    assert list(tmp_path.iterdir()) == []  # noqa: ASYNC240 -- a small folder of a test


@pytest.mark.parametrize("line", [f"RCPT TO:<{DESK}>\r\n".encode(), b"DATA\r\n"])
async def test_what_looks_like_a_command_within_a_large_mail_is_a_line_of_it(
    server: MailServer, notebook: Notebook, line: bytes
):
    beginning = MAIL + b"x" * 70 + b"\r\n"
    beginning += (b"x" * 70 + b"\r\n") * (SPOOLED // 72)
    async with greeted(server.port) as client:
        for command in ("EHLO x", "MAIL FROM:<an.peeters@health.example>", f"RCPT TO:<{DESK}>", "DATA"):
            await client.say(command)
        for piece in (beginning, line, b"end\r\n.\r\n"):
            client.writer.write(piece)
            await client.writer.drain()
            await asyncio.sleep(0.1)  # each piece comes in by itself, as a relay may send it
        assert await asyncio.wait_for(client.reply(), 5) == replies.KEPT
    assert notebook.kept == [beginning + line + b"end\r\n"]

import asyncio
import hashlib
import logging
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP
from mailroom import DESK, Client, connected, greeted, letter, mail_settings, serving, wire

from mail_gateway import replies
from mail_gateway.inbound.server import MailServer
from mail_gateway.inbound.smtp_session import Reception
from mail_gateway.models import Envelope
from mail_gateway.outbound.reply_address import Reference, Signer

SECRET = b"a secret that only tests know"
MAIL = wire(letter("an.peeters@health.example", "How many days do I have left?", message_id="one@health.example"))
HOOKS_WITHOUT_A_COMMAND = {"handle_exception", "handle_PROXY"}


class Notebook:
    """Keeps mails in memory, as long as nobody breaks it."""

    def __init__(self) -> None:
        self.kept: list[tuple[Envelope, bytes, str]] = []
        self.broken: Exception | None = None

    async def keep(self, envelope: Envelope, raw: bytes, remote: str) -> None:
        if self.broken is not None:
            raise self.broken
        self.kept.append((envelope, raw, remote))


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
async def server(notebook: Notebook, tmp_path: Path) -> AsyncIterator[MailServer]:
    settings = mail_settings(
        tmp_path,
        SECRET,
        size_limit=3_000_000,
        recipient_limit=5,
        connections_per_address=4,
        command_limit=6,
        idle_seconds=5,
    )
    async with serving(notebook, settings) as running:
        yield running


@pytest.fixture
async def client(server: MailServer) -> AsyncIterator[Client]:
    async with greeted(server.port) as greeted_client:
        yield greeted_client


def test_reception_defines_nothing_but_hooks_that_aiosmtpd_calls():
    ours = {name for name in vars(Reception) if name.startswith("handle_")}
    commands = {name.replace("smtp_", "handle_") for name in dir(SMTP) if name.startswith("smtp_")}

    assert ours - HOOKS_WITHOUT_A_COMMAND <= commands
    assert ours == {"handle_RCPT", "handle_DATA", "handle_PROXY", "handle_exception"}


def test_every_reply_to_our_own_failure_is_a_passing_one():
    assert replies.OUR_FAILURE.startswith("451 4.3.0 ")


async def test_mail_to_the_desk_is_kept_as_it_stood_on_the_wire(client: Client, notebook: Notebook):
    raw = MAIL + b"\r\n.a line with a dot\r\n..\r\nbare\nfeed \x00 and \xe9\r\n"

    assert await client.send(raw) == replies.KEPT

    [(envelope, kept, remote)] = notebook.kept
    assert hashlib.sha256(kept).hexdigest() == hashlib.sha256(raw).hexdigest()
    assert envelope == Envelope("an.peeters@health.example", (DESK,))
    assert remote == "127.0.0.1"


async def test_null_sender_is_kept_as_an_empty_one(client: Client, notebook: Notebook):
    assert await client.send(MAIL, mail_from="") == replies.KEPT

    assert notebook.kept[0][0].mail_from == ""


async def test_greeting_offers_size_eight_bit_and_utf8_but_no_login(client: Client):
    offered = (await client.say("EHLO client.example")).splitlines()

    assert {line[4:] for line in offered[1:]} == {"SIZE 3000000", "8BITMIME", "SMTPUTF8", "HELP"}


@pytest.mark.parametrize(
    ("address", "reply"),
    [
        (DESK, replies.GO_ON),
        ("HR@Balie.Example", replies.GO_ON),
        ("postmaster@balie.example", replies.GO_ON),
        ("Postmaster", replies.GO_ON),
        ("nobody@balie.example", replies.NO_SUCH_RECIPIENT),
        ("hr+aaaaaaaaaaaaaaaaaaaaaaaa@balie.example", replies.NO_SUCH_RECIPIENT),
        ("hr+@balie.example", replies.NO_SUCH_RECIPIENT),
        ("an%elsewhere.example@balie.example", replies.NO_SUCH_RECIPIENT),
        ("an@elsewhere.example", replies.NO_RELAYING),
        ("nobody", replies.NO_RELAYING),
    ],
)
async def test_recipient_is_the_desk_the_postmaster_or_refused(client: Client, address: str, reply: str):
    assert await client.begin(rcpt_to=address) == reply


async def test_signed_reply_address_is_accepted_in_any_case_and_a_changed_one_refused(client: Client):
    address = Signer(SECRET, DESK).reply_address(Reference(12, 3, 45))

    assert await client.begin(rcpt_to=address.upper()) == replies.GO_ON
    local, _, domain = address.partition("@")
    changed = f"{local[:-1]}{'a' if local[-1] != 'a' else 'b'}@{domain}"
    assert await client.say(f"RCPT TO:<{changed}>") == replies.NO_SUCH_RECIPIENT


async def test_recipients_beyond_the_cap_are_put_off(client: Client):
    await client.begin()
    for _ in range(4):
        assert await client.say(f"RCPT TO:<{DESK}>") == replies.GO_ON

    assert await client.say(f"RCPT TO:<{DESK}>") == replies.TOO_MANY_RECIPIENTS


async def test_our_failure_is_a_passing_reply_without_a_word_of_it(client: Client, notebook: Notebook):
    notebook.broken = RuntimeError("secret path /var/lib")

    assert await client.send(MAIL) == replies.OUR_FAILURE
    notebook.broken = None
    assert await client.send(MAIL) == replies.KEPT
    assert len(notebook.kept) == 1


async def test_failure_in_a_hook_is_a_passing_reply(
    server: MailServer, tmp_path: Path, caplog: pytest.LogCaptureFixture
):
    class Broken(Signer):
        def read_reply_address(self, address: str) -> Reference | None:
            raise RuntimeError(address)

    broken = MailServer(Notebook(), mail_settings(tmp_path, SECRET), Broken(SECRET, DESK))
    await broken.start()
    with caplog.at_level(logging.CRITICAL):
        async with greeted(broken.port) as client:
            assert await client.begin(rcpt_to="nobody@balie.example") == replies.OUR_FAILURE
    await broken.stop()


async def test_declared_size_above_the_limit_is_refused_at_once(client: Client):
    await client.say("EHLO client.example")

    assert await client.say("MAIL FROM:<an@health.example> SIZE=3000001") == replies.TOO_LARGE
    assert await client.say("MAIL FROM:<an@health.example> SIZE=3000000") == "250 OK"


async def test_mail_above_the_limit_is_refused_and_the_connection_stays_usable(client: Client, notebook: Notebook):
    lines = b"x" * 98 + b"\r\n"

    assert await client.send(lines * 30_001) == replies.TOO_LARGE
    assert await client.send(lines * 30_000) == replies.KEPT
    assert [len(raw) for _, raw, _ in notebook.kept] == [3_000_000]


async def test_long_line_is_taken_up_to_the_limit(client: Client, notebook: Notebook):
    assert await client.send(b"Subject: x\r\n\r\n" + b"y" * 65_536) == replies.KEPT
    assert await client.send(b"Subject: x\r\n\r\n" + b"y" * 65_537) == replies.LINE_TOO_LONG
    assert await client.send(b"Subject: x\r\n\r\n" + b"y" * 1_000_000) == replies.LINE_TOO_LONG


@pytest.mark.parametrize(
    "ending",
    [
        b"\n.\n",
        b"\n.\r\n",
        b"\r.\r",
        b"\r\n.\n",
        b"\r\n.\r",
        b"\r.\r\n",
        b"\n.\r",
        b"\x00\r\n.\n",
        b"\r\n\x00.\r\n",
        b"\r\n.\x00\r\n",
    ],
)
async def test_no_other_end_of_data_hides_a_second_mail(client: Client, notebook: Notebook, ending: bytes):
    hidden = b"MAIL FROM:<boss@balie.example>\r\nRCPT TO:<hr@balie.example>\r\nDATA\r\nSubject: smuggled\r\n"
    await client.begin()
    await client.say("DATA")
    client.writer.write(b"Subject: first\r\n\r\nhello" + ending + hidden)

    assert await client.say("\r\n.") == replies.KEPT
    assert len(notebook.kept) == 1


async def test_commands_behind_the_end_of_data_are_answered_in_order(client: Client, notebook: Notebook):
    await client.begin()
    await client.say("DATA")
    client.writer.write(MAIL + b".\r\nMAIL FROM:<two@health.example>\r\nRCPT TO:<hr@balie.example>\r\nQUIT\r\n")

    assert [await client.reply() for _ in range(4)] == [replies.KEPT, "250 OK", replies.GO_ON, "221 Bye"]
    assert notebook.kept[0][1] == MAIL


async def test_empty_mail_ends_at_its_first_dot(client: Client, notebook: Notebook):
    await client.begin()
    await client.say("DATA")

    assert await client.say(".") == replies.KEPT
    assert notebook.kept[0][1] == b""


async def test_end_of_data_in_single_bytes_is_found(client: Client, notebook: Notebook):
    await client.begin()
    await client.say("DATA")
    for byte in b"Subject: slow\r\n\r\nhello\r\n.\r\n":
        client.writer.write(bytes([byte]))
        await client.writer.drain()
        await asyncio.sleep(0.001)

    assert await client.reply() == replies.KEPT
    assert notebook.kept[0][1] == b"Subject: slow\r\n\r\nhello\r\n"


async def test_mail_that_ends_in_the_middle_is_not_kept(server: MailServer, notebook: Notebook):
    async with greeted(server.port) as client:
        await client.begin()
        await client.say("DATA")
        client.writer.write(b"Subject: half\r\n\r\nhel")
        await client.writer.drain()
    await asyncio.sleep(0.05)

    assert notebook.kept == []


async def test_connections_beyond_the_cap_of_an_address_are_turned_away_and_come_back(server: MailServer):
    clients = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(4)]
    for reader, _ in clients:
        assert (await reader.readline()).startswith(b"220 ")

    async with connected(server.port) as fifth:
        assert await fifth.reply() == replies.TOO_MANY_CONNECTIONS
        assert await fifth.is_cut_off()
    for _, writer in clients:
        writer.close()
    await asyncio.sleep(0.05)
    async with greeted(server.port) as again:
        assert (await again.say("NOOP")).startswith("250")


async def test_browser_is_hung_up_on(server: MailServer, notebook: Notebook):
    async with greeted(server.port) as client:
        client.writer.write(b"POST / HTTP/1.1\r\nHost: x\r\n\r\nEHLO x\r\nMAIL FROM:<a@b.example>\r\n")

        assert await client.reply() == replies.NOT_MAIL
        assert await client.is_cut_off()


async def test_commands_beyond_their_limit_end_the_connection(client: Client):
    for _ in range(6):
        assert (await client.say("NOOP")).startswith("250")

    assert (await client.say("NOOP")).startswith("421 4.7.0")
    assert await client.is_cut_off()


async def test_idle_connection_is_closed(notebook: Notebook, tmp_path: Path):
    async with (
        serving(notebook, mail_settings(tmp_path, SECRET, idle_seconds=0.1)) as server,
        greeted(server.port) as client,
    ):
        assert await client.is_cut_off()


async def test_sender_who_hardly_moves_is_closed_in_the_middle_of_a_mail(notebook: Notebook, tmp_path: Path):
    async with (
        serving(notebook, mail_settings(tmp_path, SECRET, idle_seconds=0.2)) as server,
        greeted(server.port) as client,
    ):
        await client.begin()
        await client.say("DATA")
        for _ in range(3):
            client.writer.write(b"x")
            await asyncio.sleep(0.05)

        assert await client.is_cut_off()
    assert notebook.kept == []


async def test_two_hundred_idle_connections_do_not_slow_honest_mail(notebook: Notebook, tmp_path: Path):
    async with serving(notebook, mail_settings(tmp_path, SECRET)) as server:
        idle = [await asyncio.open_connection("127.0.0.1", server.port) for _ in range(200)]
        began = asyncio.get_running_loop().time()
        async with greeted(server.port) as client:
            for _ in range(100):
                assert await client.send(MAIL) == replies.KEPT
        took = asyncio.get_running_loop().time() - began
        for _, writer in idle:
            writer.close()

    assert len(notebook.kept) == 100
    assert took < 5


async def test_stopping_lets_a_mail_under_way_arrive_and_says_goodbye_to_the_idle(notebook: Notebook, tmp_path: Path):
    async with serving(notebook, mail_settings(tmp_path, SECRET)) as server:
        port = server.port
        async with greeted(port) as busy, greeted(port) as idle:
            await busy.begin()
            await busy.say("DATA")
            stopping = asyncio.create_task(server.stop())
            await asyncio.sleep(0.05)

            assert await busy.say(MAIL + b".") == replies.KEPT
            assert await idle.reply() == replies.GOING_DOWN
            assert await idle.is_cut_off()
            await stopping
        with pytest.raises(ConnectionRefusedError):
            await asyncio.open_connection("127.0.0.1", port)


SENDER = b"MAIL FROM:<an.peeters@health.example>"
RECIPIENT = b"RCPT TO:<hr@balie.example>"
PLAIN_TALKS = [
    ([SENDER, RECIPIENT, b"DATA", b".", SENDER, b"RSET", SENDER], "250 250 354 250 250 250 250"),
    (
        [SENDER + b" SIZE=2000 BODY=8BITMIME", b"rcpt to:<HR@Balie.example>", b"data", b"x\r\n."],
        "250 250 354 250",
    ),
    ([SENDER, SENDER, b"RCPT TO:<nobody@balie.example>", b"RCPT TO:<hr@elsewhere.example>", b"DATA"],
     "250 503 550 550 503"),
    ([SENDER + b" SIZE=3000001", RECIPIENT, b"DATA"], "552 503 503"),
    ([SENDER + b" BODY=BINARY", RECIPIENT], "501 503"),
    ([SENDER, *[RECIPIENT] * 6], "250 250 250 250 250 250 452"),
    ([RECIPIENT, b"DATA", b"DATA x"], "503 503 503"),
]  # fmt: skip


@pytest.mark.parametrize(("talk", "codes"), PLAIN_TALKS)
async def test_plain_command_is_answered_alike_whether_it_comes_whole_or_in_pieces(
    server: MailServer, notebook: Notebook, talk: list[bytes], codes: str
):
    """One that comes in pieces is left to aiosmtpd."""
    answers = []
    for pieces in (1, 2):
        async with greeted(server.port) as client:
            await client.say("EHLO client.example")
            answers.append([await _said(client, line + b"\r\n", pieces) for line in talk])

    assert " ".join(answer[:3] for answer in answers[0]) == codes
    assert answers[0] == answers[1]
    assert notebook.kept[: len(notebook.kept) // 2] == notebook.kept[len(notebook.kept) // 2 :]


async def test_plain_command_before_the_greeting_is_refused(server: MailServer):
    async with connected(server.port) as client:
        await client.reply()

        assert (await client.say(SENDER))[:3] == "503"


async def _said(client: Client, line: bytes, pieces: int) -> str:
    for piece in (line,) if pieces == 1 else (line[:2], line[2:]):
        client.writer.write(piece)
        await client.writer.drain()
        await asyncio.sleep(0.02)
    return await client.reply()

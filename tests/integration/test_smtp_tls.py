"""STARTTLS and the PROXY header, over real sockets."""

import asyncio
import ipaddress
import socket
import ssl
import struct
import subprocess
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from mailroom import Client, connected, greeted, letter, mail_settings, serving, wire

from mail_gateway import replies
from mail_gateway.errors import CertificateUnusable
from mail_gateway.inbound.server import MailServer
from mail_gateway.models import Envelope

SECRET = b"a secret that only tests know"
MAIL = wire(letter("an.peeters@health.example", "How many days do I have left?", message_id="one@health.example"))
THIS_MACHINE = (ipaddress.ip_network("127.0.0.1"),)
SIGNATURE = b"\r\n\r\n\x00\r\nQUIT\n"  # of version 2


class Notebook:
    """Keeps in memory who sent a mail."""

    def __init__(self) -> None:
        self.remotes: list[str] = []

    async def keep(self, envelope: Envelope, raw: bytes, remote: str) -> None:
        self.remotes.append(remote)


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    folder = tmp_path_factory.mktemp("tls")
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    made = subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "2",
         "-subj", "/CN=balie.example", "-addext", "subjectAltName=DNS:balie.example",
         "-keyout", key, "-out", certificate],
        capture_output=True, check=False,
    )  # fmt: skip
    if made.returncode:
        pytest.skip(f"openssl made no certificate: {made.stderr.decode()[:200]}")
    return certificate, key


@pytest.fixture
def notebook() -> Notebook:
    return Notebook()


@pytest.fixture
async def server(
    notebook: Notebook, tmp_path: Path, certificate: tuple[Path, Path], request: pytest.FixtureRequest
) -> AsyncIterator[MailServer]:
    changes = getattr(request, "param", {})
    settings = mail_settings(
        tmp_path, SECRET, tls_certificate=certificate[0], tls_key=certificate[1], idle_seconds=5, **changes
    )
    async with serving(notebook, settings) as running:
        yield running


async def encrypt(client: Client, certificate: Path, *, behind: bytes = b"") -> None:
    """Ask for STARTTLS, with more behind it in the same packet, and shake hands."""
    client.writer.write(b"STARTTLS\r\n" + behind)
    assert (await client.reply()).startswith("220 ")
    context = ssl.create_default_context(cafile=str(certificate))
    await client.writer.start_tls(context, server_hostname="balie.example")


async def test_mail_is_taken_over_an_encrypted_connection(
    server: MailServer, certificate: tuple[Path, Path], notebook: Notebook
):
    async with greeted(server.port) as client:
        assert "250-STARTTLS" in (await client.say("EHLO client.example")).splitlines()
        await encrypt(client, certificate[0])
        offered = await client.say("EHLO client.example")

        assert "STARTTLS" not in offered
        assert await client.send(MAIL) == replies.KEPT
        assert await client.send(MAIL) == replies.KEPT

    assert notebook.remotes == ["127.0.0.1", "127.0.0.1"]


@pytest.mark.parametrize(
    ("version", "ciphers", "taken"),
    [
        (ssl.TLSVersion.TLSv1, "ALL:@SECLEVEL=0", False),
        (ssl.TLSVersion.TLSv1_1, "ALL:@SECLEVEL=0", False),
        (ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES128-SHA:@SECLEVEL=0", False),
        (ssl.TLSVersion.TLSv1_2, "aNULL:eNULL:@SECLEVEL=0", False),
        (ssl.TLSVersion.TLSv1_2, "ECDHE-ECDSA-AES256-GCM-SHA384", True),
        (ssl.TLSVersion.TLSv1_3, "DEFAULT", True),
    ],
)
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")  # these versions are what is to be refused
async def test_only_versions_and_ciphers_of_today_are_spoken(
    server: MailServer, certificate: tuple[Path, Path], version: ssl.TLSVersion, ciphers: str, taken: bool
):
    context = ssl.create_default_context(cafile=str(certificate[0]))
    context.set_ciphers(ciphers)
    context.minimum_version = context.maximum_version = version
    async with greeted(server.port) as client:
        await client.say("EHLO client.example")
        await client.say("STARTTLS")
        try:
            await client.writer.start_tls(context, server_hostname="balie.example")
            outcome = await client.say("EHLO client.example")
        except (ssl.SSLError, OSError):
            outcome = "refused"

    assert outcome.startswith("250") is taken


async def test_commands_before_the_handshake_are_not_obeyed_after_it(
    server: MailServer, certificate: tuple[Path, Path]
):
    async with greeted(server.port) as client:
        await client.say("EHLO client.example")
        await encrypt(client, certificate[0], behind=b"EHLO injected.example\r\nMAIL FROM:<evil@health.example>\r\n")

        assert (await client.say("NOOP")).startswith("250 ")
        assert (await client.say("MAIL FROM:<an.peeters@health.example>")).startswith("503 ")


@pytest.mark.parametrize("server", [{"tls_required": True}], indirect=True)
async def test_where_tls_is_required_nothing_is_taken_before_it(
    server: MailServer, certificate: tuple[Path, Path], notebook: Notebook
):
    async with greeted(server.port) as client:
        await client.say("EHLO client.example")
        assert await client.say("MAIL FROM:<an.peeters@health.example>") == replies.TLS_FIRST
        assert await client.say("DATA") == replies.TLS_FIRST
        await encrypt(client, certificate[0])
        assert await client.send(MAIL) == replies.KEPT

    assert len(notebook.remotes) == 1


async def test_mail_without_tls_is_taken_where_it_is_not_required(server: MailServer):
    async with greeted(server.port) as client:
        assert await client.send(MAIL) == replies.KEPT


@pytest.mark.parametrize("server", [{"connections_per_address": 1}], indirect=True)
async def test_failed_handshake_is_cut_off_and_gives_its_place_back(
    server: MailServer, caplog: pytest.LogCaptureFixture
):
    async with greeted(server.port) as client:
        await client.say("EHLO client.example")
        await client.say("STARTTLS")
        client.writer.write(b"MAIL FROM:<no.tls@health.example>\r\n" * 5)
        await client.reader.read()

    async with asyncio.timeout(5):
        while True:
            async with connected(server.port) as client:
                if (await client.reply()).startswith("220 "):
                    break
    assert "Traceback" not in caplog.text


async def test_encrypted_connection_gives_its_place_back(
    notebook: Notebook, tmp_path: Path, certificate: tuple[Path, Path]
):
    settings = mail_settings(
        tmp_path, SECRET, tls_certificate=certificate[0], tls_key=certificate[1], connections_per_address=1
    )
    async with serving(notebook, settings) as server:
        for _ in range(3):
            async with greeted(server.port) as client:
                await client.say("EHLO client.example")
                await encrypt(client, certificate[0])
                await client.say("EHLO client.example")
                assert (await client.say("QUIT")).startswith("221 ")
                await client.reader.read()


async def test_server_says_which_files_it_cannot_use(
    notebook: Notebook, tmp_path: Path, certificate: tuple[Path, Path]
):
    wrong = mail_settings(tmp_path, SECRET, tls_certificate=certificate[0], tls_key=tmp_path / "none.pem")

    with pytest.raises(CertificateUnusable, match=r"none\.pem"):
        async with serving(notebook, wrong):
            pass


def version_2(source: str) -> bytes:
    """The header for a TCP connection over IPv4 (PROXY protocol, section 2.2)."""
    addresses = socket.inet_aton(source) + socket.inet_aton("192.0.2.1") + struct.pack("!HH", 4000, 25)
    return SIGNATURE + b"\x21\x11" + struct.pack("!H", len(addresses)) + addresses


proxied = pytest.mark.parametrize(
    "server", [{"proxy_peers": THIS_MACHINE, "connections_per_address": 1, "proxy_seconds": 4.0}], indirect=True
)


@proxied
@pytest.mark.parametrize(
    ("header", "remote"),
    [
        (b"PROXY TCP4 203.0.113.9 192.0.2.1 4000 25\r\n", "203.0.113.9"),
        (b"PROXY TCP6 2001:db8::9 2001:db8::1 4000 25\r\n", "2001:db8::9"),
        (version_2("203.0.113.9"), "203.0.113.9"),
        (b"PROXY UNKNOWN\r\n", "127.0.0.1"),
        (SIGNATURE + b"\x20\x00\x00\x00", "127.0.0.1"),
    ],
)
async def test_client_behind_a_proxy_is_the_one_that_is_written_down(
    server: MailServer, notebook: Notebook, certificate: tuple[Path, Path], header: bytes, remote: str
):
    async with connected(server.port) as client:
        client.writer.write(header)
        assert (await client.reply()).startswith("220 ")
        await client.say("EHLO client.example")
        await encrypt(client, certificate[0])
        assert await client.send(MAIL) == replies.KEPT

    assert notebook.remotes == [remote]


@proxied
async def test_caps_hold_for_the_client_and_not_for_the_proxy(server: MailServer):
    async with connected(server.port) as first, connected(server.port) as second, connected(server.port) as third:
        first.writer.write(version_2("203.0.113.9"))
        assert (await first.reply()).startswith("220 ")
        second.writer.write(version_2("203.0.113.9"))
        assert await second.reply() == replies.TOO_MANY_CONNECTIONS
        third.writer.write(version_2("203.0.113.10"))
        assert (await third.reply()).startswith("220 ")


@proxied
@pytest.mark.parametrize(
    "header", [b"EHLO client.example\r\n", b"PROXY TCP4 a b c d\r\n", SIGNATURE + b"\x31\x11\x00\x00"]
)
async def test_proxy_that_does_not_say_for_whom_is_cut_off(server: MailServer, header: bytes):
    async with connected(server.port) as client:
        client.writer.write(header)
        assert await client.is_cut_off()


@pytest.mark.parametrize("server", [{"proxy_peers": (ipaddress.ip_network("192.0.2.0/24"),)}], indirect=True)
async def test_anybody_else_cannot_claim_to_be_a_proxy(server: MailServer, notebook: Notebook):
    async with greeted(server.port) as client:
        assert (await client.say("PROXY TCP4 203.0.113.9 192.0.2.1 4000 25")).startswith("500 ")
        assert await client.send(MAIL) == replies.KEPT

    assert notebook.remotes == ["127.0.0.1"]

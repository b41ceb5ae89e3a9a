"""What leaves the house leaves over TLS where that is asked, and only to a server that proves its name."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime

import aiohttp
import pytest
import trustme
from aiohttp import web
from aiosmtpd.smtp import SMTP
from mailroom import OtherServer

from casework.digital_keys.openid.endpoints import Endpoints
from casework.digital_keys.openid.provider import ProviderFailed
from mail_gateway.outbound.sender import Delivery, Outcome, Outgoing, SmtpSender
from runtime.settings import SettingsError, read_settings

MAIL = Outgoing(1, "hr@balie.example", "an.peeters@health.example", b"Subject: x\r\n\r\nhello\r\n")
SENT = Delivery(Outcome.SENT, "2.0.0 Taken")


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def server_side(authority: trustme.CA, name: str = "localhost") -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name).configure_cert(context)
    return context


def trusting(authority: trustme.CA) -> ssl.SSLContext:
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@asynccontextmanager
async def relaying(tls: ssl.SSLContext | None) -> AsyncIterator[OtherServer]:
    """Serve a relay that offers STARTTLS, if it is given what for."""
    relay, loop = OtherServer(), asyncio.get_running_loop()
    listening = await loop.create_server(lambda: SMTP(relay, loop=loop, tls_context=tls), "localhost", 0)
    relay.port = listening.sockets[0].getsockname()[1]
    try:
        yield relay
    finally:
        listening.close()
        await listening.wait_closed()


async def sent(relay: OtherServer, trusted: ssl.SSLContext | None) -> Delivery:
    sender = SmtpSender("localhost", relay.port, "balie.example", 5.0, trusted)
    try:
        return await sender.send(MAIL)
    finally:
        await sender.close()


async def test_mail_leaves_to_a_relay_that_proves_its_name(authority: trustme.CA) -> None:
    async with relaying(server_side(authority)) as relay:
        assert await sent(relay, trusting(authority)) == SENT


@pytest.mark.parametrize("fault", ["another name", "another authority", "no encryption", "an old version"])
@pytest.mark.filterwarnings("ignore:ssl.TLSVersion:DeprecationWarning")  # the old version is what is to be refused
async def test_mail_waits_for_a_relay_that_cannot_be_trusted(authority: trustme.CA, fault: str) -> None:
    tls: ssl.SSLContext | None = server_side(authority, "elsewhere.example" if fault == "another name" else "localhost")
    if fault == "another authority":
        tls = server_side(trustme.CA())
    elif fault == "no encryption":
        tls = None
    elif fault == "an old version" and tls is not None:
        tls.set_ciphers("ALL:@SECLEVEL=0")
        tls.minimum_version = tls.maximum_version = ssl.TLSVersion.TLSv1_1

    async with relaying(tls) as relay:
        delivery = await sent(relay, trusting(authority))

    assert (delivery.outcome, relay.arrived) == (Outcome.DEFERRED, [])


async def test_without_that_setting_mail_is_encrypted_where_the_relay_offers_it_whoever_it_is() -> None:
    for tls in (server_side(trustme.CA()), None):
        async with relaying(tls) as relay:
            assert await sent(relay, None) == SENT


@pytest.mark.parametrize(
    "environment",
    [
        {"BALIE_RELAY_TLS_REQUIRED": "true"},
        {"BALIE_RELAY_URL": "smtp://relay.example", "BALIE_RELAY_CA_FILE": "/etc/hostname"},
        {
            "BALIE_RELAY_URL": "smtp://relay.example", "BALIE_RELAY_TLS_REQUIRED": "true",
            "BALIE_RELAY_CA_FILE": "/nowhere/authority.pem",
        },
    ],
)  # fmt: skip
def test_a_half_told_relay_is_refused_at_the_start(environment: dict[str, str], tmp_path) -> None:
    with pytest.raises(SettingsError, match="RELAY_"):
        read_settings(environment, tmp_path)


async def test_a_provider_that_cannot_prove_its_name_is_asked_nothing(authority: trustme.CA) -> None:
    asked: list[str] = []

    async def answer(request: web.Request) -> web.Response:
        asked.append(request.path)
        return web.json_response({})

    app = web.Application()
    app.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "localhost", 0, ssl_context=server_side(authority)).start()
    issuer = f"https://localhost:{runner.addresses[0][1]}"

    with pytest.raises(ProviderFailed) as failed:
        await Endpoints().describe(issuer, datetime.now(UTC))

    await runner.cleanup()
    assert (type(failed.value.__cause__), asked) == (aiohttp.ClientConnectorCertificateError, [])

"""Webhooks: another system is told that something happened, signed, once, and nothing about anybody."""

import hashlib
import hmac
import json
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address, ip_network

import pytest
import trustme
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult
from factories import make_case, make_cast
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from casework.cases import handling
from casework.cases import store as cases
from casework.errors import InvalidInput, NotFound
from casework.messages.models import Channel, MessageKind
from casework.messages.service import Words
from casework.people.models import THE_DESK
from casework.webhooks import service
from casework.webhooks.models import WebhookDelivery
from casework.webhooks.sender import SIGNATURE, Notice, WebhookSender, is_allowed, sign
from casework.webhooks.worker import WebhookWorker

LOCAL = (ip_network("127.0.0.0/8"), ip_network("::1"))


@dataclass
class Listener:
    """The other system."""

    url: str = ""
    status: int = 200
    onward: str = "https://127.0.0.1/elsewhere"
    heard: list[tuple[dict[str, str], bytes]] = field(default_factory=list)

    async def hear(self, request: web.Request) -> web.Response:
        self.heard.append((dict(request.headers), await request.read()))
        return web.Response(status=self.status, headers={"Location": self.onward})


@asynccontextmanager
async def listening(authority: trustme.CA) -> AsyncIterator[Listener]:
    listener = Listener()
    app = web.Application()
    app.router.add_post("/balie", listener.hear)
    runner = web.AppRunner(app)
    await runner.setup()
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost", "127.0.0.1", "system.example").configure_cert(context)
    await web.TCPSite(runner, "127.0.0.1", 0, ssl_context=context).start()
    listener.url = f"https://127.0.0.1:{runner.addresses[0][1]}/balie"
    try:
        yield listener
    finally:
        await runner.cleanup()


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture
def trusting(authority):
    context = ssl.create_default_context()
    authority.configure_trust(context)
    return context


@pytest.fixture
async def listener(authority):
    async with listening(authority) as opened:
        yield opened


async def make(database, desk, url, *kinds):
    async with database.transaction() as session:
        return await service.make(session, url=url, kinds=kinds, maker=THE_DESK, channel="system", now=desk.clock.now())


async def answered(database, desk):
    async with database.transaction() as session:
        cast = await make_cast(session)
        case = await make_case(session, desk, cast.an)
    async with database.transaction() as session:
        case = await cases.by_number(session, case.number)
        said = Words(text="Ten days.", channel=Channel.MAIL)
        await handling.write_to_requester(session, desk, case, cast.hanne, said, kind=MessageKind.ANSWER)
    return case


async def deliveries(database):
    async with database.reading() as session:
        return (await session.execute(select(WebhookDelivery).order_by(WebhookDelivery.id))).scalars().all()


async def test_what_happens_after_it_was_made_is_told_once_signed_and_without_anybody(
    database, desk, listener, trusting
):
    webhook = await make(database, desk, listener.url, "opened", "answer")
    case = await answered(database, desk)
    worker = WebhookWorker(database, desk, WebhookSender(LOCAL, trusting), owner="w")
    while await worker.tell():
        pass

    told = [json.loads(body) for _, body in listener.heard]
    assert sorted((each["kind"], each["case"]) for each in told) == [("answer", case.number), ("opened", case.number)]
    for headers, body in listener.heard:
        assert set(json.loads(body)) == {"id", "kind", "case", "at"}
        moment, mac = (part.partition("=")[2] for part in headers[SIGNATURE].split(","))
        secret = service.secret_of(desk.settings.secret_key, webhook)
        assert mac == hmac.new(secret.encode(), f"{moment}.".encode() + body, hashlib.sha256).hexdigest()
        assert datetime.fromtimestamp(int(moment), UTC) == desk.clock.now()
    assert [(each.state, each.attempts) for each in await deliveries(database)] == [("sent", 1)] * 2


async def test_what_happened_before_is_not_told_and_a_removed_one_is_told_nothing(database, desk, listener, trusting):
    await answered(database, desk)
    webhook = await make(database, desk, listener.url, "opened", "answer")
    worker = WebhookWorker(database, desk, WebhookSender(LOCAL, trusting), owner="w")
    while await worker.tell():
        pass
    async with database.transaction() as session:
        await service.remove(session, webhook.id, by=THE_DESK, channel="system", now=desk.clock.now())
    with pytest.raises(NotFound):
        async with database.transaction() as session:
            await service.remove(session, webhook.id, by=THE_DESK, channel="system", now=desk.clock.now())
    assert await worker.tell() is False
    assert listener.heard == []


@pytest.mark.parametrize("status", [500, 404, 302])
async def test_what_is_not_taken_is_tried_after_five_minutes_then_hourly_for_a_week(
    database, desk, clock, listener, trusting, status
):
    await make(database, desk, listener.url, "answer")
    await answered(database, desk)
    listener.status = status
    worker = WebhookWorker(database, desk, WebhookSender(LOCAL, trusting), owner="w")
    tries = []
    for _ in range(175):
        before = len(listener.heard)
        while await worker.tell():
            pass
        tries.append(len(listener.heard) - before)
        clock.advance(timedelta(minutes=5) if len(tries) == 1 else timedelta(hours=1))
    assert tries == [1] * 170 + [0] * 5
    [failed] = await deliveries(database)
    assert (failed.state, failed.attempts, failed.last_reply) == ("failed", 170, str(status))

    listener.status = 204
    async with database.transaction() as session:
        await service.retry(session, failed.id, clock.now())
    await worker.tell()
    assert (await deliveries(database))[0].state == "sent"
    with pytest.raises(NotFound):
        async with database.transaction() as session:
            await service.retry(session, failed.id, clock.now())


async def test_two_workers_tell_nothing_twice(database, desk, listener, trusting):
    await make(database, desk, listener.url, "opened", "answer", "status", "assigned")
    await answered(database, desk)
    workers = [WebhookWorker(database, desk, WebhookSender(LOCAL, trusting), owner=name) for name in "ab"]
    for _ in range(6):
        for worker in workers:
            await worker.tell()
    ids = [json.loads(body)["id"] for _, body in listener.heard]
    assert len(ids) == len(set(ids)) == 5


async def test_an_address_of_our_own_networks_is_refused_by_name_and_by_number(desk, listener, trusting):
    notice, now = Notice(1, "answer", "HRB0000001", desk.clock.now()), desk.clock.now()
    guarded = WebhookSender((), trusting)
    by_name = listener.url.replace("127.0.0.1", "localhost")
    for url in (listener.url, by_name, "https://[::1]/", "https://169.254.169.254/", "https://2130706433/"):
        taken, reply = await guarded.send(url, "s", notice, now)
        assert (taken, listener.heard) == (False, []), url
        assert reply, url
    taken, reply = await WebhookSender(LOCAL, trusting).send(listener.url.replace("https", "http"), "s", notice, now)
    assert (taken, reply) == (False, "AddressRefused: only https is possible")
    assert (await WebhookSender(LOCAL, trusting).send(by_name, "s", notice, now))[0] is True


@pytest.mark.parametrize(
    "spelled",
    ["127.1", "0x7f000001", "0177.0.0.1", "2130706433", "localhost.", "[::ffff:127.0.0.1]", "[::ffff:7f00:1]",
     "①②⑦.⓪.⓪.①", "127。0。0。1", "%31%32%37.0.0.1"],
)  # fmt: skip
async def test_an_address_of_ours_is_known_however_it_is_spelled(desk, listener, trusting, spelled):
    notice = Notice(1, "answer", "HRB0000001", desk.clock.now())
    url = listener.url.replace("127.0.0.1", spelled)

    taken, _ = await WebhookSender((), trusting).send(url, "s", notice, desk.clock.now())

    assert (taken, listener.heard) == (False, [])


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_nobody_is_led_on_to_another_address(desk, authority, listener, trusting, status):
    notice = Notice(1, "answer", "HRB0000001", desk.clock.now())
    async with listening(authority) as inside:
        listener.status, listener.onward = status, inside.url
        taken, reply = await WebhookSender(LOCAL, trusting).send(listener.url, "s", notice, desk.clock.now())

    assert (taken, reply, len(listener.heard), inside.heard) == (False, str(status), 1, [])


class Names(AbstractResolver):
    """A name server that answers something else each time it is asked."""

    def __init__(self, *answers: list[str]) -> None:
        self.answers = list(answers)

    async def resolve(self, host, port=0, family=socket.AF_INET):
        found = self.answers.pop(0)
        return [ResolveResult(hostname=host, host=one, port=port, family=family, proto=0, flags=0) for one in found]

    async def close(self):
        """Nothing is open."""


async def test_a_name_that_leads_elsewhere_at_the_next_look_is_looked_at_once_for_each_notice(desk, listener, trusting):
    names = Names(["127.0.0.1"], ["10.0.0.1"], ["127.0.0.1", "10.0.0.1"])
    sender = WebhookSender(LOCAL, trusting, lambda: names)
    notice, url = (
        Notice(1, "answer", "HRB0000001", desk.clock.now()),
        listener.url.replace("127.0.0.1", "system.example"),
    )

    told = [((await sender.send(url, "s", notice, desk.clock.now()))[0], len(names.answers)) for _ in range(3)]

    assert told == [(True, 2), (False, 1), (False, 0)]
    assert len(listener.heard) == 1


async def test_a_server_that_cannot_prove_its_name_is_told_nothing(desk, listener):
    notice, now = Notice(1, "answer", "HRB0000001", desk.clock.now()), desk.clock.now()
    taken, reply = await WebhookSender(LOCAL).send(listener.url, "s", notice, now)
    assert (taken, listener.heard) == (False, [])
    assert "CERTIFICATE" in reply.upper()


@pytest.mark.parametrize(
    ("address", "allowed"),
    [
        ("8.8.8.8", True), ("2001:4860:4860::8888", True), ("10.0.0.1", False), ("172.16.0.1", False),
        ("192.168.1.1", False), ("127.0.0.1", False), ("169.254.169.254", False), ("0.0.0.0", False),
        ("100.64.0.1", False), ("224.0.0.1", False), ("255.255.255.255", False), ("::1", False), ("::", False),
        ("fe80::1", False), ("fc00::1", False), ("::ffff:10.0.0.1", False), ("::ffff:127.0.0.1", False),
        ("2002:7f00:1::", False), ("ff02::1", False), ("64:ff9b::a00:1", False),
    ],
)  # fmt: skip
def test_only_addresses_of_the_public_internet_are_allowed(address, allowed):
    assert is_allowed(ip_address(address), ()) is allowed


def test_a_network_can_be_allowed_by_a_setting():
    assert is_allowed(ip_address("10.1.2.3"), [ip_network("10.1.0.0/16")])
    assert is_allowed(ip_address("::ffff:10.1.2.3"), [ip_network("10.1.0.0/16")])
    assert not is_allowed(ip_address("10.2.2.3"), [ip_network("10.1.0.0/16")])


@given(st.binary(max_size=200), st.text(max_size=50), st.datetimes(timezones=st.just(UTC)))
def test_a_signature_covers_the_moment_the_body_and_the_secret(body, secret, at):
    if at.year < 1970:
        at = at.replace(year=2000, day=1)
    signed = sign(secret, body, at)
    assert signed == sign(secret, body, at)
    assert sign(secret + "x", body, at) != signed
    assert sign(secret, body + b"x", at) != signed
    assert (
        sign(secret, body, at.replace(year=at.year - 1, day=1) if at.year > 1971 else at + timedelta(days=1)) != signed
    )


@pytest.mark.parametrize(
    "url",
    ["", "http://system.example/", "https://", "ftp://system.example", "https://user@system.example/", "https://a b/",
     "javascript:alert(1)", "https://system.example:99999/", "https://é.example/",
     "https://" + "a" * 500 + ".example/"],
)  # fmt: skip
async def test_an_address_that_cannot_be_used_is_refused(database, desk, url):
    with pytest.raises(InvalidInput):
        await make(database, desk, url, "answer")


@pytest.mark.parametrize("kinds", [(), ("note",), ("read",), ("answer", "nonsense")])
async def test_a_kind_that_is_not_told_is_refused(database, desk, kinds):
    with pytest.raises(InvalidInput):
        await make(database, desk, "https://system.example/", *kinds)

"""Connections to the relay are used again, and what becomes of one mail never depends on the mail before it."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiosmtpd.smtp import SMTP
from mailroom import OtherServer

from mail_gateway.outbound import relay_pool
from mail_gateway.outbound.sender import Delivery, Outcome, Outgoing, SmtpSender

MAIL = b"Subject: x\r\n\r\nhello\r\n"
TAKEN = Delivery(Outcome.SENT, "2.0.0 Taken")


class Relay(OtherServer):
    """A relay that counts who connects, and can hang up on everybody between two mails."""

    def __init__(self) -> None:
        super().__init__()
        self.sessions: list[SMTP] = []

    def greet(self) -> SMTP:
        self.sessions.append(SMTP(self, loop=asyncio.get_running_loop(), enable_SMTPUTF8=True))
        return self.sessions[-1]

    async def hang_up(self) -> None:
        for session in self.sessions:
            if session.transport is not None:
                session.transport.close()
        await asyncio.sleep(0.05)


@asynccontextmanager
async def relaying() -> AsyncIterator[tuple[Relay, SmtpSender]]:
    relay = Relay()
    listening = await asyncio.get_running_loop().create_server(relay.greet, "127.0.0.1", 0)
    sender = SmtpSender("127.0.0.1", listening.sockets[0].getsockname()[1], "balie.example", 2.0)
    try:
        yield relay, sender
    finally:
        await sender.close()
        listening.close()
        await listening.wait_closed()


def to(name: str) -> Outgoing:
    return Outgoing(1, "hr@balie.example", f"{name}@elsewhere.example", MAIL)


async def test_mails_one_after_the_other_need_one_connection() -> None:
    async with relaying() as (relay, sender):
        outcomes = [await sender.send(to(f"p{number}")) for number in range(5)]

    assert outcomes == [TAKEN] * 5
    assert len(relay.sessions) == 1


async def test_mails_side_by_side_have_a_connection_each_and_share_them_afterwards() -> None:
    async with relaying() as (relay, sender):
        relay.seconds = 0.1
        await asyncio.gather(*(sender.send(to(f"p{number}")) for number in range(4)))
        await asyncio.gather(*(sender.send(to(f"q{number}")) for number in range(4)))

    assert (len(relay.sessions), len(relay.arrived)) == (4, 8)


async def test_refusal_leaves_the_connection_and_the_next_mail_as_they_were() -> None:
    async with relaying() as (relay, sender):
        relay.on_recipient = lambda address: "550 5.1.1 unknown" if address.startswith("bad") else None
        relay.on_mail = lambda count: "451 4.3.0 later" if count == 2 else "250 2.0.0 Taken"
        outcomes = [await sender.send(to(name)) for name in ("a", "bad", "b", "c", "bad", "d")]

    refused, later = Delivery(Outcome.REFUSED, "550 5.1.1 unknown"), Delivery(Outcome.DEFERRED, "451 4.3.0 later")
    assert outcomes == [TAKEN, refused, later, TAKEN, refused, TAKEN]
    assert [mail.rcpt_tos[0][0] for mail in relay.arrived] == ["a", "b", "c", "d"]
    assert len(relay.sessions) == 1


async def test_kept_connection_that_died_is_noticed_before_the_mail_begins() -> None:
    async with relaying() as (relay, sender):
        first = await sender.send(to("a"))
        await relay.hang_up()
        second = await sender.send(to("b"))

    assert (first, second, len(relay.sessions)) == (TAKEN, TAKEN, 2)


async def test_connection_without_a_clear_end_is_not_used_again() -> None:
    async with relaying() as (relay, sender):
        relay.on_mail = lambda count: "hang up" if count == 1 else "250 2.0.0 Taken"
        outcomes = [(await sender.send(to(name))).outcome for name in ("a", "b")]

    assert outcomes == [Outcome.DEFERRED, Outcome.SENT]
    assert len(relay.sessions) == 2


async def test_relay_that_closes_down_is_asked_anew() -> None:
    async with relaying() as (relay, sender):
        relay.on_recipient = lambda address: "421 4.3.2 closing" if address.startswith("bad") else None
        outcomes = [(await sender.send(to(name))).outcome for name in ("bad", "a")]

    assert outcomes == [Outcome.DEFERRED, Outcome.SENT]
    assert len(relay.sessions) == 2


async def test_mail_that_takes_too_long_does_not_leave_its_answer_to_the_next() -> None:
    async with relaying() as (relay, sender):
        relay.seconds = 2.5
        slow = await sender.send(to("slow"))
        relay.seconds = 0.0
        relay.on_recipient = lambda _address: "550 5.1.1 unknown"
        refused = await sender.send(to("bad"))

    assert (slow.outcome, refused.outcome, len(relay.sessions)) == (Outcome.DEFERRED, Outcome.REFUSED, 2)


async def test_connection_is_let_go_after_a_hundred_mails() -> None:
    async with relaying() as (relay, sender):
        outcomes = {(await sender.send(to("a"))).outcome for _ in range(relay_pool.MOST_MAILS + 1)}

    assert (outcomes, len(relay.sessions)) == ({Outcome.SENT}, 2)


async def test_sender_that_was_closed_opens_again() -> None:
    async with relaying() as (relay, sender):
        await sender.send(to("a"))
        await sender.close()

        assert await sender.send(to("b")) == TAKEN
        assert len(relay.sessions) == 2

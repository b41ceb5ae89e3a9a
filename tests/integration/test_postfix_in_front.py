"""Debian's Postfix in front of the desk and behind it, on the lines of the documentation."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import factories
import pytest
from mail_story import SECRET
from mailroom import Bench, OtherServer, greeted, letter, mail_settings, other_server, serving, wire
from ports import free_port
from postfix_server import postfix

from casework.cases import store as cases
from casework.db import Database
from casework.desk import Desk
from mail_gateway import store
from mail_gateway.models import Envelope

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
AN = "an.peeters@health.example"


@dataclass
class Front:
    """Postfix between the desk and the outside."""

    bench: Bench
    port: int
    outside: OtherServer

    async def hand_in(self, number: int, to: str = "hr@balie.example") -> str:
        """Send a mail from outside; returns what Postfix says in the end."""
        mail = wire(letter(AN, "How many days do I have left?", message_id=f"{number}@health.example"))
        async with greeted(self.port) as client:
            return await client.send(mail, mail_from=AN, rcpt_to=to)

    async def kept(self, count: int) -> list[str | None]:
        for _ in range(400):
            mails = await self.bench.mails()
            if len(mails) >= count:
                break
            await asyncio.sleep(0.05)
        return [mail.message_id for mail in await self.bench.mails()]


@pytest.fixture
async def front(database: Database, desk: Desk, tmp_path: Path) -> AsyncIterator[Front]:
    bench = Bench(database, desk, mail_settings(tmp_path, SECRET, smtp_port=free_port()))
    async with database.transaction() as session:
        await factories.bring_people(session)
    async with other_server() as outside, postfix(bench.settings.smtp_port, outside.port) as port:
        yield Front(bench, port, outside)


async def test_mail_through_postfix_becomes_a_case_and_the_answer_leaves_through_it(front: Front):
    async with serving(front.bench.keeper, front.bench.settings):
        assert (await front.hand_in(1)).startswith("250 2.0.0 ")
        assert await front.kept(1) == ["1@health.example"]
    await front.bench.work()
    await front.bench.deliver(port=front.port)
    await asyncio.wait_for(front.outside.count_reaches(1), 20)

    async with front.bench.database.reading() as session:
        assert [case.number for case in await cases.all_cases(session)] == ["HRB0000001"]
    assert AN in {mail.rcpt_tos[0] for mail in front.outside.arrived}


async def test_unknown_address_is_refused_at_the_border(front: Front):
    async with serving(front.bench.keeper, front.bench.settings):
        answers = [await front.hand_in(n, "nobody@balie.example") for n in range(2)]
        known = await front.hand_in(3, "postmaster@balie.example")
        assert await front.kept(1) == ["3@health.example"]

    assert [answer[:3] for answer in answers] == ["550", "550"]
    assert known.startswith("250 ")


async def test_mail_for_a_desk_that_is_away_is_kept_by_postfix_and_comes_later(front: Front):
    assert (await front.hand_in(1)).startswith("250 2.0.0 ")
    await asyncio.sleep(2)
    async with serving(front.bench.keeper, front.bench.settings):
        assert await front.kept(1) == ["1@health.example"]


async def test_451_of_the_desk_makes_postfix_try_again(front: Front):
    class Failing:
        """Cannot keep the first mails."""

        tries = 0

        async def keep(self, envelope: Envelope, raw: bytes, remote: str) -> None:
            self.tries += 1
            if self.tries <= 2:
                raise OSError("no space left on the device")
            await front.bench.keeper.keep(envelope, raw, remote)

    keeper = Failing()
    async with serving(keeper, front.bench.settings):
        assert (await front.hand_in(1)).startswith("250 2.0.0 ")
        assert await front.kept(1) == ["1@health.example"]

    assert keeper.tries == 3


async def test_bare_line_feeds_carry_no_second_mail_through_postfix(front: Front):
    async with serving(front.bench.keeper, front.bench.settings):
        async with greeted(front.port) as client:
            await client.begin()
            await client.say("DATA")
            client.writer.write(
                b"Subject: x\r\n\r\nhello\n.\nMAIL FROM:<a@b.example>\r\nRCPT TO:<hr@balie.example>\r\nDATA\r\n"
            )
            client.writer.write(b"Subject: smuggled\r\n\r\nx\r\n.\r\n")
            await client.writer.drain()
            assert (await client.reply()).startswith("250 ")
        assert (await front.hand_in(1)).startswith("250 ")
        assert "1@health.example" in await front.kept(2)

    raws = [await _raw(front, mail.id) for mail in await front.bench.mails()]
    assert sorted((b"Subject: smuggled" in raw, b"\r\nSubject: x\r\n" in raw) for raw in raws) == [
        (False, False),
        (True, True),
    ]


async def _raw(front: Front, mail_id: int) -> bytes:
    async with front.bench.database.reading() as session:
        return await store.raw(session, mail_id)

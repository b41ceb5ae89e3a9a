"""Whatever the relay does, for however long: nothing is lost, nothing is doubled, and a final no is seen."""

import asyncio
import contextlib
import random
from collections import Counter
from datetime import timedelta
from itertools import pairwise

import pytest
from mail_story import AN, HANNE, OMAR, Story
from mailroom import DESK, Bench, letter, other_server

from casework.cases import handling
from casework.cases import store as cases
from casework.clock import SettableClock
from casework.messages import store as messages
from casework.messages.models import Channel, EventKind
from casework.outbox import service as outbox
from casework.outbox import store as outbox_store
from casework.outbox.models import MailKind, OutboxMail, OutboxState
from casework.people import store as people

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
pytestmark = only_sqlite


async def free_port() -> int:
    async with other_server() as gone:
        return gone.port


async def failures(story: Story) -> list[dict]:
    async with story.bench.database.reading() as session:
        entries = await messages.timeline(session, 1, with_notes=True)
    return [entry.data for entry in entries if entry.kind is EventKind.MAIL_FAILED]


async def outage(bench: Bench, clock: SettableClock, lasts: timedelta) -> None:
    """Let time pass in steps of five minutes' and hours' width while nobody answers at the relay's port."""
    port, ends_at = await free_port(), clock.now() + lasts
    await bench.deliver(port=port)
    clock.advance(timedelta(minutes=5))
    while clock.now() < ends_at:
        await bench.deliver(port=port)
        clock.advance(timedelta(hours=1))


async def test_relay_that_is_away_for_a_week_costs_no_mail(story: Story, clock: SettableClock):
    await story.arrives(letter(AN, "How many days do I have left?", message_id="q@health.example"))
    await outage(story.bench, clock, timedelta(days=7))
    waiting = await story.told()
    async with other_server() as other:
        await story.bench.deliver(port=other.port)

    assert {mail.state for mail in waiting} == {OutboxState.QUEUED}
    assert sorted(mail.rcpt_tos[0] for mail in other.arrived) == [AN, HANNE, OMAR]
    assert {mail.state for mail in await story.told()} == {OutboxState.SENT}
    async with story.bench.database.reading() as session:
        tries = (await outbox_store.attempts_of_case(session, 1))[1]
    waits = [later.at - earlier.at for earlier, later in pairwise(tries)]
    assert waits == [timedelta(minutes=5)] + [timedelta(hours=1)] * 168
    assert Counter(one.outcome for one in tries) == {"deferred": 169, "sent": 1}
    assert all(one.reply for one in tries)


async def test_relay_that_is_away_for_longer_fails_the_mails_where_handlers_see_it(story: Story, clock: SettableClock):
    await story.arrives(letter(AN, "How many days do I have left?", message_id="q@health.example"))
    await outage(story.bench, clock, timedelta(days=7, hours=2))

    assert [mail.state for mail in await story.told()][:3] == [OutboxState.FAILED] * 3
    assert {data["address"] for data in await failures(story)} == {AN, HANNE, OMAR}
    assert [mail.to_address for mail in await story.told(MailKind.UNDELIVERED)] == [HANNE, OMAR]


async def test_week_in_which_the_desk_stood_still_costs_no_try(story: Story, clock: SettableClock):
    await story.arrives(letter(AN, "How many days do I have left?", message_id="q@health.example"))
    clock.advance(timedelta(days=10))
    await story.bench.deliver(port=await free_port())

    assert {mail.state for mail in await story.told()} == {OutboxState.QUEUED}


@pytest.mark.parametrize(
    ("refused", "told"), [(AN, [HANNE]), (HANNE, []), (OMAR, [])], ids=["requester", "own address", "colleague"]
)
async def test_final_no_is_seen_on_the_case_and_told_unless_it_is_the_handlers_own_address(
    story: Story, refused: str, told: list[str]
):
    await story.arrives(letter(AN, "How many days do I have left?", message_id="q@health.example"))
    if refused != OMAR:
        await _hanne_takes_it(story)
    async with other_server() as other:
        other.on_recipient = lambda address: "550 5.1.1 unknown here" if address == refused else None
        await story.bench.deliver(port=other.port)

    assert [(data["address"], data["comment"]) for data in await failures(story)] == [
        (refused, "550 5.1.1 unknown here")
    ]
    assert [mail.to_address for mail in await story.told(MailKind.UNDELIVERED)] == told
    assert refused not in {mail.rcpt_tos[0] for mail in other.arrived}


async def _hanne_takes_it(story: Story) -> None:
    async with story.bench.database.transaction() as session:
        case = await cases.by_id(session, 1)
        hanne = await people.person_by_address(session, HANNE)
        assert hanne is not None
        actor = await people.actor(session, hanne.id)
        await handling.claim(session, story.bench.desk, case, actor, Channel.WEB)


async def test_address_that_the_relay_refuses_twice_is_stopped_and_a_relay_that_refuses_us_stops_nobody(story: Story):
    for said, state in (("554 5.7.1 relay access denied", "failed"), ("550 5.1.1 unknown", "failed")):
        for number in range(2):
            await story.arrives(letter(AN, f"Question {number}: {said}", subject=f"{said} {number}"))
            async with other_server() as other:
                other.on_recipient = lambda address, said=said: said if address == AN else None
                await story.bench.deliver(port=other.port)
            assert (await story.told(MailKind.SUMMARY))[-1].state == state

    await story.arrives(letter(AN, "One more", subject="One more"))
    assert (await story.told(MailKind.SUMMARY))[-1].state == OutboxState.HELD


async def test_every_weather_sends_each_mail_once_but_where_the_end_was_not_clear(bench: Bench, clock: SettableClock):
    chance = random.Random(7)
    count = 120
    async with bench.database.transaction() as session:
        for number in range(count):
            await _tell(session, f"p{number}@elsewhere.example", bench)
    unclear, refused = set[int](), set[int]()

    def weather(arrived: int) -> str:
        sky = chance.random()
        if sky < 0.1:
            unclear.add(arrived)
            return "hang up"
        if sky < 0.2:
            refused.add(arrived)
            return "451 4.3.0 later"
        return "250 OK"

    async with other_server() as other:
        other.on_mail = weather
        other.on_recipient = lambda _address: "450 4.2.1 greylisted" if chance.random() < 0.1 else None
        for _ in range(12):
            await bench.deliver(port=other.port)
            clock.advance(timedelta(hours=1))

    taken = [mail for place, mail in enumerate(other.arrived, 1) if place not in refused]
    doubled = {raw: times for raw, times in Counter(mail.raw for mail in taken).items() if times > 1}
    in_the_dark = {other.arrived[place - 1].raw for place in unclear}
    assert {mail.rcpt_tos[0] for mail in taken} == {f"p{n}@elsewhere.example" for n in range(count)}
    assert set(doubled) - in_the_dark == set()
    assert len({mail.raw for mail in taken}) == count
    async with bench.database.reading() as session:
        assert {mail.state for mail in await outbox.all_mails(session)} == {OutboxState.SENT}


async def _tell(session, address: str, bench: Bench) -> OutboxMail:
    return outbox.tell_address(
        session, kind=MailKind.REGISTER, address=address, language="en", context={"desk_address": DESK},
        now=bench.desk.clock.now(),
    )  # fmt: skip


async def test_mails_that_failed_together_come_back_spread_over_two_minutes(bench: Bench, clock: SettableClock):
    async with bench.database.transaction() as session:
        for number in range(60):
            await _tell(session, f"p{number}@elsewhere.example", bench)
    port = await free_port()
    await bench.deliver(port=port)
    clock.advance(timedelta(minutes=5))
    await bench.deliver(port=port)
    async with bench.database.reading() as session:
        mails = await outbox.all_mails(session)
    waits = [clock.now() + timedelta(hours=1) - mail.due_at for mail in mails]

    assert {mail.attempts for mail in mails} == {2}
    assert timedelta(0) <= min(waits) <= max(waits) < outbox.SPREAD
    quarters = Counter(int(4 * wait / outbox.SPREAD) for wait in waits)
    assert sorted(quarters) == [0, 1, 2, 3]
    assert max(quarters.values()) <= 30


@pytest.mark.parametrize("weather", ["gibberish", "endless reply", "silence", "one byte at a time", "hangs up"])
async def test_hostile_relay_is_given_up_in_time_and_costs_little(bench: Bench, weather: str):
    talking = []

    async def misbehave(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        talking.append((asyncio.current_task(), writer))
        with contextlib.suppress(OSError):
            if weather == "gibberish":
                writer.write(b"\xff\x00 this is no reply\r\n" * 10)
                await writer.drain()
            elif weather == "endless reply":
                for _ in range(2_000):
                    writer.write(b"220-" + b"x" * 500 + b"\r\n")
                    await writer.drain()
            elif weather == "one byte at a time":
                for byte in b"220 " + b"x" * 400:
                    writer.write(bytes([byte]))
                    await asyncio.sleep(0.05)
            if weather == "silence":
                await asyncio.sleep(5)
            writer.close()

    listening = await asyncio.start_server(misbehave, "127.0.0.1", 0)
    async with bench.database.transaction() as session:
        await _tell(session, "p@elsewhere.example", bench)
    began = asyncio.get_running_loop().time()
    await bench.deliver(port=listening.sockets[0].getsockname()[1])
    took = asyncio.get_running_loop().time() - began
    listening.close()
    for task, writer in talking:
        task.cancel()
        writer.transport.abort()
    await asyncio.gather(*(task for task, _ in talking), return_exceptions=True)
    await asyncio.sleep(0)

    async with bench.database.reading() as session:
        [mail] = await outbox.all_mails(session)
    assert (mail.state, mail.attempts) == (OutboxState.QUEUED, 1)
    assert len(mail.last_reply or "") <= 500
    assert took < 2 * bench.settings.send_seconds

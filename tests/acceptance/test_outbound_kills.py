"""Mail that waits to leave leaves, however often the desk is killed; and two desks fall silent."""

import asyncio
import random
import signal
import sqlite3
from collections import Counter
from pathlib import Path

import pytest
import trained_assistant
from factories import PEOPLE
from mail_bombs import with_file
from ports import free_port
from served_desk import Postbox, Service, environment, prepare, receiving

AT_ONCE = 8  # mails under way in one process


def _queue(service: Service, count: int) -> None:
    """Put mails to as many strangers into the outbox, as a service of the desk leaves them."""
    with sqlite3.connect(service.folder / "var" / "balie.db", timeout=30) as opened:
        opened.executemany(
            "INSERT INTO outbox_mails (kind, to_address, subject, text, html, state, attempts, created_at, due_at)"
            " VALUES ('register', ?, 'Hello', 'Hello', '<p>Hello</p>', 'queued', 0, ?, ?)",
            [(f"person-{n}@health.example", "2026-09-15 08:00:00", "2026-09-15 08:00:00") for n in range(count)],
        )


async def _kill_while_mails_leave(service: Service, *, mails: int, kills: int, pause: tuple[float, float]) -> None:
    chance = random.Random(20260915)
    await asyncio.to_thread(_queue, service, mails)
    await service.start()
    for _ in range(kills):
        await asyncio.sleep(chance.uniform(*pause))
        await service.stop(signal.SIGKILL)
        await service.start()
    told = await service.json_until(
        lambda rows: {row["state"] for row in rows} == {"sent"}, "outbox", "list", seconds=600
    )
    await service.stop()

    assert len(told) == mails
    arrived = Counter(mail.to for mail in service.postbox.arrived)
    assert sorted(arrived) == sorted(f"person-{n}@health.example" for n in range(mails))
    assert max(arrived.values()) <= 1 + kills  # the same mail may be under way at each kill
    assert arrived.total() - mails <= kills * AT_ONCE
    assert len({(mail.to, mail.message["Message-ID"]) for mail in service.postbox.arrived}) == mails


@pytest.mark.timeout(300)
async def test_killed_desk_sends_every_mail_and_doubles_only_what_was_under_way(
    tmp_path: Path, post: tuple[Postbox, int]
) -> None:
    service = await asyncio.to_thread(prepare, tmp_path, *post)

    await _kill_while_mails_leave(service, mails=300, kills=2, pause=(0.1, 0.6))


@pytest.mark.soak
@pytest.mark.timeout(1800)
async def test_desk_that_is_killed_ten_times_sends_five_thousand_mails(
    tmp_path: Path, post: tuple[Postbox, int]
) -> None:
    service = await asyncio.to_thread(prepare, tmp_path, *post)

    await _kill_while_mails_leave(service, mails=5_000, kills=10, pause=(1, 3))


def _desk(folder: Path, postbox: Postbox, domain: str, smtp: int, relay: int, people: str) -> Service:
    """Return a desk whose relay is the other desk."""
    folder.mkdir()
    trained_assistant.lend(folder / "var")
    http = free_port()
    variables = environment(folder, smtp=smtp, http=http, relay=relay, BALIE_DESK_ADDRESS=f"hr@{domain}")
    service = Service(variables, folder, f"http://127.0.0.1:{http}", smtp, postbox)
    (folder / "people.csv").write_text(people)
    service.balie("people", "import", "people.csv")
    return service


@pytest.mark.timeout(300)
@pytest.mark.parametrize("acquainted", [False, True])
async def test_two_desks_that_write_to_each_other_fall_silent(tmp_path: Path, acquainted: bool) -> None:
    """Whether the other desk is a stranger or stands among the people: one mail sets off no more than one answer."""
    here, there = free_port(), free_port()
    knows = {away: PEOPLE.replace("an.peeters@health.example", f"hr@{away}.example") for away in ("north", "south")}
    people = knows if acquainted else dict.fromkeys(knows, PEOPLE)
    async with receiving() as (postbox, _):
        one = await asyncio.to_thread(_desk, tmp_path / "north", postbox, "north.example", here, there, people["south"])
        other = await asyncio.to_thread(
            _desk, tmp_path / "south", postbox, "south.example", there, here, people["north"]
        )
        await asyncio.gather(one.start(), other.start())
        try:
            first = with_file("hello", "a.txt", b"hello").replace(b"an.peeters@health.example", b"hr@south.example")
            await one.hand_in(
                first.replace(b"hr@balie.example", b"hr@north.example"), "hr@south.example", "hr@north.example"
            )
            await asyncio.sleep(20)
            came = [await asyncio.to_thread(desk.json, "mail", "list") for desk in (one, other)]
        finally:
            await asyncio.gather(one.stop(), other.stop())

    assert [mail["from"] for mail in came[0]] == ["hr@south.example"]
    assert [(mail["from"], mail["state"]) for mail in came[1]] == [("hr@north.example", "ignored")]

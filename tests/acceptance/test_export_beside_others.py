"""An export of a large log is streamed: memory stays where it was, and the others notice little (ASVS V15.2.2)."""

import asyncio
import sqlite3
import time
from contextlib import closing
from datetime import UTC, datetime

import aiohttp
import pytest
from process_memory import MEGABYTE, MemoryWatch
from served_desk import Service

from casework.db import Database
from casework.people import sign_in, store
from runtime import tables

ROWS = 100_000
MOST_MEGABYTES = 60
LONGEST_SECONDS = 1.0
TIMES_SLOWER = 10  # where the machine itself is so busy that a page takes long beside no export
FILL = """
WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ?)
INSERT INTO audit_entries (at, action, actor, channel, details, seal)
SELECT '2026-01-01 08:00:00.000000', 'read', 'Somebody ' || n, 'web', '{"note": "what is kept of this"}', '' FROM number
"""


async def cookie_of(service: Service, address: str) -> dict[str, str]:
    """Sign somebody in without the detour of a mail."""
    tables.load()
    database = Database(f"sqlite+aiosqlite:///{service.folder / 'var/balie.db'}")
    async with database.transaction() as session:
        person = await store.person_by_address(session, address)
        assert person is not None
        token = await sign_in.begin_session(session, person, datetime.now(UTC))
    await database.close()
    return {"balie": token}


def fill_log(service: Service) -> None:
    with closing(sqlite3.connect(service.folder / "var/balie.db", timeout=30)) as connection, connection:
        connection.execute(FILL, (ROWS,))
        connection.execute("UPDATE audit_head SET entry_id = (SELECT max(id) FROM audit_entries)")


async def memory_is_steady(pid: int) -> None:
    """Wait until the assistant has got ready, which takes what it takes on a busy machine."""
    before, now = 0, MemoryWatch(pid).now()
    while abs(now - before) > MEGABYTE:
        await asyncio.sleep(5)
        before, now = now, MemoryWatch(pid).now()


async def slowest(service: Service, cookies: dict[str, str], until: "asyncio.Task[object]") -> tuple[float, int]:
    """Return the 99th percentile of `visits`, in seconds, and how many there were."""
    took = sorted(await visits(service, cookies, until))
    return took[len(took) * 99 // 100], len(took)


async def visits(service: Service, cookies: dict[str, str], until: "asyncio.Task[object]") -> list[float]:
    """Open the start page again and again until something ends; return how long each took."""
    took = []
    async with aiohttp.ClientSession(cookies=cookies) as client:
        while not until.done():
            began = time.monotonic()
            async with client.get(f"{service.http}/") as answer:
                assert (answer.status, "An Peeters" in await answer.text()) == (200, True)
            took.append(time.monotonic() - began)
            await asyncio.sleep(0.1)
    return took


async def exported_bytes(service: Service, cookies: dict[str, str], kind: str) -> bytes:
    async with (
        aiohttp.ClientSession(cookies=cookies) as client,
        client.get(f"{service.http}/admin/log/export?format={kind}") as answer,
    ):
        assert (answer.status, answer.headers["Transfer-Encoding"]) == (200, "chunked")
        return await answer.read()


@pytest.mark.soak
@pytest.mark.parametrize("kind", ["csv", "xlsx"])
@pytest.mark.timeout(900)
async def test_a_hundred_thousand_rows_are_exported_while_others_work_on(service: Service, kind: str) -> None:
    ada, an = [await cookie_of(service, f"{name}.example") for name in ("ada.bakker@balie", "an.peeters@health")]
    fill_log(service)
    assert service.process is not None
    alone, _ = await slowest(service, an, asyncio.create_task(asyncio.sleep(4)))
    await memory_is_steady(service.process.pid)
    with MemoryWatch(service.process.pid) as watch:
        export: asyncio.Task[bytes] = asyncio.create_task(exported_bytes(service, ada, kind))
        beside, count = await slowest(service, an, export)

    content = await export
    assert count > 20
    assert beside < max(LONGEST_SECONDS, TIMES_SLOWER * alone)
    assert watch.rise < MOST_MEGABYTES
    if kind == "csv":
        assert content.count(b'"read"') == ROWS
        assert len({line.partition(b",")[0] for line in content.splitlines()[1:]}) > ROWS

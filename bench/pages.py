"""The time of pages of a big desk, against a bare aiohttp and Jinja2 page of the same size in the same run."""

import asyncio
import dataclasses
import os
import sys
import tempfile
import time
from collections.abc import AsyncGenerator, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median, quantiles

import aiohttp
from aiohttp import web
from jinja2 import Environment

from bench import big_desk
from casework.db import Database
from casework.people import sign_in
from casework.people import store as people
from casework.portal.app import create_app
from runtime import wiring
from runtime.settings import read_settings

REQUESTS = int(os.environ.get("BENCH_REQUESTS", "60"))
WARM_UPS = 5
ADMIN, EMPLOYEE = 1, 5_000
BARE = Environment(autoescape=True).from_string(
    "<!DOCTYPE html><html><head><title>{{ title }}</title></head><body><table>{% for row in rows %}"
    "<tr><td>{{ row.at }}</td><td>{{ row.who }}</td><td>{{ row.what }}</td></tr>\n{% endfor %}</table></body></html>"
)
BYTES_OF_A_ROW = 96
PAGES = {
    "start page": (EMPLOYEE, "/"),
    "search, a word": (EMPLOYEE, "/search?q=verlof"),
    "search, a ticket": (EMPLOYEE, "/search?q=HRB0004899"),
    "my tickets": (EMPLOYEE, "/cases"),
    "case page": (EMPLOYEE, "/cases/HRB0004899"),
    "workspace": (ADMIN, "/workspace"),
    "case log, page 1": (ADMIN, "/admin/log"),
    "case log, page 10,000": (ADMIN, "/admin/log?page=10000"),
    "case log, of a person": (ADMIN, "/admin/log?person=p5000@organisation"),
    "case log, of a handler": (ADMIN, "/admin/log?handler=p7@organisation"),
    "case log, of an organisation": (ADMIN, "/admin/log?organisation=7"),
    "case log, of a kind": (ADMIN, "/admin/log?kind=answer"),
    "case log, words": (ADMIN, "/admin/log?words=bicycle+payslip"),
    "case log, tickets": (ADMIN, "/admin/log?show=cases&page=3000"),
    "users": (ADMIN, "/admin/users"),
    "failed jobs": (ADMIN, "/admin/jobs"),
}


async def _bare(request: web.Request) -> web.Response:
    count = int(request.query["bytes"]) // BYTES_OF_A_ROW
    rows = [
        {"at": "15/09/2026 10:00", "who": "Voornaam7 Naam7", "what": f"opened the ticket {n}"} for n in range(count)
    ]
    return web.Response(text=BARE.render(title="bare", rows=rows), content_type="text/html")


@asynccontextmanager
async def _served(app: web.Application) -> AsyncGenerator[str]:
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@contextmanager
def _postgres() -> Iterator[str]:
    sys.path.insert(0, str(Path(__file__).parents[1] / "tests"))
    import postgres  # noqa: PLC0415 -- it lives with the tests

    named = os.environ.get("TEST_DATABASE_URL")
    if named:
        with postgres.fresh_database(named) as url:
            yield url
        return
    with postgres.server() as server, postgres.fresh_database(server.url) as url:
        yield url


async def measure() -> None:
    """Print the 95th percentile of each page, and its ratio to the bare page, on SQLite and on PostgreSQL."""
    print(f"\npages of a desk with {big_desk.CASES:,} cases; baseline: a bare aiohttp and Jinja2 page of the same size")
    with tempfile.TemporaryDirectory() as folder:
        await _measure(f"sqlite:///{folder}/balie.db", Path(folder))
        with _postgres() as url:
            await _measure(url, Path(folder))


async def _measure(url: str, folder: Path) -> None:
    settings = read_settings({"BALIE_DATA_DIR": str(folder), "BALIE_DATABASE_URL": url}, folder)
    house = wiring.build(settings)
    began = time.perf_counter()
    await big_desk.build(house.database)
    print(f"{url.partition(':')[0]}: built in {time.perf_counter() - began:.0f} s")
    desk = dataclasses.replace(
        house.desk, settings=dataclasses.replace(house.desk.settings, public_url="http://x.example")
    )
    cookies = {who: await _session(house.database, who, house) for who in (ADMIN, EMPLOYEE)}
    bare = web.Application()
    bare.add_routes([web.get("/bare", _bare)])
    app = create_app(database=house.database, desk=desk, rules=house.sign_in)
    async with _served(app) as ours, _served(bare) as theirs, aiohttp.ClientSession() as client:
        for name, (who, path) in PAGES.items():
            await _compare(client, name, ours + path, theirs, cookies[who])
    await house.database.close()


async def _session(database: Database, person_id: int, house: wiring.House) -> str:
    async with database.transaction() as session:
        person = await people.person(session, person_id)
        return await sign_in.begin_session(session, person, house.clock.now())


async def _compare(client: aiohttp.ClientSession, name: str, address: str, bare: str, token: str) -> None:
    headers = {"Cookie": f"balie={token}"}
    for _ in range(WARM_UPS):
        status, size, _ = await _fetch(client, address, headers)
    ours, theirs = [], []
    for _ in range(REQUESTS):
        ours.append((await _fetch(client, address, headers))[2])
        theirs.append((await _fetch(client, f"{bare}/bare?bytes={size}", {}))[2])
    slow, plain = (quantiles([took.wall for took in times], n=20)[-1] * 1000 for times in (ours, theirs))
    spent = median(took.cpu for took in ours) / median(took.cpu for took in theirs)
    wrong = "" if status == 200 else f"  STATUS {status}"
    ratios = f"{slow / plain:6.1f} x {plain:.1f} ms, CPU {spent:5.1f} x"
    print(f"{name:>30}: p95 {slow:7.1f} ms, {ratios} ({size:,} bytes){wrong}")


@dataclass(frozen=True)
class Took:
    """What a page took: seconds until it was there, and CPU of this process, which a loaded machine bends less."""

    wall: float
    cpu: float


async def _fetch(client: aiohttp.ClientSession, address: str, headers: dict[str, str]) -> tuple[int, int, Took]:
    began, used = time.perf_counter(), time.process_time()
    async with client.get(address, headers=headers, allow_redirects=False) as answer:
        body = await answer.read()
        took = Took(time.perf_counter() - began, time.process_time() - used)
        return answer.status, len(body), took


if __name__ == "__main__":
    asyncio.run(measure())

"""A real browser on a running portal: Chromium, driven by playwright; skipped where there is none."""

import dataclasses
import shutil
import socket
from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright
from portal_site import Site, open_site

from casework.people import sign_in
from casework.people import store as people
from casework.people.models import Actor, Level

NAMES = ("chromium", "chromium-browser", "google-chrome")


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


@pytest.fixture
def unused_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture
async def chromium() -> AsyncIterator[Browser]:
    found = next((path for name in NAMES if (path := shutil.which(name))), None)
    if found is None:
        pytest.skip("no Chromium on this machine")
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(executable_path=found, args=["--no-sandbox"])
        yield browser
        await browser.close()


@pytest.fixture
async def site(database, desk, sign_in_rules) -> AsyncIterator[Site]:
    settings = dataclasses.replace(desk.settings, public_url="http://127.0.0.1")
    async with open_site(database, dataclasses.replace(desk, settings=settings), sign_in_rules) as opened:
        yield opened


class Reader:
    """A person's browser on the portal; it fails when a page runs or fetches what it should not."""

    def __init__(self, site: Site, context: BrowserContext) -> None:
        self.site = site
        self.context = context
        self.faults: list[str] = []
        self.others: list[str] = []  # where it may go besides

    @property
    def root(self) -> str:
        return str(self.site.client.make_url("")).rstrip("/")

    async def open(self, path: str) -> Page:
        page = await self.context.new_page()
        page.on("dialog", lambda dialog: self.faults.append(f"dialog {dialog.message}"))
        page.on("pageerror", lambda error: self.faults.append(f"error {error}"))
        page.on("console", lambda message: self._judge(message.type, message.text))
        page.on("request", lambda request: self._judge_request(request.url))
        await page.goto(self.root + path)
        return page

    def _judge(self, kind: str, text: str) -> None:
        if kind == "error" and "status of 4" not in text:
            self.faults.append(f"console {text}")

    def _judge_request(self, url: str) -> None:
        if not url.startswith((self.root, *self.others)):
            self.faults.append(f"request {url}")


@pytest.fixture
async def reader(site, chromium):
    """Return a function that gives somebody a browser."""
    made: list[Reader] = []

    async def give(actor: Actor | None = None, *, level: Level = Level.SUBSTANTIAL, **options) -> Reader:
        context = await chromium.new_context(
            **{"locale": "nl-BE", "viewport": {"width": 1280, "height": 900}, **options}
        )
        one = Reader(site, context)
        if actor is not None:
            async with site.database.transaction() as session:
                person = await people.person(session, actor.person_id)
                token = await sign_in.begin_session(session, person, site.desk.clock.now(), level=level)
            await context.add_cookies([{"name": "balie", "value": token, "url": one.root}])
        made.append(one)
        return one

    yield give
    for one in made:
        await one.context.close()
    assert [one.faults for one in made if one.faults] == []

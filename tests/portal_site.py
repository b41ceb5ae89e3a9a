"""A portal in a test: the application on a real socket, and browsers that keep cookies and bring back form tokens."""

import re
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any

from aiohttp import ClientResponse, DummyCookieJar, FormData, web, web_app
from aiohttp.test_utils import TestClient, TestServer
from factories import Cast, make_case, make_cast

from casework.cases import handling
from casework.cases import store as cases
from casework.cases.models import Case
from casework.db import Database
from casework.desk import Desk
from casework.digital_keys.offer import Offer
from casework.messages.models import Channel, MessageKind
from casework.messages.service import Words
from casework.people import sign_in
from casework.people import store as people
from casework.people.models import Actor, Level
from casework.people.sign_in import SignInRules
from casework.portal.app import create_app
from casework.portal.runner import PortalRunner
from casework.portal.shell.section import Section

TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')


class _PortalServer(TestServer):
    """Serves the application on a free port as the desk does."""

    async def _make_runner(self, **options: Any) -> PortalRunner:
        return PortalRunner(self.app, **options)


@dataclass(frozen=True)
class Page:
    """What came back."""

    status: int
    headers: Mapping[str, str]
    text: str
    body: bytes

    @property
    def location(self) -> str:
        return self.headers.get("Location", "")

    @property
    def token(self) -> str:
        found = TOKEN.search(self.text)
        assert found is not None, "the page holds no form"
        return found[1]


def words_of(page: Page) -> str:
    """Return the text of a page as somebody reads it."""
    body = page.text.partition("<main")[2].partition("</main>")[0]
    return " ".join(re.sub(r"<[^>]+>", " ", body).split())


@dataclass
class Browser:
    """Keeps its cookies; a form is sent with the token of the page it was last on."""

    client: TestClient[Any, Any]
    cookies: dict[str, str] = field(default_factory=dict)
    token: str = ""

    async def get(self, path: str, headers: Mapping[str, str] | None = None) -> Page:
        return await self._send("GET", path, headers=headers)

    async def post(
        self,
        path: str,
        data: Mapping[str, str] | None = None,
        *,
        files: Sequence[tuple[str, str, bytes]] = (),
        headers: Mapping[str, str] | None = None,
    ) -> Page:
        form = FormData({"csrf_token": self.token} | dict(data or {}))
        for name, filename, content in files:
            form.add_field(name, content, filename=filename, content_type="application/octet-stream")
        return await self._send("POST", path, data=form, headers=headers)

    async def post_many(self, path: str, data: Mapping[str, str], cases: Sequence[str]) -> Page:
        """Send a form on which several cases are ticked."""
        ticked = [("case", number) for number in cases]
        return await self._send("POST", path, headers=None, data=[("csrf_token", self.token), *data.items(), *ticked])

    async def _send(self, method: str, path: str, *, headers: Mapping[str, str] | None, data: Any = None) -> Page:
        carried = "; ".join(f"{name}={value}" for name, value in self.cookies.items())
        response = await self.client.request(
            method, path, data=data, headers={"Cookie": carried} | dict(headers or {}), allow_redirects=False
        )
        self._keep_cookies(response)
        body = await response.read()
        page = Page(response.status, response.headers, body.decode("utf-8", "replace"), body)
        if found := TOKEN.search(page.text):
            self.token = found[1]
        return page

    def _keep_cookies(self, response: ClientResponse) -> None:
        for header in response.headers.getall("Set-Cookie", []):
            for name, morsel in SimpleCookie(header).items():
                if morsel["max-age"] == "0":
                    self.cookies.pop(name, None)
                else:
                    self.cookies[name] = morsel.value


@dataclass(frozen=True)
class Site:
    """A running portal."""

    client: TestClient[Any, Any]
    database: Database
    desk: Desk
    rules: SignInRules
    cast: Cast

    def stranger(self) -> Browser:
        return Browser(self.client)

    async def case_of(self, requester: Actor, text: str = "How many days do I have left?") -> Case:
        """Open a case as a mail would."""
        async with self.database.transaction() as session:
            return await make_case(session, self.desk, requester, text=text)

    async def answered_case(self, requester: Actor, words: str = "You have ten days left.") -> Case:
        """Open a case that waits for the acceptance of its answer."""
        case = await self.case_of(requester)
        async with self.database.transaction() as session:
            found = await cases.by_number(session, case.number)
            said = Words(text=words, channel=Channel.MAIL)
            await handling.write_to_requester(session, self.desk, found, self.cast.hanne, said, kind=MessageKind.ANSWER)
        return found

    async def case(self, number: str) -> Case:
        """Return a case as it stands now."""
        async with self.database.reading() as session:
            return await cases.by_number(session, number)

    async def browser_of(self, actor: Actor, level: Level = Level.SUBSTANTIAL) -> Browser:
        """Return the browser of somebody who has signed in, well enough for what is delicate."""
        async with self.database.transaction() as session:
            assert actor.person_id is not None
            person = await people.person(session, actor.person_id)
            token = await sign_in.begin_session(session, person, self.desk.clock.now(), level=level)
        https = self.desk.settings.public_url.startswith("https://")
        browser = Browser(self.client, {"__Host-balie" if https else "balie": token})
        await browser.get("/profile")
        return browser


@asynccontextmanager
async def open_site(
    database: Database,
    desk: Desk,
    rules: SignInRules,
    sections: Sequence[Section] = (),
    development_maildir: Path | None = None,
    offer: Offer | None = None,
    port: int | None = None,
    app: web.Application | None = None,
) -> AsyncIterator[Site]:
    """Serve the portal to the people of a test on a free port, for as long as the block lasts."""
    async with database.transaction() as session:
        cast = await make_cast(session)
    app = app or create_app(
        database=database,
        desk=desk,
        rules=rules,
        sections=sections,
        development_maildir=development_maildir,
        offer=offer,
    )
    try:
        async with TestClient(_PortalServer(app, port=port), cookie_jar=DummyCookieJar()) as client:
            yield Site(client, database, desk, rules, cast)
    finally:
        # It would hold each application with its engines and templates: gigabytes after thousands of tests.
        web_app._cached_build_middleware.cache_clear()

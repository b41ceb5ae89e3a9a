"""A browser for the demo: signs in with the code that arrives by mail, reads pages and sends their forms."""

import re
from types import TracebackType
from typing import Self
from urllib.parse import urljoin

import aiohttp
from lxml import html

from casework.errors import CaseworkError
from runtime.demo.postbox import Postbox

CODE = re.compile(r"\b\d{6}\b")


class Visitor:
    """One person at their browser."""

    def __init__(self, root: str, postbox: Postbox) -> None:
        self._root = root
        self._postbox = postbox
        self._client = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))
        self.address = root
        self.page = html.fromstring("<html></html>")

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._client.close()

    async def visit(self, address: str) -> None:
        """Open a page."""
        async with self._client.get(urljoin(self._root, address)) as answer:
            await self._show(answer)

    async def send(self, action: str, **fields: str) -> None:
        """Fill in the form of this page that goes to an address, and send it."""
        form = next((form for form in self.page.forms if (form.action or "").endswith(action)), None)
        if form is None:
            raise CaseworkError(f"{self.address} has no form for {action}")
        values = {name: value for name, value in form.form_values() if isinstance(value, str)} | fields
        async with self._client.post(urljoin(self._root, form.action), data=values) as answer:
            await self._show(answer)

    async def sign_in(self, address: str) -> None:
        """Sign in on the page that asks for it; afterwards the page that was wanted is open."""
        had = len(self._postbox.to(address))
        await self.send("/sign-in", address=address)
        code = CODE.search((await self._postbox.next_to(address, after=had)).text)
        await self.send("/sign-in/code", code=code.group() if code else "")

    def text(self, css_class: str) -> str:
        """Return the words of the first part of the page with a class."""
        found = self.page.find_class(css_class)
        return " ".join(found[0].text_content().split()) if found else ""

    async def _show(self, answer: aiohttp.ClientResponse) -> None:
        if answer.status >= 400:
            raise CaseworkError(f"{answer.method} {answer.url.path} answered {answer.status}")
        self.address = str(answer.url)
        self.page = html.fromstring(await answer.text())

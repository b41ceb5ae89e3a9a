"""No address that a page leads to, loads or sends to says who somebody is or opens anything by itself (ASVS 14.2.1)."""

import html
import re
from collections.abc import AsyncIterator, Iterator
from urllib.parse import unquote_plus

import every_page
import pytest
from chat_site import whole_chat_section
from factories import PEOPLE
from integration import test_route_table as routes
from portal_site import Site, open_site

ADDRESS = re.compile(r'\b(?:href|src|action|formaction|hx-get|data-live|data-page|data-keeps)="([^"]*)"')
DESK = "mailto:hr@balie.example"
NAMES = [line.split(",")[3] for line in PEOPLE.splitlines()[1:]]
PERSONAL = re.compile(
    r"@|" + "|".join(NAMES) + r"|BE\d{14}|\b\d{2}[.]?\d{2}[.]?\d{2}[-]?\d{3}[.]?\d{2}\b", re.IGNORECASE
)


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


@pytest.fixture
async def site(database, desk, sign_in_rules, model_folder) -> AsyncIterator[Site]:
    chat = whole_chat_section(database, desk, model_folder)
    sections = (routes.mail_pages.SECTION, routes.payroll_pages.SECTION, chat)
    async with open_site(database, desk, sign_in_rules, sections) as opened:
        await every_page.furnish(opened)
        yield opened


def addresses_of(text: str) -> list[str]:
    return [unquote_plus(html.unescape(found)) for found in ADDRESS.findall(text)]


def pages() -> Iterator[tuple[str, str]]:
    """Return each page of the table of routes once, for somebody who may see it: staff rather than others."""
    for written, allowed in routes.TABLE.items():
        method, path = written.split(" ")
        walked = method == "GET" and path not in every_page.NOT_WALKED and written != routes.LIVE
        if walked and allowed and "static" not in path:
            for address in [every_page.filled_in(path), *every_page.BESIDES.get(path, [])]:
                yield max(allowed, key=every_page.ORDER.index), address


def test_what_may_not_stand_in_an_address_is_known():
    telling = ["/users?q=an.peeters%40health.example", "/log?person=Peeters", "/pay/BE68539007547034", "/n/85073003328"]
    silent = ["/cases/HRB0001167", "/attachments/12", "/static/portal/balie.css?v=0123456789ab", "/admin/log?top=200"]

    assert [bool(PERSONAL.search(one)) for one in addresses_of(" ".join(f'href="{one}"' for one in telling))] == [
        True
    ] * 4
    assert [PERSONAL.search(one) for one in silent] == [None] * 4


async def test_no_address_on_any_page_names_a_person_or_holds_a_secret(site):
    told, seen = set(), 0
    for role, path in pages():
        browser = await routes.browser_as(site, role)
        page = await browser.get(path)
        secrets = [*browser.cookies.values(), browser.token]
        for address in addresses_of(page.text):
            seen += 1
            if address != DESK and (PERSONAL.search(address) or any(one and one in address for one in secrets)):
                told.add((role, path, address))

    assert told == set()
    assert seen > 1_000

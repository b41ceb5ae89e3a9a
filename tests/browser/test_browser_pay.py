"""What a ticket would change in pay, and the simulation, in a real browser: with script, without, on a phone."""

import dataclasses
from collections.abc import AsyncIterator

import pytest
from axe_playwright_python.async_playwright import Axe
from factories import make_case
from playwright.async_api import Page
from portal_site import Site, open_site
from sqlalchemy import update

from casework.cases import handling
from casework.messages.models import Channel, MessageKind
from casework.messages.service import Words
from casework.people.models import Person
from payroll.facts import importing
from payroll.pages.section import SECTION

pytestmark = pytest.mark.browser

ROWS = f"{','.join(importing.COLUMNS)}\nE100,2026-01-01,,3000.00,1,single,none,0,0,hired\n"
TWO_CHILDREN = {"kind": "change", "effective": "2026-08-01", "children": "2"}
WAYS = {
    "script": {},
    "no-script": {"java_script_enabled": False},
    "phone": {"viewport": {"width": 360, "height": 740}},
}


@pytest.fixture
async def site(database, desk, sign_in_rules) -> AsyncIterator[Site]:
    settings = dataclasses.replace(desk.settings, public_url="http://127.0.0.1")
    own = dataclasses.replace(desk, settings=settings)
    async with open_site(database, own, sign_in_rules, [SECTION]) as opened:
        read, _ = importing.read_facts(ROWS)
        async with database.transaction() as session:
            await importing.import_facts(session, desk.clock, read, "Ada Bakker")
            case = await make_case(session, own, opened.cast.an)
            await handling.classify(session, own, case, opened.cast.hanne, "household", TWO_CHILDREN, Channel.WEB)
            words = Words(text="In orde.", channel=Channel.WEB)
            await handling.write_to_requester(session, own, case, opened.cast.hanne, words, kind=MessageKind.ANSWER)
        yield opened


@pytest.mark.parametrize("way", list(WAYS))
async def test_preview_and_simulation_are_read_in_every_way(site, reader, way):
    an = await reader(site.cast.an, **WAYS[way])
    page = await an.open("/cases/HRB0000001")
    await page.get_by_text("De volgende weddefiche zou voor al deze maanden samen verrekenen: + 276,00 EUR").wait_for()
    assert await _overflow(page, way) == 0
    await page.goto(f"{an.root}/pay/simulation")
    await page.get_by_label("Deel van voltijds").select_option("50")
    await page.get_by_role("button", name="Bereken").click()
    row = page.locator("tr", has_text="Loopbaanonderbreking deeltijds (50 %)")
    await row.get_by_text("1.500,00 EUR").wait_for()
    assert await _overflow(page, way) == 0


async def _overflow(page: Page, way: str) -> int:
    """Return by how many pixels a page is wider than its window; without script nobody can ask."""
    if way == "no-script":
        return 0
    return int(await page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))


@pytest.mark.parametrize(("language", "width"), [("nl", 1280), ("fr", 360), ("de", 360), ("en", 1280)])
async def test_preview_and_simulation_are_accessible(site, reader, language, width):
    async with site.database.transaction() as session:
        await session.execute(update(Person).where(Person.id == site.cast.an.person_id).values(language=language))
    an = await reader(site.cast.an, viewport={"width": width, "height": 900})
    for path in ("/cases/HRB0000001", "/pay/simulation"):
        page = await an.open(path)
        found = (await Axe().run(page)).response["violations"]
        assert [violation["id"] for violation in found] == [], path
        await page.close()

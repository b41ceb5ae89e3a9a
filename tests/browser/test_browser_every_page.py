"""Every page of the table of routes in a real browser: no violation in four languages, no wider than it is, by keys."""

import dataclasses
from collections.abc import AsyncIterator

import every_page
import pytest
from axe_playwright_python.async_playwright import Axe
from chat_site import whole_chat_section
from integration import test_route_table as routes
from joserfc.jwk import RSAKey
from openid_provider import CLIENT
from portal_site import Site, open_site
from sqlalchemy import update

from casework.digital_keys.models import Way
from casework.digital_keys.offer import Offer
from casework.digital_keys.openid.provider import Provider
from casework.people.models import LANGUAGES, Level, Person

pytestmark = [pytest.mark.browser, pytest.mark.timeout(600)]

DESKTOP, PHONE = {"width": 1280, "height": 900}, {"width": 360, "height": 740}
SEEN_AS = {"nl": DESKTOP, "fr": PHONE, "de": DESKTOP, "en": PHONE}
OPEN_ALL = "document.querySelectorAll('details').forEach((one) => (one.open = true))"
IS_WIDER = "document.documentElement.scrollWidth > window.innerWidth"
# What can be reached by Tab: a group of radio buttons is one stop, at the chosen one or else the first.
STOPS = """() => {
  const stands = (radio) => {
    const group = [...document.getElementsByName(radio.name)].filter((one) => one.form === radio.form);
    return (group.find((one) => one.checked) || group[0]) === radio;
  };
  const all = document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex]');
  const stops = [...all].filter((one) =>
    one.tabIndex >= 0 && !one.disabled && one.checkVisibility({visibilityProperty: true}) &&
    (one.type !== 'radio' || stands(one)));
  const met = [];
  document.addEventListener('focusin', (event) => {
    const place = stops.indexOf(event.target);
    const look = getComputedStyle(event.target);
    const shows = (look.outlineStyle !== 'none' && parseFloat(look.outlineWidth) > 0) || look.boxShadow !== 'none';
    if (place >= 0) met.push([place, shows ? '' : event.target.outerHTML.slice(0, 120)]);
  });
  window.met = met;
  return stops.length;
}"""
AT_ONCE = 25  # keys between two looks


@pytest.fixture
async def site(database, desk, sign_in_rules, model_folder) -> AsyncIterator[Site]:
    key = RSAKey.generate_key(2048)
    provider = Provider("https://provider.example", CLIENT, signing_key=key, encryption_key=key, claim="egovNRN")
    offer = Offer(providers={Way.EID: provider, Way.ITSME: provider})
    settings = dataclasses.replace(
        desk.settings, public_url="http://127.0.0.1", self_service_url="https://self-service.example/",
        expenses_url="https://expenses.example/",
    )  # fmt: skip
    desk = dataclasses.replace(desk, settings=settings)
    chat = whole_chat_section(database, desk, model_folder)
    sections = (routes.mail_pages.SECTION, routes.payroll_pages.SECTION, chat)
    async with open_site(database, desk, sign_in_rules, sections, offer=offer) as opened:
        await every_page.furnish(opened)
        yield opened


async def walk(site, reader, **options):
    """Give each page, in a browser of the one who sees it."""
    pages = {}
    for visit in await every_page.visits(site):
        if visit.role not in pages:
            actor = await every_page.actor_of(site, visit.role)
            visitor = await reader(actor, level=Level.HIGH, **options)
            pages[visit.role] = await visitor.open("/"), visitor.root
        page, root = pages[visit.role]
        await page.goto(root + visit.address)
        assert page.url == root + visit.address, f"{visit} was led elsewhere"
        yield visit, page


@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_page_has_a_violation_nor_is_wider_than_its_window(site, reader, language):
    async with site.database.transaction() as session:
        await session.execute(update(Person).values(language=language))
    found, spoken = {}, set()
    async for visit, page in walk(site, reader, locale=language, viewport=SEEN_AS[language]):
        await page.evaluate(OPEN_ALL)
        wrong = [f"{v['id']}: {v['nodes'][0]['html'][:120]}" for v in (await Axe().run(page)).response["violations"]]
        for size in (DESKTOP, PHONE):
            await page.set_viewport_size(size)
            if await page.evaluate(IS_WIDER):
                wrong.append(f"scrolls sideways at {size['width']}")
        await page.set_viewport_size(SEEN_AS[language])
        spoken.add(await page.locator("html").get_attribute("lang"))
        if wrong:
            found[visit] = wrong
    assert found == {}
    assert spoken == {language}


async def test_each_page_is_gone_through_by_tab_in_its_order_with_the_focus_in_sight(site, reader):
    found, count = {}, 0
    async for visit, page in walk(site, reader, viewport=DESKTOP):
        stops = await page.evaluate(STOPS)
        met = await press_tab(page, stops)
        first = met[0][0]
        missed = sorted(set(range(stops)) - {place for place, _ in met})
        order = list(dict.fromkeys(place for place, _ in met))
        hidden = [html for _, html in met if html]
        if missed or hidden or order != [*range(first, stops), *range(first)]:
            found[visit] = (missed, hidden, order)
        count += stops
    assert found == {}
    assert count > 500


async def press_tab(page, stops):
    """Press Tab until each stop was met or it is clear that one never will be; return what was met, in its order."""
    met = []
    for _ in range(5 * stops // AT_ONCE + 2):
        for _ in range(AT_ONCE):
            await page.keyboard.press("Tab")
        met = await page.evaluate("window.met")
        if len({place for place, _ in met}) == stops:
            break
    return met

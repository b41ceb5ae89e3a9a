"""The chat as people see it, in a real browser: with and without its script, wide and on a phone."""

import dataclasses
import re
from collections.abc import AsyncIterator

import pytest
from axe_playwright_python.async_playwright import Axe
from chat_site import open_chat
from playwright.async_api import Page, expect
from portal_site import Site

pytestmark = pytest.mark.browser

WIDE, PHONE = {}, {"viewport": {"width": 360, "height": 740}}
QUESTION = "Hoeveel verlofdagen heb ik dit jaar nog over?"


@pytest.fixture
async def site(database, desk, sign_in_rules, model_folder) -> AsyncIterator[Site]:
    settings = dataclasses.replace(desk.settings, public_url="http://127.0.0.1")
    served = dataclasses.replace(desk, settings=settings)
    async with open_chat(database, served, sign_in_rules, model_folder) as opened:
        yield opened


@pytest.fixture
def open_page(reader):
    """Return a function that opens the chat for somebody who has signed in."""

    async def open_(actor, **options) -> Page:
        return await (await reader(actor, **options)).open("/chat")

    return open_


GETS_READY_MS = 30_000  # the first answer of all waits until the assistant has read its examples


async def say(page: Page, text: str) -> None:
    """Type a message, send it with Enter, and wait until it was answered."""
    had = await page.locator(".chat-assistant").count()
    await page.get_by_label("Uw bericht").fill(text)
    await page.get_by_label("Uw bericht").press("Enter")
    await expect(page.locator(".chat-assistant")).to_have_count(had + 1, timeout=GETS_READY_MS)


async def assert_clean(page: Page) -> None:
    """Find nothing that axe would report, and nothing that makes the page scroll sideways."""
    result = await Axe().run(page)
    assert [f"{wrong['id']}: {wrong['nodes'][0]['html'][:200]}" for wrong in result.response["violations"]] == []
    assert not await page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


@pytest.mark.parametrize("screen", [WIDE, PHONE], ids=["wide", "phone"])
async def test_from_greeting_to_case_number_with_a_reload_in_the_middle(site, open_page, tmp_path, screen):
    page = await open_page(site.cast.an, **screen)
    await assert_clean(page)
    await say(page, "hallo")
    await page.get_by_role("button", name="Een vraag indienen").click()
    await expect(page.get_by_text("Wat is uw vraag?")).to_be_visible()
    await say(page, QUESTION)
    await page.reload()

    await expect(page.locator(".chat-message")).to_have_count(6)
    await say(page, "Verlofdagen")
    await assert_clean(page)
    await page.screenshot(path=tmp_path / "chat.png")
    await page.get_by_role("button", name="Ja", exact=True).click()
    await page.get_by_role("link", name="Ticket HRB0000001 bekijken").click()

    await expect(page.get_by_role("heading", name="Verlofdagen")).to_be_visible()
    await expect(page.get_by_text(QUESTION).first).to_be_visible()
    assert (await site.case("HRB0000001")).channel == "chat"


async def test_what_is_said_in_one_tab_appears_in_the_other_and_is_read_out(site, open_page):
    first, second = await open_page(site.cast.an), await open_page(site.cast.an)
    await say(first, "hallo")
    heard = second.get_by_role("log", name="Gesprek")
    await expect(heard.locator(".chat-message")).to_have_count(2)
    assert await heard.get_attribute("aria-live") == "polite"
    await say(second, "bedankt")
    await expect(first.get_by_role("button", name="Een vraag indienen")).to_have_count(0)


async def test_enter_sends_shift_enter_begins_a_line_and_the_field_keeps_the_focus(site, open_page):
    page = await open_page(site.cast.an)
    field = page.get_by_label("Uw bericht")
    await field.press_sequentially("hallo")
    await field.press("Shift+Enter")
    await field.press_sequentially("daar")
    await field.press("Enter")
    await expect(page.locator(".chat-person .words")).to_have_text("hallo\ndaar")
    await expect(field).to_have_value("")
    await expect(field).to_be_focused()
    await expect(page.locator(".chat-pending")).to_have_count(0)


async def test_a_button_by_keyboard_leaves_the_focus_in_the_field(site, open_page):
    page = await open_page(site.cast.an)
    await say(page, "hallo")
    await page.get_by_role("button", name="Mijn cases").press("Enter")
    await expect(page.locator(".chat-person .words").last).to_have_text("Mijn cases")
    await expect(page.get_by_label("Uw bericht")).to_be_focused()


@pytest.mark.parametrize("scripted", [True, False], ids=["script", "no script"])
async def test_a_month_is_picked_in_the_browsers_own_field(site, open_page, tmp_path, scripted):
    page = await open_page(site.cast.an, **PHONE, java_script_enabled=scripted)
    await page.get_by_label("Uw bericht").fill('/file_form{"form": "pay_question"}')
    await page.get_by_role("button", name="Verzenden").click()
    month = page.get_by_label("Kies de maand")
    await expect(month).to_have_attribute("type", "month", timeout=GETS_READY_MS)
    if scripted:
        await assert_clean(page)
        await page.screenshot(path=tmp_path / "month.png")
    await month.fill("2026-08")
    await page.get_by_role("button", name="Maand verzenden").click()
    await expect(page.locator(".chat-person .words").last).to_have_text("2026-08")
    await expect(page.get_by_text("Lijn op de weddefiche").last).to_be_visible()
    await expect(month).to_have_count(0)


async def test_what_people_write_never_runs(site, open_page):
    page = await open_page(site.cast.an)
    payload = '<img src=x onerror="document.title=1"><b>bold</b> javascript:alert(1) https://balie.example/a.'
    await say(page, payload)
    assert await page.locator(".chat-person .words").inner_text() == payload
    assert await page.locator(".chat-log img, .chat-log b").count() == 0
    assert await page.locator(".chat-person a").get_attribute("href") == "https://balie.example/a"
    await page.reload()
    assert await page.locator(".chat-person .words").inner_text() == payload


async def test_a_refused_message_stays_in_the_field_with_the_reason(site, open_page):
    page = await open_page(site.cast.an)
    await page.get_by_label("Uw bericht").fill("x" * 6000)
    await page.get_by_label("Uw bericht").press("Enter")
    await expect(page.get_by_role("alert")).to_contain_text("Dat bericht is te lang voor de chat")
    await expect(page.get_by_label("Uw bericht")).to_have_value("x" * 6000)
    await expect(page.locator(".chat-message")).to_have_count(0)


KEEP_SOCKET = """
window.WebSocket = class extends WebSocket {
  constructor(address) { super(address); window.latest = this; }
};
"""


async def test_a_lost_connection_is_told_and_nothing_is_lost_or_said_twice(site, open_page):
    page, other = await open_page(site.cast.an), await open_page(site.cast.an)
    await page.add_init_script(KEEP_SOCKET)
    await page.reload()
    await say(page, "hallo")
    await page.evaluate("latest.send = () => {}")
    await page.get_by_label("Uw bericht").fill("bedankt")
    await page.get_by_label("Uw bericht").press("Enter")
    await expect(page.locator(".chat-pending .words")).to_have_text("bedankt")

    await page.evaluate("latest.close()")
    await expect(page.get_by_role("status").get_by_text("De verbinding is verbroken")).to_be_visible()
    await say(other, "nee")

    await expect(page.locator(".chat-person .words")).to_have_text(["hallo", "nee", "bedankt"])
    await expect(page.locator(".chat-pending")).to_have_count(0)
    await expect(page.get_by_text("De verbinding is verbroken")).to_be_hidden()


DIES_OVER_IT = """() => {
  latest.send = (frame) => {
    const { text, key } = JSON.parse(frame);
    const echo = { type: "message", seq: 3, from: "person", text, when: "", key };
    latest.dispatchEvent(new MessageEvent("message", { data: JSON.stringify(echo) }));
  };
}"""


async def test_a_message_that_was_taken_and_not_answered_is_sent_again(site, open_page):
    page = await open_page(site.cast.an)
    await page.add_init_script(KEEP_SOCKET)
    await page.reload()
    await say(page, "hallo")
    await page.evaluate(DIES_OVER_IT)
    await page.get_by_label("Uw bericht").fill("bedankt")
    await page.get_by_label("Uw bericht").press("Enter")
    await expect(page.locator(".chat-person .words")).to_have_text(["hallo", "bedankt"])

    await page.evaluate("latest.close()")

    await expect(page.locator(".chat-assistant")).to_have_count(2)
    await expect(page.locator(".chat-person .words")).to_have_text(["hallo", "bedankt"])


async def test_without_a_socket_the_form_still_works(site, open_page):
    page = await open_page(site.cast.an)
    await page.add_init_script("window.WebSocket = class extends EventTarget { readyState = 3; }")
    await page.reload()
    await page.get_by_label("Uw bericht").fill("hallo")
    await page.get_by_role("button", name="Verzenden").click()
    await expect(page.locator(".chat-assistant .words")).to_contain_text("Dag!")


async def test_signing_out_elsewhere_ends_the_tab_and_leads_back_to_it(site, open_page):
    page = await open_page(site.cast.an)
    other = await page.context.new_page()
    await other.goto(page.url.replace("/chat", "/profile"))
    await other.get_by_role("button", name="Afmelden").click()
    await expect(page.get_by_role("status").get_by_text("Uw sessie is afgelopen.")).to_be_visible()
    await assert_clean(page)
    await page.get_by_role("link", name="Meld u opnieuw aan").click()
    assert re.search(r"/sign-in\?next=(%2F|/)chat$", page.url)


async def test_without_script_a_case_is_filed(site, open_page):
    page = await open_page(site.cast.an, java_script_enabled=False, **PHONE)
    await page.get_by_role("button", name="Ik wil een vraag indienen").click()
    for text in (QUESTION, "Verlofdagen"):
        await page.get_by_label("Uw bericht").fill(text)
        await page.get_by_role("button", name="Verzenden").click()
    await page.get_by_role("button", name="Ja", exact=True).click()
    await expect(page.get_by_role("link", name="Ticket HRB0000001 bekijken")).to_be_visible()
    assert (await site.case("HRB0000001")).subject == "Verlofdagen"


@pytest.mark.parametrize("options", [PHONE, {"java_script_enabled": False}], ids=["phone", "no script"])
async def test_a_day_is_chosen_in_the_browsers_own_field_or_typed(site, open_page, tmp_path, options):
    page = await open_page(site.cast.an, **options)
    for text in ('/file_form{"form": "telework"}', '/choose{"choice": "regular"}'):
        await send(page, text)
    field = page.get_by_label("Kies de datum")
    await expect(field).to_be_visible(timeout=GETS_READY_MS)
    if options is PHONE:
        await assert_clean(page)
    await page.screenshot(path=tmp_path / "day.png")
    await field.fill("2027-10-01")
    await page.get_by_role("button", name="Datum verzenden").click()
    await expect(page.locator(".chat-person .words").last).to_have_text("2027-10-01")
    await expect(page.get_by_label("Kies de datum")).to_have_count(1)  # that of the end; the first is past
    await send(page, "31 december 2027")
    await expect(page.locator(".chat-assistant").last).to_contain_text("Aantal telewerkdagen per maand?")
    await expect(page.get_by_label("Kies de datum")).to_have_count(0)


async def send(page: Page, text: str) -> None:
    """Type a message and press the button."""
    had = await page.locator(".chat-person").count()
    await page.get_by_label("Uw bericht").fill(text)
    await page.get_by_role("button", name="Verzenden", exact=True).click()
    await expect(page.locator(".chat-person:not(.chat-pending)")).to_have_count(had + 1, timeout=3 * GETS_READY_MS)

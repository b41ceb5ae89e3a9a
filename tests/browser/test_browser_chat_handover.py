"""Three people wait for one handler, and a request with a file is filed by chat: both sides in real browsers."""

import dataclasses

import pytest
from axe_playwright_python.async_playwright import Axe
from chat_site import open_talks
from playwright.async_api import Page, expect

from casework.outbox import service as outbox

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}}
NO_SOCKET = """
window.WebSocket = class extends EventTarget {
  readyState = 3;
  constructor() { super(); setTimeout(() => this.dispatchEvent(new CloseEvent("close", { code: 1006 }))); }
  close() {}
};
"""


@pytest.fixture
async def opened(database, desk, sign_in_rules, model_folder):
    settings = dataclasses.replace(desk.settings, public_url="http://127.0.0.1")
    served = dataclasses.replace(desk, settings=settings)
    async with open_talks(database, served, sign_in_rules, model_folder, gives=True) as found:
        yield found


@pytest.fixture
def site(opened):
    return opened[0]


@pytest.fixture
def talks(opened):
    return opened[1]


async def assert_clean(page: Page) -> None:
    """Find nothing that axe would report, and nothing that makes the page scroll sideways."""
    result = await Axe().run(page)
    assert [f"{wrong['id']}: {wrong['nodes'][0]['html'][:200]}" for wrong in result.response["violations"]] == []
    assert not await page.evaluate("document.documentElement.scrollWidth > window.innerWidth")


GETS_READY_MS = 60_000  # the first answer of all waits until the assistant has read its examples


async def write(page: Page, text: str) -> None:
    field = page.locator("#text")
    await field.fill(text)
    await page.locator("#write button[type=submit]").click()
    await expect(page.locator(".chat-person .words").filter(has_text=text).last).to_be_visible()


async def ask(page: Page, text: str) -> None:
    """Write something that the assistant answers, and wait until it did."""
    had = await page.locator(".chat-assistant").count()
    await write(page, text)
    await expect(page.locator(".chat-assistant")).to_have_count(had + 1, timeout=GETS_READY_MS)


async def test_three_people_wait_for_one_handler_and_each_gets_their_turn(site, talks, reader):
    people = [site.cast.an, site.cast.luc, site.cast.greta]
    tabs = []
    for person in people:
        page = await (await reader(person, **PHONE)).open("/chat")
        await talks.handover.ask(f"web-{person.person_id}", str(person.person_id), "nl", None, [])
        tabs.append(page)
    for number, page in enumerate(tabs, start=1):
        await expect(page.locator("#place")).to_contain_text(str(number))
    await assert_clean(tabs[1])

    hanne = await (await reader(site.cast.hanne)).open("/workspace/chat")
    await expect(hanne.locator(".chat-waiting li")).to_have_count(3)
    await assert_clean(hanne)
    await hanne.get_by_role("button", name="Ik ben beschikbaar").click()
    await expect(tabs[0].locator("#place")).to_contain_text("U spreekt met Hanne Claes.")
    await expect(tabs[1].locator("#place")).to_contain_text("numéro 1")
    await expect(tabs[2].locator("#place")).to_contain_text("Nummer 2")

    await hanne.get_by_role("link", name="An Peeters").click()
    await write(tabs[0], "Ik heb een vraag over mijn fiche")
    await expect(hanne.locator(".chat-log")).to_contain_text("Ik heb een vraag over mijn fiche")
    await assert_clean(hanne)
    await hanne.get_by_label("Uw bericht").fill("Die is intussen verbeterd.")
    await hanne.get_by_role("button", name="Verzenden").click()
    await expect(tabs[0].locator(".chat-handler .words")).to_have_text("Die is intussen verbeterd.")
    await expect(tabs[0].locator(".chat-handler strong")).to_have_text("Hanne Claes")
    await assert_clean(tabs[0])

    await tabs[0].reload()  # in the middle: the place and the conversation are the same
    await expect(tabs[0].locator("#place")).to_contain_text("U spreekt met Hanne Claes.")
    await hanne.get_by_role("button", name="Beëindigen: dit is het antwoord").click()
    await expect(tabs[0].locator(".chat-assistant .words").last).to_contain_text("U ontvangt een kopie")
    await expect(tabs[0].locator("#place")).to_be_hidden()
    await expect(tabs[1].locator("#place")).to_contain_text("Vous parlez avec Hanne Claes.")
    await expect(tabs[2].locator("#place")).to_contain_text("Nummer 1")
    await tabs[2].get_by_role("button", name="Nicht länger warten").click()
    await expect(tabs[2].locator("#place")).to_be_hidden()

    async with site.database.reading() as session:
        sent = [(mail.kind, mail.person_id) for mail in await outbox.all_mails(session)]
    assert ("link", site.cast.an.person_id) in sent


async def test_a_request_with_a_file_from_greeting_to_case_and_the_copy_by_mail(site, reader):
    page = await (await reader(site.cast.an, **PHONE)).open("/chat")
    await ask(page, "hallo")
    await page.get_by_role("button", name="Een vraag indienen").click()
    await expect(page.locator(".chat-assistant")).to_have_count(2)
    await ask(page, "Hoeveel verlofdagen heb ik dit jaar nog over?")
    await page.get_by_text("Een bestand toevoegen, of het gesprek beëindigen").click()
    await assert_clean(page)
    file = {"name": "attest.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4 proof"}
    await page.locator("#files").set_input_files(file)
    await page.get_by_role("button", name="Bestand toevoegen").click()
    await expect(page.locator(".chat-assistant .words").last).to_contain_text("Ik heb attest.pdf goed ontvangen.")
    await page.reload()
    await ask(page, "Verlofdagen")
    await page.get_by_role("button", name="Ja", exact=True).click()
    await expect(page.get_by_role("link", name="Ticket HRB0000001 bekijken")).to_be_visible()

    await page.get_by_text("Een bestand toevoegen, of het gesprek beëindigen").click()
    await page.get_by_role("button", name="Beëindigen en mij een kopie sturen").click()
    await expect(page.get_by_role("status")).to_contain_text("U ontvangt een kopie")
    await assert_clean(page)
    async with site.database.reading() as session:
        mails = {mail.kind: mail for mail in await outbox.all_mails(session)}
    assert "/chat/transcript" in mails["transcript"].text
    await page.goto(page.url.replace("/chat/transcript?done=copy", "/cases/HRB0000001?tab=attachments"))
    await expect(page.get_by_text("attest.pdf").first).to_be_visible()


async def test_where_no_socket_gets_through_events_and_forms_do_the_same(site, reader):
    one = await reader(site.cast.an)
    page = await one.open("/chat")
    await page.add_init_script(NO_SOCKET)
    async with page.expect_response("**/chat/events?*"):
        await page.reload()
    await expect(page.locator("#lost")).to_be_hidden()
    await ask(page, "hallo")
    await expect(page.locator(".chat-assistant .words")).to_contain_text("Dag!")
    assert page.url.endswith("/chat")
    await page.get_by_role("button", name="Mijn cases").click()
    await expect(page.locator(".chat-assistant .words").last).to_have_text("U hebt nog geen tickets bij ons.")


async def test_a_handler_without_script_does_all_of_it_too(site, talks, reader):
    await talks.handover.ask(f"web-{site.cast.an.person_id}", str(site.cast.an.person_id), "nl", None, [])
    page = await (await reader(site.cast.hanne, java_script_enabled=False, **PHONE)).open("/workspace")
    await expect(page.get_by_text("Er wacht één persoon op een gesprek.")).to_be_visible()
    await page.get_by_role("link", name="Naar de gesprekken").click()
    await page.get_by_label("Français").check()
    await page.get_by_role("button", name="Ik ben beschikbaar").click()
    await expect(page.get_by_role("heading", name="U bent beschikbaar")).to_be_visible()
    await page.goto(page.url.replace("/workspace/chat", "/workspace/chat/1"))
    await page.get_by_label("Uw bericht").fill("Goedemorgen.")
    await page.get_by_role("button", name="Verzenden").click()
    await expect(page.locator(".chat-handler .words")).to_have_text("Goedemorgen.")
    await page.get_by_role("button", name="Beëindigen: ik werk verder aan het ticket").click()
    await expect(page.get_by_text("Niemand op dit moment.")).to_be_visible()

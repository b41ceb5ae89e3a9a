"""A handler's day in a real browser: claim, note, ask, answer, two at once; without JavaScript, and on a phone."""

import pytest
from axe_playwright_python.async_playwright import Axe
from sqlalchemy import update

from casework.cases.models import Status
from casework.people.models import LANGUAGES, Person

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}}


async def send(page, kind, text, done):
    await page.get_by_label(kind).check()
    await page.locator("#text").fill(text)
    await page.locator("#reply").get_by_role("button", name="Verzenden").click()
    await page.get_by_text(done).wait_for()


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}, PHONE])
async def test_a_day_from_the_queue_to_an_answer(site, reader, options):
    case = await site.case_of(site.cast.luc)
    hanne = await reader(site.cast.hanne, **options)
    page = await hanne.open("/workspace")
    await page.locator("nav.views").get_by_role("link", name="Nog niet toegewezen").click()
    await page.get_by_role("link", name="My leave").click()
    await page.get_by_role("button", name="Dit ticket op mij nemen").click()
    await page.get_by_text("Dit ticket is nu van u.").wait_for()
    await send(page, "Interne nota", "Looks like last year", "Uw nota is bewaard.")
    await send(page, "Vraag aan de aanvrager", "Which year do you mean?", "Uw vraag is verstuurd.")
    assert (await site.case(case.number)).status is Status.AWAITING_INFO

    page = await hanne.open("/workspace/answers")
    await page.get_by_label("Titel").fill("Ten days")
    await page.get_by_label("Français").fill("Il vous reste dix jours, {name}.")
    await page.get_by_role("button", name="Bewaren").click()
    await page.get_by_text("Het antwoord is bewaard.").wait_for()
    page = await hanne.open(f"/cases/{case.number}")
    await page.get_by_label("Standaardantwoord").select_option("Ten days")
    await page.get_by_role("button", name="Onder de tekst invoegen").click()
    assert await page.locator("#text").input_value() == "Il vous reste dix jours, Luc Martin."
    await page.locator("#reply").get_by_role("button", name="Verzenden").click()
    await page.get_by_text("Uw antwoord is verstuurd.").wait_for()
    assert (await site.case(case.number)).status is Status.AWAITING_ACCEPTANCE


async def test_two_handlers_meet_on_one_ticket_and_nothing_is_lost(site, reader):
    case = await site.case_of(site.cast.an)
    hanne, omar = await reader(site.cast.hanne), await reader(site.cast.omar)
    mine = await hanne.open(f"/cases/{case.number}")
    theirs = await omar.open(f"/cases/{case.number}")
    await mine.locator("#text").press_sequentially("You have ten")
    await mine.get_by_text("Uw tekst is bewaard.").wait_for()
    await theirs.get_by_text("Hanne Claes rédige une réponse en ce moment.").wait_for()  # live, without reloading

    await theirs.locator("#text").fill("Which year?")
    await theirs.locator("#reply").get_by_role("button", name="Envoyer").click()
    await theirs.wait_for_url("**done=answered")
    await mine.locator("#reply").get_by_role("button", name="Verzenden").click()
    await mine.get_by_text("Er was hier iemand terwijl u schreef.").wait_for()
    assert await mine.locator(".news li").all_inner_texts() == [
        "Omar Diallo nam dit ticket op zich",
        "Omar Diallo antwoordde: Which year?",
    ]
    assert await mine.locator("#text").input_value() == "You have ten"
    await mine.get_by_role("button", name="Toch versturen").click()
    await mine.get_by_text("Uw antwoord is verstuurd.").wait_for()


async def test_a_reply_that_was_begun_is_there_in_another_browser(site, reader):
    case = await site.case_of(site.cast.an)
    page = await (await reader(site.cast.hanne)).open(f"/cases/{case.number}")
    await page.locator("#text").press_sequentially("Half a sentence")
    await page.get_by_text("Uw tekst is bewaard.").wait_for()
    await page.close()
    again = await (await reader(site.cast.hanne, java_script_enabled=False)).open(f"/cases/{case.number}")
    assert await again.locator("#text").input_value() == "Half a sentence"


@pytest.mark.parametrize("language", LANGUAGES)
async def test_a_screen_reader_meets_no_obstacle(site, reader, language):
    case = await site.case_of(site.cast.an)
    async with site.database.transaction() as session:
        await session.execute(update(Person).values(language=language))
    hanne = await reader(site.cast.hanne)
    for path in ("/workspace", "/workspace?language=fr", "/workspace/answers", f"/cases/{case.number}"):
        page = await hanne.open(path)
        await page.evaluate("document.querySelectorAll('details').forEach((one) => (one.open = true))")
        results = await Axe().run(page)
        found = [(one["id"], one["nodes"][0]["html"]) for one in results.response["violations"]]
        assert found == [], path


async def test_nothing_is_wider_than_a_phone(site, reader):
    case = await site.case_of(site.cast.an)
    hanne = await reader(site.cast.hanne, **PHONE)
    for path in ("/workspace", "/workspace?language=nl", "/workspace/answers", f"/cases/{case.number}"):
        page = await hanne.open(path)
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360, path

"""The portal as people see it, in a real browser."""

import re

import pytest

from casework.attachments.models import IncomingFile
from casework.cases import service
from casework.messages.models import Channel
from casework.messages.service import Words
from casework.outbox import service as outbox

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}}


async def test_a_requester_follows_the_link_of_a_mail_signs_in_and_accepts(site, reader):
    case = await site.answered_case(site.cast.an, "Ten days are left.")
    an = await reader()

    page = await an.open(f"/cases/{case.number}")
    await page.get_by_label("E-mailadres").fill("An.Peeters@health.example")
    await page.get_by_role("button", name="Stuur mij een code").click()
    await page.get_by_label("Code").wait_for()
    async with site.database.reading() as session:
        mail = (await outbox.all_mails(session))[-1]
    await page.get_by_label("Code").fill(re.findall(r"\b\d{6}\b", mail.text)[0])
    await page.get_by_role("button", name="Aanmelden").click()

    await page.get_by_text("Ten days are left.").first.wait_for()
    await page.get_by_label("Opmerking").fill("Thank you!")
    await page.get_by_role("button", name="Ja", exact=True).click()
    await page.get_by_text("U hebt het antwoord aanvaard. Het ticket is gesloten.").wait_for()
    assert await page.locator(".status-card .status").inner_text() == "Voltooid gesloten"
    assert (await site.case(case.number)).status.value == "closed_complete"


async def test_without_script_a_choice_shows_its_fields_and_a_request_is_filed(site, reader):
    an = await reader(site.cast.an, java_script_enabled=False)
    page = await an.open("/catalogue/forms/work_regime_reduction")
    assert await page.locator("#field-issuer").count() == 0
    await page.get_by_label("Vermindering van werkregime").select_option("early_return")
    await page.get_by_role("button", name="De velden bij mijn keuze tonen").click()
    await page.get_by_label("Begindatum").fill("2026-10-01")
    await page.get_by_label("Statuut").select_option("contractual")
    note = {"name": "proof.txt", "mimeType": "text/plain", "buffer": b"I return."}
    await page.get_by_label("Bewijsstuk bij de werkhervatting").set_input_files([note])
    await page.get_by_role("button", name="Indienen").click()
    await page.get_by_text("Uw aanvraag is verzonden.").wait_for()
    assert (await site.case("HRB0000001")).fields["regime"] == "early_return"


async def test_with_script_a_choice_shows_its_fields_at_once_and_keeps_the_rest(site, reader):
    an = await reader(site.cast.an)
    page = await an.open("/catalogue/forms/work_regime_reduction")
    await page.get_by_label("Begindatum").fill("2026-10-01")
    await page.get_by_label("Vermindering van werkregime").select_option("foster_leave")
    await page.get_by_label("Opmerking").fill("Typed before the fields came.")
    await page.locator("#field-issuer").wait_for()
    assert await page.get_by_label("Opmerking").input_value() == "Typed before the fields came."
    assert await page.locator("#document-foster_decision").count() == 1
    assert await page.get_by_label("Begindatum").input_value() == "2026-10-01"
    assert await page.evaluate("document.activeElement.id") == "field-comment"


async def test_a_handler_claims_answers_and_fills_in_the_form(site, reader):
    case = await site.case_of(site.cast.an)
    hanne = await reader(site.cast.hanne)
    page = await hanne.open("/workspace")
    await page.get_by_role("link", name="My leave").click()
    await page.get_by_role("button", name="Dit ticket op mij nemen").click()
    await page.get_by_text("Dit ticket is nu van u.").wait_for()
    await page.get_by_label("Dit ticket gaat over").select_option("household")
    await page.get_by_role("button", name="Dit formulier tonen").click()
    await page.get_by_label("Soort", exact=False).first.select_option("change")
    await page.get_by_label("Datum van de wijziging").fill("2026-09-01")
    await page.get_by_label("Aantal kinderen ten laste").fill("2")
    await page.get_by_role("button", name="Formulier opslaan").click()
    await page.get_by_text("Het formulier is opgeslagen.").wait_for()
    await page.get_by_label("Tekst").fill("It is done.")
    await page.locator("#reply").get_by_role("button", name="Verzenden").click()
    await page.get_by_text("Uw antwoord is verstuurd.").wait_for()
    held = await site.case(case.number)
    assert (held.status.value, held.form_key, held.fields["children"]) == ("awaiting_acceptance", "household", 2)


async def test_what_people_write_never_runs(site, reader):
    async with site.database.transaction() as session:
        payload = (
            '<script>alert(1)</script><img src=https://elsewhere.example/x onerror=alert(2)>"><svg onload=alert(3)>'
        )
        file = IncomingFile(payload, "text/html", payload.encode())
        ask = service.Request(subject=payload, words=Words(text=payload, channel=Channel.MAIL), files=[file])
        case = await service.open_case(session, site.desk, site.cast.an, ask)
    hanne = await reader(site.cast.hanne)
    for path in (f"/cases/{case.number}", f"/cases/{case.number}?tab=attachments", "/workspace"):
        page = await hanne.open(path)
        await page.wait_for_load_state("networkidle")
        await page.close()
    assert hanne.faults == []


async def test_on_a_phone_the_menu_opens_by_keyboard_and_without_script(site, reader):
    an = await reader(site.cast.an, java_script_enabled=False, **PHONE)
    page = await an.open("/")
    assert not await page.locator("#menu").is_visible()
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Tab")
    await page.keyboard.press("Enter")
    link = page.locator("#menu").get_by_role("link", name="Mijn cases")
    await link.wait_for(state="visible")
    await link.click()
    await page.get_by_role("heading", name="Mijn cases").wait_for()


async def test_the_first_key_leads_past_the_menu_to_the_content(site, reader):
    an = await reader(site.cast.an)
    page = await an.open("/cases")
    await page.keyboard.press("Tab")
    assert await page.evaluate("document.activeElement.textContent") == "Naar de inhoud"
    await page.keyboard.press("Enter")
    assert await page.evaluate("document.activeElement.id") == "main"

"""Approvals, deputies and local HR in a real browser: without JavaScript, on a phone, and for a screen reader."""

import hierarchy
import pytest
from sqlalchemy import select

from casework.deputies.models import Deputy

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}}


@pytest.fixture
async def staff(site):
    async with site.database.transaction() as session:
        return await hierarchy.bring_staff(session)


async def file_and_attach(page) -> None:
    """Fill in the form of fewer hours, without the agreement of the manager."""
    await page.get_by_label("Vermindering van werkregime").select_option("four_day_week")
    if await page.get_by_role("button", name="De velden bij mijn keuze tonen").is_visible():
        await page.get_by_role("button", name="De velden bij mijn keuze tonen").click()
    await page.locator("#document-approved_timetable").wait_for()
    await page.get_by_label("Begindatum").fill("2026-10-01")
    await page.get_by_label("Statuut").select_option("contractual")
    note = {"name": "rooster.txt", "mimeType": "text/plain", "buffer": b"Monday to Thursday"}
    await page.locator("#document-approved_timetable").set_input_files([note])


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}, PHONE])
async def test_a_request_is_filed_and_its_manager_approves_it(site, staff, reader, options):
    an = await reader(staff.an, **options)
    page = await an.open("/catalogue/forms/work_regime_reduction")
    await file_and_attach(page)
    await page.get_by_role("button", name="Indienen").click()
    await page.get_by_text("Uw aanvraag is verzonden.").wait_for()
    await page.get_by_text("Mia Lambert · gevraagd op").wait_for()

    mia = await reader(staff.mia, **options)
    page = await mia.open("/approvals")
    await page.get_by_role("link", name="Réduction du régime de travail").click()
    await page.get_by_text("Semaine de quatre jours").wait_for()
    await page.get_by_label("Motif").fill("D'accord")
    await page.get_by_role("button", name="Approuver").click()
    await page.get_by_text("Vous avez approuvé la demande.").wait_for()

    [given] = await hierarchy.approvals_of(site.database, await site.case("HRB0000001"))
    assert (given.state, given.reason) == ("given", "D'accord")
    page = await an.open("/cases/HRB0000001")
    await page.get_by_text("goedgekeurd door Mia Lambert").wait_for()


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}, PHONE])
async def test_local_hr_files_for_a_colleague_and_both_are_named(site, staff, reader, options):
    lou = await reader(staff.lou, **options)
    page = await lou.open("/catalogue/forms/work_regime_reduction")
    await page.get_by_label("Voor wie", exact=False).fill("gil@justice.example")
    await file_and_attach(page)
    await page.get_by_role("button", name="Indienen").click()
    await page.get_by_text("Niemand in uw organisatie heeft dit e-mailadres").first.wait_for()

    await page.get_by_label("Voor wie", exact=False).fill("an@health.example")
    note = {"name": "rooster.txt", "mimeType": "text/plain", "buffer": b"Monday to Thursday"}
    await page.locator("#document-approved_timetable").set_input_files([note])
    await page.get_by_role("button", name="Indienen").click()
    await page.get_by_text("Uw aanvraag is verzonden.").wait_for()
    filed = page.locator("section", has_text="Ingediend voor een collega")
    assert await filed.locator("dd").all_inner_texts() == ["Lou Hermans", "An Peeters"]

    page = await lou.open("/organisation")
    await page.get_by_role("link", name="Vermindering van werkregime").click()
    await page.get_by_role("heading", name="Vermindering van werkregime").wait_for()


async def test_a_manager_names_a_deputy_and_ends_it_by_keyboard_alone(site, staff, reader):
    tom = await reader(staff.tom)
    page = await tom.open("/deputies")
    await page.get_by_label("E-mailadres van de vervanger").focus()
    await page.keyboard.type("sam@health.example")
    await page.get_by_label("Eerste dag").fill("2026-09-15")
    await page.get_by_label("Laatste dag").fill("2026-09-20")
    await page.get_by_role("button", name="Deze vervanger aanduiden").focus()
    await page.keyboard.press("Enter")
    await page.get_by_text("De vervanger is aangeduid en krijgt een e-mail.").wait_for()
    await page.get_by_role("button", name="Beëindigen: Sam Maes voor Tom Willems").focus()
    await page.keyboard.press("Enter")
    await page.get_by_text("Die vervanging is beëindigd.").wait_for()
    async with site.database.reading() as session:
        named = (await session.execute(select(Deputy))).scalars().all()
    assert [(one.person_id, one.deputy_id, one.ended_at) for one in named] == [
        (staff.tom.person_id, staff.sam.person_id, site.desk.clock.now())
    ]

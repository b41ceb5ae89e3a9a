"""Payslips and runs in a real browser: without JavaScript, on a phone, and for a screen reader."""

import dataclasses
from collections.abc import AsyncIterator

import pytest
from axe_playwright_python.async_playwright import Axe
from pay_office import AN, GRETA, LUC, equip, hire, run, settle
from portal_site import Site, open_site

from casework.people.models import PersonRole, Role
from payroll.engine.periods import PayMonth
from payroll.pages.section import SECTION

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}}


@pytest.fixture
async def site(database, desk, sign_in_rules) -> AsyncIterator[Site]:
    settings = dataclasses.replace(desk.settings, public_url="http://127.0.0.1")
    house = dataclasses.replace(desk, settings=settings)
    async with open_site(database, house, sign_in_rules, [SECTION]) as opened:
        async with database.transaction() as session:
            session.add(PersonRole(person_id=opened.cast.greta.person_id, role=Role.PAYROLL))
        await equip(database)
        await hire(database, desk.clock, AN, LUC, GRETA)
        yield opened


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}, PHONE])
async def test_one_officer_orders_a_month_and_another_approves_pays_and_closes_it(site, reader, options):
    greta = await reader(site.cast.greta, **options)
    page = await greta.open("/admin/payroll")
    await page.get_by_label("Zu berechnender Monat").fill("2026-09")
    await page.get_by_role("button", name="Diesen Monat berechnen").click()
    await page.get_by_text("Der Monat wurde berechnet.").wait_for()

    ada = await reader(site.cast.ada, **options)
    page = await ada.open("/admin/payroll/runs/1")
    for button, said in (
        ("Approve", "The run is approved and can be paid."),
        ("Order the payments", "The payments are ordered; hand the files to the bank."),
        ("Close the run", "The run is closed."),
    ):
        await page.get_by_role("button", name=button, exact=True).click()
        await page.get_by_text(said).wait_for()
    assert await page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]


@pytest.mark.parametrize("options", [{}, PHONE])
async def test_a_person_reads_a_slip_and_disputes_a_line(site, reader, options):
    await settle(site.database, site.desk.clock, await run(site.database, site.desk.clock), site.cast.ada)
    an = await reader(site.cast.an, **options)
    page = await an.open("/payslips")
    assert (await Axe().run(page)).violations_count == 0
    await page.get_by_role("link", name="september 2026", exact=True).click()
    await page.get_by_role("heading", name="Weddefiche van september 2026").wait_for()
    assert (await Axe().run(page)).violations_count == 0
    assert await page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]

    await page.get_by_label("Welke lijn").select_option("2026-09 withholding_tax")
    await page.get_by_label("Wat er niet aan klopt").fill("Ik heb twee kinderen.")
    await page.get_by_role("button", name="Deze lijn betwisten").click()
    await page.get_by_role("heading", name="Weddefiche van september 2026: bedrijfsvoorheffing").wait_for()


@pytest.mark.parametrize("options", [{"java_script_enabled": False}, PHONE])
async def test_one_officer_signs_for_a_law_table_and_another_confirms_it(site, reader, options):
    await run(site.database, site.desk.clock, PayMonth(2026, 10))  # past the day until which any table was verified
    page = await (await reader(site.cast.greta, **options)).open("/admin/payroll/law")
    card = page.locator("form.card").first
    await card.get_by_label("Warum diese Zahlen verwendet werden dürfen").fill("Unverändert veröffentlicht.")
    await card.get_by_role("button", name="Unterschreiben").click()
    await page.get_by_text("Sie haben unterschrieben.").wait_for()

    page = await (await reader(site.cast.ada, **options)).open("/admin/payroll/law")
    if options == PHONE:
        assert (await Axe().run(page)).violations_count == 0
    assert await page.evaluate("document.documentElement.scrollWidth") <= page.viewport_size["width"]
    await page.get_by_role("button", name="Confirm the signature for: social security contributions").click()
    await page.get_by_text("The signature holds.").wait_for()

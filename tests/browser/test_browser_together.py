"""Merging, many tickets at once and single keys in a real browser: without JavaScript, on a phone, by keyboard."""

import os
from pathlib import Path

import pytest
from axe_playwright_python.async_playwright import Axe
from sqlalchemy import update

from casework.people.models import LANGUAGES, Person

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}}
PLAIN = {"java_script_enabled": False}


@pytest.mark.parametrize("options", [PLAIN, PHONE])
async def test_two_tickets_become_one_and_two_again(site, reader, options):
    first, second = await site.case_of(site.cast.an), await site.case_of(site.cast.an, "Any news?")
    hanne = await reader(site.cast.hanne, **options)
    page = await hanne.open(f"/cases/{second.number}")
    await page.get_by_role("link", name="Samenvoegen, splitsen of koppelen").click()
    await page.get_by_label("Nummer van het ticket dat verdergaat").fill(first.number)
    await page.get_by_role("button", name="Tonen wat er gebeurt").click()
    await page.get_by_role("button", name="Samenvoegen", exact=True).click()
    await page.get_by_text("De tickets zijn samengevoegd").wait_for()
    assert await page.locator(".timeline").get_by_text("Any news?").count() == 1
    page = await hanne.open(f"/cases/{second.number}")
    await page.get_by_role("button", name="De samenvoeging ongedaan maken").click()
    await page.get_by_text("De samenvoeging is ongedaan gemaakt").wait_for()
    assert not (await site.case(second.number)).is_merged


@pytest.mark.parametrize("options", [PLAIN, PHONE])
async def test_many_tickets_are_taken_at_once(site, reader, options):
    cases = [await site.case_of(who) for who in (site.cast.an, site.cast.luc)]
    page = await (await reader(site.cast.hanne, **options)).open("/workspace?holder=nobody")
    for case in cases:
        await page.get_by_label(f"{case.number} kiezen").check()
    await page.get_by_label("Met de gekozen tickets").select_option("Aan mij toewijzen")
    await page.get_by_role("button", name="Tonen wat er gebeurt").click()
    await page.get_by_role("button", name="Aan mij toewijzen (2)").click()
    await page.get_by_text("Gedaan voor 2 van 2 tickets.").wait_for()
    assert {(await site.case(case.number)).handler_id for case in cases} == {site.cast.hanne.person_id}


async def test_single_keys_work_once_they_are_switched_on_and_never_while_typing(site, reader):
    case = await site.case_of(site.cast.an)
    hanne = await reader(site.cast.hanne)
    page = await hanne.open(f"/cases/{case.number}")
    await page.keyboard.press("c")
    await page.keyboard.press("?")
    assert (await page.locator("#shortcuts").count(), (await site.case(case.number)).handler_id) == (0, None)

    page = await hanne.open("/profile")
    await page.get_by_label("Losse toetsen gebruiken").check()
    await page.locator("form[action='/profile/shortcuts'] button").click()
    await page.get_by_text("Uw keuze is bewaard.").wait_for()
    await page.keyboard.press("w")
    await page.wait_for_url("**/workspace")
    await page.keyboard.press("j")
    await page.keyboard.press("x")
    assert await page.get_by_label(f"{case.number} kiezen").is_checked()
    await page.keyboard.press("Enter")
    await page.wait_for_url(f"**/cases/{case.number}")
    await page.keyboard.press("?")
    await page.get_by_role("heading", name="Sneltoetsen").wait_for()
    await page.keyboard.press("Escape")
    await page.keyboard.press("n")
    await page.keyboard.type("can we?")
    assert await page.locator("#text").input_value() == "can we?"
    assert await page.locator("input[name=kind]:checked").get_attribute("value") == "note"
    await page.locator("#text").blur()
    await page.keyboard.press("c")
    await page.get_by_text("Dit ticket is nu van u.").wait_for()


async def pages_of(site) -> list[str]:
    first, second = await site.case_of(site.cast.an), await site.case_of(site.cast.luc)
    return [
        f"/cases/{first.number}/together",
        f"/cases/{first.number}/merge?into={second.number}",
        f"/cases/{first.number}/advice",
        f"/cases/{first.number}/consultation",
        "/workspace",
    ]


@pytest.mark.parametrize("language", LANGUAGES)
async def test_no_new_page_stops_a_screen_reader_or_is_wider_than_a_phone(site, reader, language):
    paths = await pages_of(site)
    async with site.database.transaction() as session:
        await session.execute(update(Person).values(language=language, shortcuts=True))
    hanne = await reader(site.cast.hanne, **PHONE)
    for path in paths:
        page = await hanne.open(path)
        results = await Axe().run(page)
        assert [(one["id"], one["nodes"][0]["html"]) for one in results.response["violations"]] == [], path
        assert await page.evaluate("document.documentElement.scrollWidth") <= 360, path
        await _picture(page, path, language)
    page = await hanne.open("/workspace")
    for box in await page.locator("input[name=case]").all():
        await box.check()
    await page.locator("#deed").select_option("give")
    await page.locator(".pick button").last.click()
    await page.locator("#target").select_option(index=1)
    await page.locator("form.card button").click()
    await page.locator("ul.bulk").wait_for()
    assert (await Axe().run(page)).response["violations"] == []
    assert await page.evaluate("document.documentElement.scrollWidth") <= 360
    await _picture(page, "/bulk", language)


async def _picture(page, path: str, language: str) -> None:
    """Keep a picture of a page where a developer asked for them."""
    folder = os.environ.get("PICTURES")
    if folder:
        name = path.strip("/").replace("/", "-").partition("?")[0]
        await page.screenshot(path=Path(folder) / f"{name}-{language}.png", full_page=True)

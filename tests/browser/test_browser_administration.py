"""The pages of admins in a real browser: usable by everyone, in four languages, on a telephone, without script."""

import pytest
from every_page import furnish_administration

pytestmark = pytest.mark.browser


async def furnish(site) -> None:
    """Leave something to see on each page."""
    await site.answered_case(site.cast.an)
    async with site.database.transaction() as session:
        await furnish_administration(session, site.desk.clock.now())


async def test_without_script_an_admin_finds_makes_and_revokes(site, reader):
    await furnish(site)
    ada = await reader(site.cast.ada, java_script_enabled=False)
    page = await ada.open("/admin/tokens")
    await page.get_by_label("Name of the program").fill("Bench")
    await page.get_by_label("E-mail address of the person it acts as").fill("hanne.claes@balie.example")
    await page.get_by_label("cases:read").check()
    await page.get_by_role("button", name="Make the token").click()
    assert (await page.locator("code.secret").inner_text()).startswith("balie_")
    await page.get_by_role("button", name="Revoke Bench").click()
    await page.get_by_text("The token no longer works.").wait_for()
    page = await ada.open("/admin/users")
    await page.get_by_role("link", name="An Peeters").click()
    await page.get_by_label("Local HR").check()
    await page.get_by_role("button", name="Save").click()
    await page.get_by_text("The change is in force.").wait_for()
    page = await ada.open("/admin/log?kind=person_changed")
    await page.get_by_text("changed the access of An Peeters").wait_for()
    await page.get_by_label("Words").fill("peeters")
    await page.get_by_role("button", name="Filter").click()
    await page.get_by_text("changed the access of An Peeters").wait_for()

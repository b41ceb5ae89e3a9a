"""The page that ties an account in Teams to a person, in a real browser: by keyboard, without a script, on a phone."""

import dataclasses
import re

import pytest
from axe_playwright_python.async_playwright import Axe
from chat_site import open_talks
from teams_stand_in import TeamsPerson, microsoft

from runtime.outside_channels import OutsideAccess

pytestmark = pytest.mark.browser


@pytest.fixture
async def teams(database, desk, sign_in_rules, model_folder):
    settings = dataclasses.replace(desk.settings, public_url="http://127.0.0.1")
    served = dataclasses.replace(desk, settings=settings)
    async with microsoft() as stand_in:
        outside = OutsideAccess(teams=stand_in.access)
        async with open_talks(database, served, sign_in_rules, model_folder, outside=outside) as (site, _):
            yield TeamsPerson(site, stand_in)


@pytest.fixture
def site(teams):
    return teams.site


async def test_an_account_is_tied_on_a_phone_without_a_script_and_stands_in_the_profile(teams, reader):
    said = "\n".join(await teams.texts("Hoe staat het met mijn tickets?"))
    link = re.search(r"/chat/accounts/\S+", said)[0]
    an = await reader(teams.site.cast.an, viewport={"width": 360, "height": 740}, java_script_enabled=False)
    page = await an.open(link)
    await page.get_by_role("button", name="Het is mijn account: toon de code").press("Enter")
    code = await page.locator("main strong").inner_text()
    assert (await teams.texts(code))[0].startswith("Dank u, nu weet ik wie u bent.")
    await page.goto(an.root + "/profile")
    assert await page.get_by_text("Microsoft Teams: An in Teams").is_visible()
    await page.get_by_role("button", name="Verwijderen An in Teams").press("Enter")
    assert await page.get_by_text("De account is verwijderd.").is_visible()


async def test_the_pages_of_an_account_have_no_violation_and_are_no_wider_than_their_window(teams, reader):
    said = "\n".join(await teams.texts("Hoe staat het met mijn tickets?"))
    an = await reader(teams.site.cast.an, viewport={"width": 360, "height": 740})
    page = await an.open(re.search(r"/chat/accounts/\S+", said)[0])
    for _ in range(2):
        assert (await Axe().run(page)).response["violations"] == []
        assert not await page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        button = page.get_by_role("button", name="Het is mijn account: toon de code")
        if await button.count():
            await button.click()
    assert await page.locator("main strong").inner_text() != ""

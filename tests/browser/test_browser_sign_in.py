"""Signing in by each way, proving more, and the end of a session: with script, without, and on a phone."""

import dataclasses
import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pyotp
import pytest
from axe_playwright_python.async_playwright import Axe
from joserfc.jwk import RSAKey
from openid_provider import CLIENT, OpenIdProvider, serve
from portal_site import Site, open_site
from sqlalchemy import update

from casework.digital_keys import app_codes, passwords, token_codes
from casework.digital_keys.models import Way
from casework.digital_keys.offer import Offer
from casework.digital_keys.openid.provider import Provider
from casework.outbox import service as outbox
from casework.people.models import Level, Person

pytestmark = pytest.mark.browser

PHONE = {"viewport": {"width": 360, "height": 740}}
PASSWORD = "drie fietsen in de regen"
SECRET = "BALIEDEMO234567ABCDEFGHIJKLMNOPQ"
NUMBER = "85073003328"
KEY = RSAKey.generate_key(2048)


@pytest.fixture
async def provider(clock) -> AsyncIterator[OpenIdProvider]:
    async with serve(OpenIdProvider(clock.now, KEY, KEY, claims={"egovNRN": NUMBER})) as served:
        yield served


@pytest.fixture
async def site(database, desk, sign_in_rules, provider, unused_port) -> AsyncIterator[Site]:
    eid = Provider(provider.issuer, CLIENT, signing_key=KEY, encryption_key=KEY, claim="egovNRN")
    settings = dataclasses.replace(desk.settings, public_url=f"http://127.0.0.1:{unused_port}")
    offer = Offer(providers={Way.EID: eid, Way.ITSME: eid})
    desk = dataclasses.replace(desk, settings=settings)
    async with open_site(database, desk, sign_in_rules, offer=offer, port=unused_port) as opened:
        now, person_id = desk.clock.now(), opened.cast.an.person_id
        async with database.transaction() as session:
            await passwords.set_password(session, person_id, PASSWORD, now)
            await app_codes.keep(session, sign_in_rules.key, person_id, SECRET, now, confirmed=True)
            await session.execute(update(Person).where(Person.id == person_id).values(national_number=NUMBER))
        yield opened


def app_code(site: Site) -> str:
    return pyotp.TOTP(SECRET).generate_otp(int(site.desk.clock.now().timestamp()) // 30)


async def mailed_code(site: Site) -> str:
    async with site.database.reading() as session:
        mail = (await outbox.all_mails(session))[-1]
    return re.findall(r"\b\d{6}\b", mail.text)[0]


async def give_password(page, way: str) -> None:
    await page.get_by_role("link", name=way).click()
    await page.get_by_label("Gebruikersnaam").fill("an.peeters@health.example")
    await page.get_by_label("Wachtwoord").fill(PASSWORD)
    await page.get_by_role("button", name="Volgende").click()


async def give_code(page, code: str) -> None:
    await page.get_by_label("Code").fill(code)
    await page.get_by_role("button", name="Aanmelden").click()
    await page.get_by_role("heading", name="Mijn cases").wait_for()


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}, PHONE], ids=["script", "plain", "phone"])
async def test_each_way_leads_to_the_page_that_was_wanted(site, reader, provider, options):
    async with site.database.transaction() as session:
        codes = await token_codes.print_list(session, site.rules.key, site.cast.an.person_id, site.desk.clock.now())
    for way in ("met eID kaartlezer", "via itsme"):
        visitor = await reader(**options)
        visitor.others.append(provider.issuer)
        page = await visitor.open("/cases")
        await page.get_by_role("link", name=way).click()
        await page.get_by_role("heading", name="Mijn cases").wait_for()
    for way in ("via e-mail", "via mobiele app", "via token"):
        page = await (await reader(**options)).open("/cases")
        await give_password(page, way)
        await page.get_by_role("heading", name="Beveiligingscode").wait_for()
        code = {"via e-mail": mailed_code, "via mobiele app": None, "via token": None}[way]
        right = await code(site) if code else app_code(site) if "app" in way else codes[0]
        await give_code(page, right)
        site.desk.clock.advance(timedelta(seconds=30))
    page = await (await reader(**options)).open("/cases")
    await page.get_by_label("E-mailadres").fill("an.peeters@health.example")
    await page.get_by_role("button", name="Stuur mij een code").click()
    await page.get_by_label("Code").wait_for()
    await give_code(page, await mailed_code(site))


@pytest.mark.parametrize("options", [{}, {"java_script_enabled": False}], ids=["script", "plain"])
async def test_signing_out_goes_on_to_the_provider_and_comes_back(site, reader, provider, options):
    visitor = await reader(**options)
    visitor.others.append(provider.issuer)
    page = await visitor.open("/profile")
    await page.get_by_role("link", name="met eID kaartlezer").click()
    await page.get_by_role("button", name="Afmelden", exact=True).click()
    if not options.get("java_script_enabled", True):
        await page.get_by_role("heading", name="U bent afgemeld").wait_for()
        await page.get_by_role("button", name="Ook daar afmelden").click()
    await page.get_by_text("U bent afgemeld.").wait_for()

    assert provider.signed_out == [provider.subject]
    assert page.url.endswith("/?done=signed_out")


async def test_by_keyboard_alone_somebody_signs_in_with_an_app(site, reader):
    page = await (await reader()).open("/cases")
    await tab_to(page, "via mobiele app")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/sign-in/password**")
    await tab_to(page, "address")
    await page.keyboard.type("an.peeters@health.example")
    await page.keyboard.press("Tab")
    await page.keyboard.type(PASSWORD)
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Beveiligingscode").wait_for()
    assert await page.evaluate("document.activeElement.id") == "code"
    await page.keyboard.type(app_code(site))
    await page.keyboard.press("Enter")
    await page.get_by_role("heading", name="Mijn cases").wait_for()


async def tab_to(page, wanted: str) -> None:
    """Press Tab until something with these words, or this id, has the focus."""
    for _ in range(40):
        await page.keyboard.press("Tab")
        if wanted in await page.evaluate("document.activeElement.id + ' ' + document.activeElement.textContent"):
            return
    pytest.fail(f"no Tab leads to {wanted}")


@pytest.mark.parametrize("scripts", [True, False], ids=["script", "plain"])
async def test_a_bank_account_asks_for_a_key_and_goes_on_with_all_that_was_typed(site, reader, scripts):
    an = await reader(site.cast.an, level=Level.LOW, java_script_enabled=scripts)
    page = await an.open("/catalogue/forms/person_function_data?data_kind=bank_account")
    await page.get_by_label("Begindatum").fill("2026-10-01")
    await page.get_by_label("Gewenste wijziging").fill("Graag op mijn nieuwe rekening.\nDank u.")
    note = {"name": "proof.txt", "mimeType": "text/plain", "buffer": b"My new account."}
    await page.locator("input[type=file]").first.set_input_files([note])
    await page.get_by_role("button", name="Indienen").click()
    await page.get_by_role("heading", name="Toon nog eens dat u het bent").wait_for()
    await page.get_by_label("Code van uw app").fill(app_code(site))
    await page.get_by_role("button", name="met een code van uw app").click()
    await page.get_by_role("heading", name="Wat u invulde, is bewaard").wait_for()
    assert await page.locator(".words", has_text="Graag op mijn nieuwe rekening.").count() == 1
    await page.get_by_role("button", name="Verzenden").click()
    await page.get_by_text("Uw aanvraag is verzonden.").wait_for()
    held = await site.case("HRB0000001")
    assert (held.fields["data_kind"], held.fields["change"]) == (
        "bank_account", "Graag op mijn nieuwe rekening.\nDank u."
    )  # fmt: skip
    await page.get_by_role("link", name="Bijlagen").click()
    await page.get_by_role("link", name="proof.txt").wait_for()


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
async def test_a_warning_comes_before_the_end_and_ok_extends(site, reader, options):
    an = await reader(site.cast.an, **options)
    page = await an.context.new_page()
    await page.clock.install(time=0)
    await page.goto(an.root + "/catalogue/forms/free_question")
    site.desk.clock.advance(timedelta(minutes=18, seconds=1))
    await page.clock.run_for(18 * 60 * 1000 + 2000)
    await page.get_by_role("dialog", name="Bent u er nog?").wait_for()
    assert await page.evaluate("document.activeElement.textContent") == "OK"
    assert [v["id"] for v in (await Axe().run(page)).response["violations"]] == []
    async with page.expect_response("**/session/extend"):
        await page.keyboard.press("Enter")
    await page.get_by_role("dialog").wait_for(state="hidden")
    site.desk.clock.advance(timedelta(minutes=15))
    assert (
        await page.evaluate("fetch('/session').then((answer) => answer.json()).then((state) => state.seconds)") == 300
    )


async def test_what_was_typed_stays_when_the_session_ended_and_goes_on_after_signing_in_beside_it(site, reader):
    case = await site.answered_case(site.cast.an)
    an = await reader(site.cast.an)
    page = await an.context.new_page()
    await page.clock.install(time=0)
    await page.goto(f"{an.root}/cases/{case.number}")
    await page.locator("#write textarea").fill("Typed before, sent after.")
    site.desk.clock.advance(timedelta(minutes=21))
    await page.clock.run_for(18 * 60 * 1000 + 2000)
    over = page.get_by_role("dialog", name="Uw sessie is voorbij")
    await over.wait_for()
    assert [v["id"] for v in (await Axe().run(page)).response["violations"]] == []
    async with an.context.expect_page() as opening:
        await over.get_by_role("link", name="Opnieuw aanmelden").click()
    beside = await opening.value
    await give_password(beside, "via mobiele app")
    await beside.get_by_label("Code").fill(app_code(site))
    await beside.get_by_role("button", name="Aanmelden").click()
    await beside.get_by_role("link", name="An Peeters").wait_for()
    await page.evaluate("window.dispatchEvent(new Event('focus'))")
    await over.wait_for(state="hidden")
    await page.locator("#write button[type=submit]").click()
    await page.get_by_text("Uw bericht is toegevoegd.").wait_for()
    await page.get_by_text("Typed before, sent after.").first.wait_for()


async def test_without_script_a_form_that_comes_too_late_is_kept_until_its_person_is_back(site, reader):
    case = await site.answered_case(site.cast.an)
    an = await reader(site.cast.an, java_script_enabled=False)
    page = await an.open(f"/cases/{case.number}")
    await page.locator("#write textarea").fill("Een lange vraag die niet verloren mag gaan.")
    site.desk.clock.advance(timedelta(minutes=21))
    await page.locator("#write button[type=submit]").click()
    await page.get_by_text("Wat u invulde, is bewaard.").wait_for()
    await page.locator("main").get_by_role("link", name="Aanmelden").click()
    await give_password(page, "via mobiele app")
    await page.get_by_label("Code").fill(app_code(site))
    await page.get_by_role("button", name="Aanmelden").click()
    await page.get_by_role("heading", name="Wat u invulde, is bewaard").wait_for()
    await page.get_by_role("button", name="Verzenden").click()
    await page.get_by_text("Uw bericht is toegevoegd.").wait_for()
    await page.get_by_text("Een lange vraag die niet verloren mag gaan.").first.wait_for()

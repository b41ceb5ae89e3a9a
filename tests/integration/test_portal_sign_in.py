"""Signing in with a code by mail, and what a session is worth."""

import re
from datetime import timedelta

import pytest
from portal_site import Browser, Page, Site
from sqlalchemy import select, update

from casework.audit.models import AuditEntry
from casework.outbox import service as outbox
from casework.people.models import Person


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


async def mailed_codes(site: Site) -> list[str]:
    async with site.database.reading() as session:
        mails = await outbox.all_mails(session)
    return [re.findall(r"^\d{6}$", mail.text, re.MULTILINE)[0] for mail in mails if mail.kind == "sign_in_code"]


async def ask_code(browser: Browser, address: str = "an.peeters@health.example", onward: str = "/cases") -> Page:
    await browser.get(f"/sign-in?next={onward}")
    return await browser.post("/sign-in", {"address": address, "next": onward})


async def sign_in(site: Site, browser: Browser, onward: str = "/cases") -> Page:
    await ask_code(browser, onward=onward)
    code = (await mailed_codes(site))[-1]
    sent = {"address": "an.peeters@health.example", "code": code, "next": onward}
    return await browser.post("/sign-in/code", sent)


async def test_a_deep_link_survives_signing_in(site):
    case = await site.case_of(site.cast.an)
    browser = site.stranger()

    turned_away = await browser.get(f"/cases/{case.number}?tab=attachments")
    assert turned_away.status == 302
    assert turned_away.location == f"/sign-in?next=%2Fcases%2F{case.number}%3Ftab%3Dattachments"

    form = await browser.get(turned_away.location)
    onward = re.findall(r'name="next" value="([^"]+)"', form.text)[0]
    signed_in = await sign_in(site, browser, onward)
    assert (signed_in.status, signed_in.location) == (303, f"/cases/{case.number}?tab=attachments")
    assert (await browser.get(signed_in.location)).status == 200


async def test_the_code_field_offers_the_code_of_the_mail(site):
    page = await ask_code(site.stranger())
    assert 'autocomplete="one-time-code"' in page.text


async def test_somebody_without_a_key_reads_how_to_get_one_before_signing_in(site):
    page = await site.stranger().get("/sign-in", headers={"Accept-Language": "fr"})
    assert "Choisissez votre clé numérique" in page.text
    assert "my.prd.itsme.be/self-enroll" in page.text
    assert "Prenez rendez-vous avec un bureau d&#39;enregistrement local ou avec le SPF BOSA" in page.text


async def test_an_unknown_address_gets_the_same_answer_and_no_mail(site):
    known, unknown = site.stranger(), site.stranger()
    unknown.cookies = known.cookies = {"__Host-balie-guest": "one"}
    answers = [
        await ask_code(known, "an.peeters@health.example"),
        await ask_code(unknown, "xx.xxxxxxx@health.example"),
    ]
    first, second = (page.text.replace("an.peeters", "xx.xxxxxxx") for page in answers)
    assert first == second
    assert [page.status for page in answers] == [200, 200]
    assert len(await mailed_codes(site)) == 1


async def test_what_is_no_address_is_asked_again(site):
    page = await ask_code(site.stranger(), "an.peeters")
    assert page.status == 422
    assert "Vul uw e-mailadres in" in page.text


@pytest.mark.parametrize("code", ["000000", "", "<script>", "9" * 1000, "\N{ARABIC-INDIC DIGIT ONE}"])
async def test_a_wrong_code_opens_nothing(site, code):
    browser = site.stranger()
    await ask_code(browser)
    right = (await mailed_codes(site))[0]
    page = await browser.post("/sign-in/code", {"address": "an.peeters@health.example", "code": code})
    assert page.status == (422 if code != right else 303)
    assert "__Host-balie" not in browser.cookies


async def test_guessing_ends_after_five_attempts(site):
    browser = site.stranger()
    await ask_code(browser)
    right = (await mailed_codes(site))[0]
    wrong = f"{(int(right) + 1) % 1_000_000:06d}"
    for _ in range(5):
        await browser.post("/sign-in/code", {"address": "an.peeters@health.example", "code": wrong})
    page = await browser.post("/sign-in/code", {"address": "an.peeters@health.example", "code": right})
    assert page.status == 422


async def test_a_network_address_that_tries_too_often_has_to_wait(site):
    browser = site.stranger()
    await browser.get("/sign-in")
    sent = {"address": "an.peeters@health.example", "code": "000000"}
    statuses = [(await browser.post("/sign-in/code", sent)).status for _ in range(201)]
    assert statuses == [422] * 200 + [429]
    site.desk.clock.advance(timedelta(minutes=11))
    assert (await browser.post("/sign-in/code", sent)).status == 422


@pytest.mark.parametrize(
    "onward",
    [
        "https://elsewhere.example/",
        "//elsewhere.example",
        "/\\elsewhere.example",
        "\\\\elsewhere.example",
        "javascript:alert(1)",
        "/\t/elsewhere.example",
        "",
        "cases",
    ],
)
async def test_signing_in_never_leads_to_another_site(site, onward):
    browser = site.stranger()
    await ask_code(browser)
    code = (await mailed_codes(site))[-1]
    page = await browser.post("/sign-in/code", {"address": "an.peeters@health.example", "code": code, "next": onward})
    assert (page.status, page.location) == (303, "/")


async def test_the_session_cookie_is_for_this_host_over_https_and_for_no_script(site):
    browser = site.stranger()
    page = await sign_in(site, browser)
    cookie = next(value for value in page.headers.getall("Set-Cookie") if value.startswith("__Host-balie="))
    attributes = {part.strip() for part in cookie.split(";")[1:]}
    assert attributes == {"HttpOnly", "Path=/", "SameSite=Lax", "Secure"}


async def test_a_session_gets_a_new_token_at_each_sign_in_and_the_former_one_ends(site):
    browser = site.stranger()
    await sign_in(site, browser)
    former = browser.cookies["__Host-balie"]
    again = Browser(site.client, dict(browser.cookies), browser.token)
    await again.get("/profile")
    await again.post("/sign-in", {"address": "an.peeters@health.example"})
    code = (await mailed_codes(site))[-1]
    await again.post("/sign-in/code", {"address": "an.peeters@health.example", "code": code})
    assert again.cookies["__Host-balie"] != former
    assert (await browser.get("/cases")).status == 302
    assert (await again.get("/cases")).status == 200


async def test_signing_out_ends_the_session_for_good(site):
    browser = await site.browser_of(site.cast.an)
    token = browser.cookies["__Host-balie"]
    page = await browser.post("/sign-out")
    assert (page.status, page.location) == (303, "/?done=signed_out")
    assert "__Host-balie" not in browser.cookies
    stolen = Browser(site.client, {"__Host-balie": token})
    assert (await stolen.get("/cases")).status == 302
    async with site.database.reading() as session:
        actions = (await session.execute(select(AuditEntry.action).order_by(AuditEntry.id))).scalars().all()
    assert actions[-2:] == ["signed_in", "signed_out"]


async def test_who_signed_out_goes_on_reading_their_language(site):
    browser = await site.browser_of(site.cast.luc)
    page = await browser.get((await browser.post("/sign-out")).location)
    assert "Vous êtes déconnecté" in page.text


async def test_a_session_ends_after_twenty_idle_minutes_and_lives_on_while_it_is_used(site):
    browser = await site.browser_of(site.cast.an)
    for _ in range(3):
        site.desk.clock.advance(timedelta(minutes=19))
        assert (await browser.get("/cases")).status == 200
    site.desk.clock.advance(timedelta(minutes=21))
    assert (await browser.get("/cases")).status == 302


async def test_a_form_sent_after_the_session_ended_asks_to_sign_in_and_leads_back_to_its_page(site):
    browser = await site.browser_of(site.cast.an)
    site.desk.clock.advance(timedelta(minutes=21))
    sent_from = {"Referer": "https://balie.example/profile?done=language"}
    page = await browser.post("/profile/language", {"language": "fr"}, headers=sent_from)
    assert page.status == 401
    assert 'href="/sign-in?next=%2Fkept%2F1"' in page.text
    browser.token = "not the token of that page"
    page = await browser.post("/profile/language", {"language": "fr"}, headers=sent_from)
    assert 'href="/sign-in?next=%2Fprofile%3Fdone%3Dlanguage"' in page.text
    page = await browser.post(
        "/profile/language", {"language": "fr"}, headers={"Referer": "https://x.example//y.example"}
    )
    assert 'href="/sign-in?next=%2F"' in page.text
    async with site.database.reading() as session:
        person = await session.get(Person, site.cast.an.person_id)
    assert person.language == "nl"


async def test_somebody_who_is_no_longer_active_is_out_at_once(site):
    browser = await site.browser_of(site.cast.an)
    async with site.database.transaction() as session:
        await session.execute(update(Person).where(Person.id == site.cast.an.person_id).values(active=False))
    assert (await browser.get("/cases")).status == 302


async def test_a_signed_in_person_goes_straight_on(site):
    browser = await site.browser_of(site.cast.an)
    page = await browser.get("/sign-in?next=/cases")
    assert (page.status, page.location) == (303, "/cases")

"""Password, app and list of codes: right once, wrong few times, and locked for a while but never for ever."""

import re
from collections.abc import AsyncIterator
from datetime import timedelta

import pyotp
import pytest
from portal_site import Browser, Page, Site, open_site
from sqlalchemy import select

from casework.digital_keys import app_codes, offer, passwords, token_codes
from casework.digital_keys.models import AppKey, Way
from casework.outbox import service as outbox
from casework.people.models import Level, WebSession

AN = "an.peeters@health.example"
PASSWORD = "drie fietsen in de regen"
SECRET = "BALIEDEMO234567ABCDEFGHIJKLMNOPQ"


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


@pytest.fixture
async def site(database, desk, sign_in_rules) -> AsyncIterator[Site]:
    async with open_site(database, desk, sign_in_rules) as opened:
        now, person_id = desk.clock.now(), opened.cast.an.person_id
        async with database.transaction() as session:
            await passwords.set_password(session, person_id, PASSWORD, now)
            await app_codes.keep(session, sign_in_rules.key, person_id, SECRET, now, confirmed=True)
        yield opened


def app_code(site: Site, steps: int = 0) -> str:
    return pyotp.TOTP(SECRET).generate_otp(int(site.desk.clock.now().timestamp()) // 30 + steps)


async def first_step(
    browser: Browser, way: str, *, address: str = AN, password: str = PASSWORD, onward: str = "/cases"
) -> Page:
    await browser.get(f"/sign-in/password?way={way}&next={onward}")
    sent = {"way": way, "address": address, "password": password, "next": onward}
    return await browser.post("/sign-in/password", sent)


async def second_step(browser: Browser, page: Page, way: str, code: str) -> Page:
    token = re.findall(r'name="token" value="([^"]+)"', page.text)[0]
    return await browser.post("/sign-in/second", {"way": way, "token": token, "code": code, "next": "/cases"})


async def last_session(site: Site) -> WebSession:
    async with site.database.reading() as session:
        return (await session.execute(select(WebSession).order_by(WebSession.id.desc()).limit(1))).scalar_one()


async def mails(site: Site, kind: str) -> list[str]:
    async with site.database.reading() as session:
        return [mail.text for mail in await outbox.all_mails(session) if mail.kind == kind]


async def test_password_and_code_of_the_app_sign_in_with_substance(site):
    browser = site.stranger()
    page = await second_step(browser, await first_step(browser, "password_app"), "password_app", app_code(site))
    assert (page.status, page.location) == (303, "/cases")
    opened = await last_session(site)
    assert (opened.person_id, opened.level, opened.way) == (site.cast.an.person_id, Level.SUBSTANTIAL, "password_app")


async def test_password_and_mailed_code_sign_in(site):
    browser = site.stranger()
    page = await first_step(browser, "password_mail")
    [code] = re.findall(r"^\d{6}$", (await mails(site, "sign_in_code"))[-1], re.MULTILINE)
    assert (await second_step(browser, page, "password_mail", code)).status == 303


async def test_a_code_mailed_as_second_step_is_worth_nothing_alone(site):
    browser = site.stranger()
    await first_step(browser, "password_mail")
    [code] = re.findall(r"^\d{6}$", (await mails(site, "sign_in_code"))[-1], re.MULTILINE)
    assert (await browser.post("/sign-in/code", {"address": AN, "code": code})).status == 422


async def test_a_lone_code_is_good_only_in_the_browser_that_asked(site):
    browser, thief = site.stranger(), site.stranger()
    await browser.get("/sign-in")
    await browser.post("/sign-in", {"address": AN})
    [code] = re.findall(r"^\d{6}$", (await mails(site, "sign_in_code"))[-1], re.MULTILINE)
    await thief.get("/sign-in")
    for _ in range(6):
        assert (await thief.post("/sign-in/code", {"address": AN, "code": code})).status == 422
    assert (await browser.post("/sign-in/code", {"address": AN, "code": code})).status == 303


async def test_the_list_is_asked_by_place_and_each_code_works_once(site):
    async with site.database.transaction() as session:
        person_id = site.cast.an.person_id
        codes = await token_codes.print_list(session, site.rules.key, person_id, site.desk.clock.now())
    for place in (1, 2):
        browser = site.stranger()
        page = await first_step(browser, "password_token")
        assert f"Vul code nummer <strong>{place}</strong>" in page.text
        wrong = await second_step(browser, page, "password_token", codes[place])
        assert wrong.status == 422
        typed = f"{codes[place - 1][:4].lower()} {codes[place - 1][4:]}"
        assert (await second_step(browser, page, "password_token", typed)).status == 303
    assert len(set(codes)) == token_codes.CODES


async def test_a_code_of_the_app_works_once_even_within_its_half_minute(site):
    code = app_code(site)
    first, second = site.stranger(), site.stranger()
    assert (await second_step(first, await first_step(first, "password_app"), "password_app", code)).status == 303
    assert (await second_step(second, await first_step(second, "password_app"), "password_app", code)).status == 422
    older = app_code(site, -1)
    assert (await second_step(second, await first_step(second, "password_app"), "password_app", older)).status == 422
    site.desk.clock.advance(timedelta(seconds=30))
    newer = app_code(site)
    assert (await second_step(second, await first_step(second, "password_app"), "password_app", newer)).status == 303


@pytest.mark.parametrize(("steps", "status"), [(-2, 422), (-1, 303), (1, 303), (2, 422)])
async def test_the_clock_of_a_telephone_may_be_half_a_minute_off(site, steps, status):
    browser = site.stranger()
    page = await second_step(browser, await first_step(browser, "password_app"), "password_app", app_code(site, steps))
    assert page.status == status


async def test_the_secret_of_an_app_is_not_readable_in_the_database(site):
    async with site.database.reading() as session:
        held = (await session.execute(select(AppKey))).scalar_one()
    assert SECRET not in held.secret
    assert app_codes.secret_of(held, site.rules.key) == SECRET
    assert app_codes.secret_of(held, b"another key of the desk") == ""


@pytest.mark.parametrize("way", ["password_mail", "password_app", "password_token"])
async def test_the_second_page_is_the_same_for_a_wrong_password_and_a_stranger(site, way):
    browser = site.stranger()
    pages = [
        await first_step(browser, way),
        await first_step(browser, way, password="een heel ander wachtwoord"),
        await first_step(browser, way, address="xx.xxxxxxx@health.example"),
    ]
    plain = {re.sub(r'name="token" value="[^"]+"|nummer (<strong>)?\d+', "", page.text) for page in pages}
    assert (len(plain), {page.status for page in pages}) == (1, {200})
    for page in pages[1:]:
        assert (await second_step(browser, page, way, app_code(site))).status == 422


async def test_nothing_is_mailed_after_a_wrong_password(site):
    await first_step(site.stranger(), "password_mail", password="een heel ander wachtwoord")
    assert await mails(site, "sign_in_code") == []


async def test_guessing_passwords_ends_and_the_account_opens_again_by_itself(site):
    thief = site.stranger()
    statuses = [(await first_step(thief, "password_app", password=f"raden {n} keer")).status for n in range(12)]
    assert statuses == [200] * 10 + [429] * 2
    honest = site.stranger()
    assert (await first_step(honest, "password_app")).status == 429
    site.desk.clock.advance(timedelta(minutes=16))
    page = await first_step(honest, "password_app")
    assert (await second_step(honest, page, "password_app", app_code(site))).status == 303


async def test_a_stranger_who_keeps_guessing_does_not_lock_out_the_browser_that_the_person_uses(site):
    own = site.stranger()
    await second_step(own, await first_step(own, "password_app"), "password_app", app_code(site))
    await own.get("/profile")
    await own.post("/sign-out")
    thief = site.stranger()
    for n in range(11):
        await first_step(thief, "password_app", password=f"raden {n} keer")
    assert (await first_step(thief, "password_app")).status == 429
    site.desk.clock.advance(timedelta(minutes=1))
    page = await first_step(own, "password_app")
    assert (await second_step(own, page, "password_app", app_code(site))).status == 303


async def test_guessing_codes_ends_after_five_and_counts_for_the_account(site):
    thief = site.stranger()
    page = await first_step(thief, "password_app")
    for _ in range(5):
        assert (await second_step(thief, page, "password_app", "000000")).status == 422
    assert (await second_step(thief, page, "password_app", app_code(site))).status == 422


async def test_the_second_step_is_bound_to_its_browser_and_its_ten_minutes(site):
    browser, thief = site.stranger(), site.stranger()
    page = await first_step(browser, "password_app")
    await thief.get("/sign-in")
    assert (await second_step(thief, page, "password_app", app_code(site))).status == 422
    site.desk.clock.advance(timedelta(minutes=10))
    assert (await second_step(browser, page, "password_app", app_code(site))).status == 422


async def test_an_organisation_can_switch_each_way_off(site):
    async with site.database.transaction() as session:
        await offer.switch_off(session, site.cast.an.organisation_id, [Way.PASSWORD_APP, Way.MAIL_CODE])
    browser = site.stranger()
    page = await first_step(browser, "password_app")
    assert (await second_step(browser, page, "password_app", app_code(site))).status == 422
    await browser.get("/sign-in")
    assert (await browser.post("/sign-in", {"address": AN})).status == 200
    assert await mails(site, "sign_in_code") == []
    page = await first_step(browser, "password_mail")
    [code] = re.findall(r"^\d{6}$", (await mails(site, "sign_in_code"))[-1], re.MULTILINE)
    assert (await second_step(browser, page, "password_mail", code)).status == 303


@pytest.mark.parametrize("way", ["", "eid", "mail_code", "nonsense"])
async def test_only_ways_with_a_password_ask_for_one(site, way):
    assert (await site.stranger().get(f"/sign-in/password?way={way}")).status == 404


async def test_a_password_with_blanks_and_accents_is_taken_as_typed_and_a_huge_one_is_refused(site):
    async with site.database.transaction() as session:
        await passwords.set_password(session, site.cast.an.person_id, " één spatie vooraan", site.desk.clock.now())
    browser = site.stranger()
    decomposed = " e\u0301e\u0301n spatie vooraan"
    page = await first_step(browser, "password_app", password=decomposed)
    assert (await second_step(browser, page, "password_app", app_code(site))).status == 303
    assert (await first_step(site.stranger(), "password_app", password="x" * 1001)).status == 422

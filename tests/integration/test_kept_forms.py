"""A form that arrives too late, or asks for a further key, is kept for its sender alone."""

from datetime import timedelta

import pytest
from portal_site import Browser, Page, Site
from sqlalchemy import select

from casework.people import sign_in
from casework.people.kept_posts import KeptPost
from casework.people.models import Level


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


LEAVE = {
    "field-due_date": "2026-12-01",
    "field-start": "2026-11-20",
    "field-statute": "statutory",
    "field-comment": "Ik ben zwanger.",
}


async def kept(site: Site) -> list[KeptPost]:
    async with site.database.reading() as session:
        return list((await session.execute(select(KeptPost).order_by(KeptPost.id))).scalars())


async def send_late(site: Site, browser: Browser, number: str, **options) -> Page:
    site.desk.clock.advance(timedelta(minutes=21))
    return await browser.post(f"/cases/{number}/messages", {"text": "Niet verliezen!"}, **options)


async def test_a_health_paper_asks_for_a_key_and_is_filed_with_its_file_afterwards(site):
    browser = await site.browser_of(site.cast.an, Level.LOW)
    paper = [("document-medical_certificate", "ziek.txt", b"medical"), ("files", "more.txt", b"more")]
    asked = await browser.post("/catalogue/forms/maternity", LEAVE, files=paper)
    assert (asked.status, asked.location) == (303, "/sign-in/step-up?next=%2Fkept%2F1")
    stronger = await site.browser_of(site.cast.an)
    page = await stronger.get("/kept/1")
    assert ("Ik ben zwanger." in page.text, "ziek.txt" in page.text) == (True, True)
    again = await stronger.post("/catalogue/forms/maternity", LEAVE | {"kept": "1", "redraw": "yes"})
    assert (again.status, "Ik ben zwanger." in again.text) == (200, True)
    filed = await stronger.post("/catalogue/forms/maternity", LEAVE | {"kept": "1"})
    assert filed.location == "/cases/HRB0000001?done=filed", filed.text
    tab = await stronger.get("/cases/HRB0000001?tab=attachments")
    assert ("ziek.txt" in tab.text, "more.txt" in tab.text) == (True, True)
    assert await kept(site) == []
    low = await site.browser_of(site.cast.an, Level.LOW)
    assert (await low.get("/attachments/1")).location == "/sign-in/step-up?next=%2Fattachments%2F1"
    assert (await low.get("/attachments/2")).status == 200
    askers = [await site.browser_of(who) for who in (site.cast.an, site.cast.hanne, site.cast.ada, site.cast.luc)]
    assert [(await browser.get("/attachments/1")).status for browser in askers] == [200, 200, 404, 404]


async def test_a_late_form_is_kept_for_its_sender_alone_and_is_sent_once(site):
    case = await site.answered_case(site.cast.an)
    browser = await site.browser_of(site.cast.an)
    page = await send_late(site, browser, case.number, files=[("files", "a.txt", b"x" * 100_000)])
    assert (page.status, "/sign-in?next=%2Fkept%2F1" in page.text) == (401, True)
    for who in (site.cast.luc, site.cast.hanne, site.cast.ada):
        assert (await (await site.browser_of(who)).get("/kept/1")).status == 404
    back = await site.browser_of(site.cast.an)
    assert "Niet verliezen!" in (await back.get("/kept/1")).text
    sent = await back.post(f"/cases/{case.number}/messages", {"text": "Niet verliezen!", "kept": "1"})
    assert sent.status == 303
    assert "a.txt" in (await back.get(f"/cases/{case.number}?tab=attachments")).text
    assert (await back.get("/kept/1")).status == 404
    assert (await back.post(f"/cases/{case.number}/messages", {"text": "x", "kept": "1"})).status == 404


async def test_nothing_is_kept_without_the_token_of_that_session_nor_after_signing_out(site):
    case = await site.answered_case(site.cast.an)
    browser = await site.browser_of(site.cast.an)
    browser.token = "another"
    assert "/kept/" not in (await send_late(site, browser, case.number)).text
    browser = await site.browser_of(site.cast.an)
    async with site.database.transaction() as session:
        await sign_in.end_all_sessions(session, site.cast.an.person_id, site.desk.clock.now())
    assert "/kept/" not in (await send_late(site, browser, case.number)).text
    assert await kept(site) == []


async def test_passwords_are_never_kept(site):
    browser = await site.browser_of(site.cast.an)
    site.desk.clock.advance(timedelta(minutes=21))
    await browser.post("/profile/password", {"password": "secret words of mine", "password_again": "secret words"})
    assert await kept(site) == []


async def test_a_sender_fills_no_store_and_what_was_kept_is_forgotten_after_half_a_day(site):
    browser = await site.browser_of(site.cast.an, Level.LOW)
    for _ in range(7):
        await browser.post("/profile/app", {"note": "x"})
    assert [one.id for one in await kept(site)] == [3, 4, 5, 6, 7]
    site.desk.clock.advance(timedelta(hours=12))
    assert (await (await site.browser_of(site.cast.an)).get("/kept/7")).status == 404


async def test_asking_how_long_is_left_keeps_no_session_alive_and_ok_does(site):
    browser = await site.browser_of(site.cast.an)
    left = []
    for path, method in (("/session", browser.get), ("/session/extend", browser.post), ("/session", browser.get)):
        site.desk.clock.advance(timedelta(minutes=9))
        left.append((await method(path)).text)
    assert [int(text.split(":")[1].split(",")[0]) for text in left] == [660, 1200, 660]
    site.desk.clock.advance(timedelta(minutes=12))
    assert (await browser.get("/session")).text.startswith('{"seconds": 0, "person": null')

"""The pages of received mail: for admins alone, harmless whatever a mail holds, and the door to release one."""

import hashlib
import re
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from portal_site import Browser, Page, Site, open_site
from sentences import TRANSLATED, sentences_of, translations
from sqlalchemy import select

from casework.audit.models import AuditEntry
from casework.people.models import LANGUAGES
from mail_gateway import store
from mail_gateway.pages.reasons import SCREENED
from mail_gateway.pages.section import SECTION
from mail_gateway.store import MailContent, ReceivedMail

PAGES = ("/admin/mail", "/admin/mail/1", "/admin/mail/1/raw")
RAW = b"From: An <an.peeters@health.example>\r\nSubject: =?utf-8?q?caf=C3=A9?=\r\n\r\nPrivate words of An.\r\n"
HOSTILE = "<script>alert(1)</script>'\"><img src=x onerror=alert(1)>{{ 7 * 7 }}%(x)s"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


@pytest.fixture
async def site(database, desk, sign_in_rules) -> AsyncIterator[Site]:
    async with open_site(database, desk, sign_in_rules, [SECTION]) as opened:
        yield opened


async def keep(site: Site, state: str, **changes: Any) -> int:
    """Put a mail into the database as the mail server and the intake leave it."""
    raw = changes.pop("raw", RAW)
    async with site.database.transaction() as session:
        mail = ReceivedMail(
            **{
                "dedupe_key": hashlib.sha256(f"{changes} {state}".encode()).hexdigest(),
                "sha256": hashlib.sha256(raw).hexdigest(),
                "size": len(raw),
                "envelope_from": "an.peeters@health.example",
                "rcpt_tos": ["hr@balie.example"],
                "remote": "192.0.2.1",
                "received_at": site.desk.clock.now(),
                "message_id": "first@health.example",
                "from_address": "an.peeters@health.example",
                "subject": "My leave",
                "state": state,
            }
            | changes
        )
        session.add(mail)
        await session.flush()
        session.add(MailContent(mail_id=mail.id, raw=raw))
        return mail.id


async def audited(site: Site) -> list[tuple[str, str, dict[str, Any]]]:
    async with site.database.reading() as session:
        query = select(AuditEntry).where(AuditEntry.action.like("%\\_mail", escape="\\")).order_by(AuditEntry.id)
        return [(entry.action, entry.actor, entry.details) for entry in (await session.execute(query)).scalars()]


async def state_of(site: Site, mail_id: int) -> tuple[str, bool, str | None]:
    async with site.database.reading() as session:
        mail = (await session.execute(select(ReceivedMail).where(ReceivedMail.id == mail_id))).scalar_one()
        return mail.state, mail.released, mail.reason


def rows(page: Page) -> list[list[str]]:
    """Return the cells of the last table, as somebody reads them."""
    body = page.text.rpartition("<tbody>")[2].partition("</tbody>")[0]
    return [
        [" ".join(re.sub(r"<[^>]+>", " ", cell).split()) for cell in re.findall(r"<td.*?</td>", row, re.DOTALL)]
        for row in re.findall(r"<tr>.*?</tr>", body, re.DOTALL)
    ]


def subjects(page: Page) -> list[str]:
    return re.findall(r'<a class="mail-subject" href="/admin/mail/\d+">([^<]*)</a>', page.text)


async def ada(site: Site) -> Browser:
    return await site.browser_of(site.cast.ada)


@pytest.mark.parametrize("language", TRANSLATED)
def test_every_sentence_about_received_mail_exists_in_every_language(language):
    shown = sentences_of(["mail_gateway/pages", "templates/web/mail"]) | SCREENED
    assert len(shown) > 50
    assert {sentence for sentence, told in translations(language, "mail").items() if told} == shown


@pytest.mark.parametrize("path", PAGES)
async def test_received_mail_is_for_admins_alone(site, path):
    await keep(site, "held")
    for who, status in (("an", 403), ("hanne", 403), ("ada", 200)):
        browser = await site.browser_of(getattr(site.cast, who))
        page = await browser.get(path)
        assert page.status == status, who
        assert status == 200 or "My leave" not in page.text
    stranger = await site.stranger().get(path)
    assert (stranger.status, stranger.location.partition("?")[0]) == (302, "/sign-in")


@pytest.mark.parametrize("path", ["/admin/mail/7", "/admin/mail/7/raw", "/admin/mail/abc", "/admin/mail/9999999999"])
async def test_mail_that_does_not_exist_is_not_found(site, path):
    assert (await (await ada(site)).get(path)).status == 404


async def test_the_list_begins_with_what_waits_for_an_admin(site):
    await keep(site, "processed", subject="Done")
    await keep(site, "shunted", subject="", reason="ValueError: no such charset", message_id=None)
    await keep(site, "ignored", subject="Away", reason="automatic reply")
    evidence = "nobody here has the address x@elsewhere.example"
    await keep(site, "held", subject="Hello", reason=evidence, evidence=evidence, trust="unknown")
    browser = await ada(site)

    page = await browser.get("/admin/mail")

    assert [row[1:] for row in rows(page)] == [
        ["Hello an.peeters@health.example", f"Held Nobody here has this address. {evidence}", "unknown", "\u2013"],
        [
            "(no subject) an.peeters@health.example",
            "Shunted The mail could not be read or worked on; it delays no other. ValueError: no such charset",
            "\u2013",
            "\u2013",
        ],
    ]
    assert "Held (1)" in page.text
    assert "Shunted (1)" in page.text


async def test_the_list_speaks_the_language_of_the_admin(site):
    await keep(site, "ignored", reason="automatic reply")
    spoken = {}
    for language in LANGUAGES:
        browser = await ada(site)
        await browser.post("/profile/language", {"language": language})
        spoken[language] = rows(await browser.get("/admin/mail?state=all"))[0][2]
    assert spoken == {
        "nl": "Genegeerd automatisch antwoord",
        "fr": "Ignoré réponse automatique",
        "de": "Nicht beachtet automatische Antwort",
        "en": "Ignored automatic reply",
    }


async def test_the_list_shows_the_state_that_was_asked_for(site):
    for state in ("received", "processed", "ignored", "held", "shunted"):
        await keep(site, state, subject=state)
    browser = await ada(site)
    for state in ("received", "processed", "ignored", "held", "shunted"):
        assert subjects(await browser.get(f"/admin/mail?state={state}")) == [state]
    everything = ["shunted", "held", "ignored", "processed", "received"]
    assert subjects(await browser.get("/admin/mail?state=all")) == everything
    assert subjects(await browser.get("/admin/mail?state=nonsense")) == ["shunted", "held"]


async def test_pages_of_the_list_never_shift_while_mails_arrive(site):
    for number in range(110):
        await keep(site, "held", subject=f"mail-{number:03}")
    browser = await ada(site)
    seen: list[str] = []
    path = "/admin/mail"
    while path:
        page = await browser.get(path)
        seen += subjects(page)
        await keep(site, "held", subject=f"later-{len(seen)}")
        onward = re.findall(r'rel="next" href="([^"]+)"', page.text)
        path = onward[0].replace("&amp;", "&") if onward else ""
    assert seen == [f"mail-{number:03}" for number in reversed(range(110))]


@pytest.mark.parametrize("before", ["x", "-1", "9" * 5000, "१"])
async def test_a_page_that_begins_nowhere_begins_at_the_newest(site, before):
    await keep(site, "held")
    assert subjects(await (await ada(site)).get(f"/admin/mail?before={before}")) == ["My leave"]


async def test_a_mail_shows_its_header_and_not_what_was_written(site):
    mail_id = await keep(site, "held", reason="several senders")
    page = await (await ada(site)).get(f"/admin/mail/{mail_id}")
    assert "Subject: =?utf-8?q?caf=C3=A9?=" in page.text
    assert "several senders" in page.text
    assert "Private words" not in page.text


async def test_each_opening_of_a_mail_is_written_down(site):
    case = await site.case_of(site.cast.an)
    mail_id = await keep(site, "processed", case_id=case.id)
    browser = await ada(site)
    await browser.get("/admin/mail?state=all")
    await browser.get(f"/admin/mail/{mail_id}")
    await browser.get(f"/admin/mail/{mail_id}/raw")
    assert await audited(site) == [
        ("read_mail", "Ada Bakker", {"mail": mail_id}),
        ("download_mail", "Ada Bakker", {"mail": mail_id, "sha256": hashlib.sha256(RAW).hexdigest()}),
    ]


async def test_a_mail_is_saved_byte_for_byte_and_never_run(site):
    mail_id = await keep(site, "shunted", raw=b"<html><script>alert(1)</script>\xff\x00")
    page = await (await ada(site)).get(f"/admin/mail/{mail_id}/raw")
    assert page.body == b"<html><script>alert(1)</script>\xff\x00"
    assert page.headers["Content-Disposition"] == f'attachment; filename="mail-{mail_id}.eml"'
    assert page.headers["Content-Type"] == "message/rfc822"
    assert page.headers["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in page.headers["Content-Security-Policy"]


@pytest.mark.parametrize(("state", "reason"), [("held", "several senders"), ("shunted", "ValueError: broken")])
async def test_an_admin_releases_a_mail_that_stands_aside(site, state, reason):
    mail_id = await keep(site, state, reason=reason, claims=11)
    browser = await ada(site)
    await browser.get(f"/admin/mail/{mail_id}")

    page = await browser.post(f"/admin/mail/{mail_id}/release")

    assert (page.status, page.location) == (303, f"/admin/mail/{mail_id}?done=released")
    assert await state_of(site, mail_id) == ("received", True, None)
    details = {"mail": mail_id, "from": "an.peeters@health.example", "state": state, "reason": reason}
    assert (await audited(site))[-1] == ("release_mail", "Ada Bakker", details)
    after = await browser.get(page.location)
    assert "The mail was released." in after.text
    assert "Release this mail" not in after.text
    async with site.database.reading() as session:
        assert await store.anything_waits(session, site.desk.clock.now())


async def test_a_mail_is_released_once(site):
    mail_id = await keep(site, "held")
    browser = await ada(site)
    await browser.get(f"/admin/mail/{mail_id}")
    assert (await browser.post(f"/admin/mail/{mail_id}/release")).status == 303
    assert (await browser.post(f"/admin/mail/{mail_id}/release")).status == 409
    assert len([entry for entry in await audited(site) if entry[0] == "release_mail"]) == 1


@pytest.mark.parametrize("state", ["received", "processed", "ignored"])
async def test_a_mail_that_does_not_stand_aside_cannot_be_released(site, state):
    mail_id = await keep(site, state)
    browser = await ada(site)
    page = await browser.get(f"/admin/mail/{mail_id}")
    assert "Release this mail" not in page.text
    assert (await browser.post(f"/admin/mail/{mail_id}/release")).status == 409
    assert await state_of(site, mail_id) == (state, False, None)


async def test_nobody_else_releases_a_mail(site):
    mail_id = await keep(site, "held")
    for who in ("an", "hanne"):
        browser = await site.browser_of(getattr(site.cast, who))
        assert (await browser.post(f"/admin/mail/{mail_id}/release")).status == 403
    admin = await ada(site)
    for token in ("", "a-token-of-somebody-else"):
        admin.token = token
        assert (await admin.post(f"/admin/mail/{mail_id}/release")).status == 403
    assert await state_of(site, mail_id) == ("held", False, None)


async def test_whatever_a_mail_holds_is_shown_as_text(site):
    hostile_header = f"Subject: {HOSTILE}\r\nX: \x00\x1b[2J\u202egnp.exe\r\n\r\n".encode() + b"\xff"
    mail_id = await keep(
        site, "held", subject=HOSTILE, from_address=HOSTILE, reason=HOSTILE, evidence=f"{HOSTILE} 100%",
        trust="contested", message_id=HOSTILE, envelope_from=HOSTILE, rcpt_tos=[HOSTILE], raw=hostile_header,
    )  # fmt: skip
    browser = await ada(site)
    for path in ("/admin/mail", f"/admin/mail/{mail_id}", "/admin/log", f"/admin/mail?person={'%3Cscript%3E'}"):
        text = (await browser.get(path)).text
        assert "<script>alert" not in text, path
        assert "<img" not in text.replace('<img src="/static/', ""), path
        assert "49%(x)s" not in text, path
        assert not {"\x00", "\x1b", "\u202e"} & set(text), path
    assert "%(x)s" in (await browser.get(f"/admin/mail/{mail_id}")).text


async def test_a_header_without_an_end_is_shown_up_to_a_bound(site):
    mail_id = await keep(site, "shunted", raw=b"X: " + b"a" * 100_000)
    page = await (await ada(site)).get(f"/admin/mail/{mail_id}")
    assert page.text.count("a" * (16 * 1024 - 3)) == 1
    assert "a" * (16 * 1024) not in page.text


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("", ["second", "stranger", "first"]),
        ("number=hrb0000001", ["first"]),
        ("number=HRB0000009", []),
        ("person=peeters", ["first"]),
        ("person=E101", ["second"]),
        ("person=elsewhere", ["stranger"]),
        ("person=%25", []),
        ("from=2026-09-16", ["second"]),
        ("to=2026-09-15", ["stranger", "first"]),
        ("channel=mail", ["second", "stranger", "first"]),
        ("channel=chat", []),
    ],
)
async def test_the_case_log_lists_the_mails_that_came_in_as_it_is_filtered(site, query, found):
    an, luc = site.cast.an.person_id, site.cast.luc.person_id
    first = await site.case_of(site.cast.an)
    await keep(site, "processed", subject="first", case_id=first.id, person_id=an)
    await keep(site, "held", subject="stranger", from_address="x@elsewhere.example")
    site.desk.clock.advance(timedelta(days=1))
    second = await site.case_of(site.cast.luc)
    await keep(
        site, "processed", subject="second", case_id=second.id, person_id=luc, from_address="luc.martin@health.example"
    )
    browser = await ada(site)
    page = await browser.get(f"/admin/log?{query}")
    assert subjects(page) == found
    assert ("Mails that came in" in page.text) is bool(found)
    assert subjects(await browser.get(f"/admin/mail?state=all&{query}")) == found


async def test_the_case_log_leads_on_to_older_mails(site):
    for number in range(25):
        await keep(site, "processed", subject=f"mail-{number:02}")
    browser = await ada(site)
    page = await browser.get("/admin/log?person=peeters")
    assert subjects(page) == [f"mail-{number:02}" for number in reversed(range(5, 25))]
    onward = re.findall(r'href="(/admin/mail[^"]+)">Older', page.text)[0].replace("&amp;", "&")
    assert subjects(await browser.get(onward)) == [f"mail-{number:02}" for number in reversed(range(5))]


async def test_the_page_of_admins_counts_the_mails_that_wait(site):
    for number in range(3):
        await keep(site, "held", subject=str(number))
    await keep(site, "shunted")
    await keep(site, "processed")
    text = (await (await ada(site)).get("/admin")).text
    counted = re.findall(r'href="/admin/mail\?state=(\w+)"><strong>(\d+)</strong>', text)
    assert counted == [("held", "3"), ("shunted", "1")]
    assert '<a href="/admin/mail">Received mails</a>' in text

"""A mail that stands aside is not lost: it is seen with every try on its case, and can be let go."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from portal_site import Site, open_site
from sqlalchemy import select

from casework.audit.models import AuditEntry
from casework.errors import NotFound
from casework.outbox import service as outbox
from casework.outbox import store
from casework.outbox.models import OutboxState
from mail_gateway.inbound.mailbox import MailboxPosition
from mail_gateway.pages.section import SECTION

HOSTILE = "550 5.1.1 <script>alert(1)</script>"


@pytest.fixture
def database_url(tmp_path: Path) -> str:
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


@pytest.fixture
async def site(database, desk, sign_in_rules) -> AsyncIterator[Site]:
    async with open_site(database, desk, sign_in_rules, [SECTION]) as opened:
        yield opened


async def _failed(site: Site) -> int:
    """Have the summary of An's case refused; returns its id."""
    now = site.desk.clock.now()
    await site.case_of(site.cast.an)
    async with site.database.transaction() as session:
        mail = (await outbox.claim(session, owner="w", now=now, limit=1))[0]
        assert await outbox.mark_failed(session, mail.id, owner="w", now=now, reply=HOSTILE)
        return mail.id


@pytest.mark.parametrize("state", [OutboxState.FAILED, OutboxState.HELD])
async def test_mail_that_stands_aside_leaves_when_it_is_released(site: Site, state: OutboxState) -> None:
    mail_id, now = await _failed(site), site.desk.clock.now()
    async with site.database.transaction() as session:
        (await store.mail(session, mail_id)).state = state
    async with site.database.transaction() as session:
        await outbox.release(session, mail_id, now=now)
        claimed = await outbox.claim(session, owner="w", now=now)

    assert mail_id in {mail.id for mail in claimed}


@pytest.mark.parametrize("mail_id", [2, 999])
async def test_mail_that_does_not_stand_aside_cannot_be_released(site: Site, mail_id: int) -> None:
    await _failed(site)
    async with site.database.transaction() as session:
        with pytest.raises(NotFound, match="no held or failed mail"):
            await outbox.release(session, mail_id, now=site.desk.clock.now())


async def test_try_that_failed_stands_on_the_case_for_handlers_only(site: Site) -> None:
    await _failed(site)
    handler = await site.browser_of(site.cast.hanne)
    requester = await site.browser_of(site.cast.an)
    seen = (await handler.get("/cases/HRB0000001")).text
    own = (await requester.get("/cases/HRB0000001")).text

    assert ("&lt;script&gt;alert(1)" in seen, "<script>alert(1)" in seen, "550 5.1.1" in own) == (True, False, False)


async def _released(site: Site) -> list[dict]:
    async with site.database.reading() as session:
        query = select(AuditEntry).where(AuditEntry.action == "release_outgoing_mail")
        return [entry.details for entry in (await session.execute(query)).scalars()]


async def test_admin_sees_what_did_not_leave_and_lets_it_go_once(site: Site) -> None:
    mail_id = await _failed(site)
    browser = await site.browser_of(site.cast.ada)
    page = await browser.get("/admin/mail")
    path = f"/admin/mail/outgoing/{mail_id}/release"
    answered = [(await browser.post(path)).status for _ in range(2)]
    after = await browser.get("/admin/mail?done=released")

    assert (path in page.text, "&lt;script&gt;alert(1)" in page.text) == (True, True)
    assert answered == [303, 409]
    assert (path in after.text, "The mail will be sent." in after.text) == (False, True)
    details = {"mail": mail_id, "to": "an.peeters@health.example", "state": "failed", "reason": HOSTILE}
    assert await _released(site) == [details]
    async with site.database.reading() as session:
        assert (await store.mail(session, mail_id)).state == OutboxState.QUEUED


async def test_nobody_but_an_admin_lets_a_mail_of_ours_go(site: Site) -> None:
    mail_id = await _failed(site)
    for who in (site.cast.an, site.cast.hanne):
        assert (await (await site.browser_of(who)).post(f"/admin/mail/outgoing/{mail_id}/release")).status == 403
    ada = await site.browser_of(site.cast.ada)
    assert (await ada.post("/admin/mail/outgoing/999/release")).status == 404
    assert await _released(site) == []


async def test_admin_sees_how_the_mailbox_fares(site: Site) -> None:
    async with site.database.transaction() as session:
        session.add(MailboxPosition(mailbox="hr@imap.example:993/INBOX", too_large=2, failure="<b>LOGIN</b> NO"))
    page = await (await site.browser_of(site.cast.ada)).get("/admin/mail")

    assert "hr@imap.example:993/INBOX" in page.text
    assert ("&lt;b&gt;LOGIN&lt;/b&gt; NO" in page.text, "<b>LOGIN" in page.text) == (True, False)

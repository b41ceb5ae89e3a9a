"""A mail that stands aside is not lost: it is seen with every try on its case, and can be let go."""

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from portal_site import Site, open_site

from casework.errors import NotFound
from casework.outbox import service as outbox
from casework.outbox import store
from casework.outbox.models import OutboxState
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

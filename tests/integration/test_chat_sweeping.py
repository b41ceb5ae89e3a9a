"""What chats leave behind goes after its time; what a case took or somebody waits with stays."""

from datetime import timedelta

import pytest
from portal_site import open_site
from sqlalchemy import select

from bot import store, sweeping, uploads
from bot.accounts.models import OutsideAccount
from bot.handover.models import Handover, HandoverState
from bot.store import ChatMessage, Conversation, Speaker, Utterance
from bot.uploads import KeptFile, Upload

DAY = timedelta(days=1)


@pytest.fixture
async def site(database, desk, sign_in_rules):
    async with open_site(database, desk, sign_in_rules) as opened:
        yield opened


async def talk(database, clock, name: str, person_id: int | None, *files: str, taken_by: str | None = None) -> None:
    """Keep a conversation with one message, a draft and files."""
    async with database.transaction() as session:
        now = clock.now()
        await store.begin(session, name, person_id, "nl", now)
        await store.write_down(session, name, [Utterance(Speaker.PERSON, f"words of {name}")], now)
        (await session.get_one(Conversation, name)).tracker = "{}"
        kept = [KeptFile(file, "application/pdf", "0" * 64) for file in files]
        keys = await uploads.keep(session, name, person_id or 0, kept, now)
        if taken_by and person_id:
            await uploads.take(session, await uploads.of_person(session, person_id, keys), taken_by)


async def sweep(database, clock) -> tuple[int, int]:
    async with database.transaction() as session:
        guests = await sweeping.forget_guests(session, clock.now())
        return guests, await sweeping.forget_left(session, clock.now() - 30 * DAY, clock.now())


async def left(database, column) -> list[str]:
    async with database.reading() as session:
        return sorted((await session.execute(select(column))).scalars())


async def test_a_guest_is_forgotten_a_week_after_their_last_word_with_an_account_that_is_nobodys(site, database, clock):
    async with database.transaction() as session:
        for account, owner in (("stranger", None), ("an", site.cast.an.person_id)):
            session.add(OutsideAccount(channel="teams", account=account, secret_hash="", person_id=owner))
    for name in ("guest-abc", "guest-account-1", "guest-account-2"):
        await talk(database, clock, name, None)
    await talk(database, clock, "web-1", site.cast.an.person_id)
    clock.advance(7 * DAY - timedelta(seconds=1))
    await talk(database, clock, "guest-young", None)
    assert await sweep(database, clock) == (0, 0)

    clock.advance(timedelta(seconds=2))

    assert await sweep(database, clock) == (3, 0)
    assert await left(database, Conversation.id) == ["guest-young", "web-1"]
    assert await left(database, ChatMessage.text) == ["words of guest-young", "words of web-1"]
    assert await left(database, OutsideAccount.account) == ["an"]


async def test_files_and_answers_that_were_left_go_with_the_drafts_and_what_a_case_took_stays(site, database, clock):
    an, luc, greta = (one.person_id for one in (site.cast.an, site.cast.luc, site.cast.greta))
    case = await site.case_of(site.cast.luc)
    await talk(database, clock, f"web-{an}", an, "left.pdf")
    await talk(database, clock, f"web-{luc}", luc, "taken.pdf", taken_by=case.number)
    await talk(database, clock, f"web-{greta}", greta, "waits.pdf")
    async with database.transaction() as session:
        now = clock.now()
        session.add(
            Handover(
                conversation_id=f"web-{greta}",
                person_id=greta,
                language="de",
                state=HandoverState.FILED,
                asked_at=now,
                person_seen_at=now,
            )
        )
    clock.advance(30 * DAY + timedelta(seconds=1))
    await talk(database, clock, "web-new", site.cast.hanne.person_id, "new.pdf")

    assert await sweep(database, clock) == (0, 1)
    assert await sweep(database, clock) == (0, 0)

    assert await left(database, Upload.filename) == ["new.pdf", "taken.pdf", "waits.pdf"]
    assert len(await left(database, ChatMessage.text)) == 4  # what people who are known said stays
    async with database.reading() as session:
        trackers = await session.execute(select(Conversation.id).where(Conversation.tracker.is_not(None)))
        assert set(trackers.scalars()) == {f"web-{greta}", "web-new"}

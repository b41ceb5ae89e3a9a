"""What is kept of conversations, on both databases."""

import asyncio
from datetime import UTC, datetime

import pytest

from bot import store
from bot.store import Conversation, DatabaseTrackerStore, Speaker, Utterance

NOW = datetime(2026, 9, 15, 8, tzinfo=UTC)
YES = {"title": "Ja", "payload": "/affirm"}


@pytest.fixture
def trackers(database, clock):
    return DatabaseTrackerStore(database, clock)


async def say(database, *texts: str, speaker: Speaker = Speaker.PERSON, parts=None) -> None:
    async with database.transaction() as session:
        await store.begin(session, "web-1", 1, "nl", NOW)
        spoken = [Utterance(speaker, text, parts or {}) for text in texts]
        await store.write_down(session, "web-1", spoken, NOW)


async def test_the_newest_state_of_each_conversation_is_kept(trackers):
    assert await trackers.load("a") is None
    await trackers.save("a", '{"turn": 1}')
    await trackers.save("a", '{"turn": 2}')
    await trackers.save("b", "{}")
    assert (await trackers.load("a"), await trackers.load("b")) == ('{"turn": 2}', "{}")


async def test_a_state_saved_before_the_conversation_has_an_owner_is_theirs_afterwards(database, trackers, clock):
    await trackers.save("web-1", "{}")
    await say(database, "hallo")
    async with database.reading() as session:
        kept = await session.get(Conversation, "web-1")
    assert (kept.person_id, kept.language, kept.tracker, kept.last_sequence) == (1, "nl", "{}", 1)
    assert kept.begun_at == clock.now()


async def test_messages_written_at_once_are_numbered_without_a_gap(database):
    await say(database, "first")
    await asyncio.gather(*(say(database, f"{number}a", f"{number}b") for number in range(8)))
    async with database.reading() as session:
        kept = await store.messages_after(session, "web-1", 0, 100)
        assert await store.last_sequence(session, "web-1") == 17
    assert [said.sequence for said in kept] == list(range(1, 18))
    pairs = [kept[index].text + kept[index + 1].text for index in range(1, 17, 2)]
    assert sorted(pairs) == [f"{number}a{number}b" for number in range(8)]


async def test_messages_are_read_onwards_and_backwards_a_few_at_a_time(database):
    await say(database, "1", "2", "3", "4", "5")
    async with database.reading() as session:
        onwards = await store.messages_after(session, "web-1", 1, 2)
        newest = await store.messages_before(session, "web-1", None, 2)
        earlier = await store.messages_before(session, "web-1", 4, 2)
        others = await store.messages_before(session, "web-2", None, 2)
    assert [[said.text for said in part] for part in (onwards, newest, earlier, others)] == [
        ["2", "3"], ["4", "5"], ["2", "3"], [],
    ]  # fmt: skip


async def test_a_choice_is_open_until_the_person_speaks(database):
    async with database.reading() as session:
        assert await store.open_choice(session, "web-1", "/affirm") is None
    await say(database, "Shall I?", speaker=Speaker.ASSISTANT, parts={"buttons": [YES]})
    async with database.reading() as session:
        assert await store.open_choice(session, "web-1", "/affirm") == "Ja"
        assert await store.open_choice(session, "web-1", "/deny") is None
        assert await store.open_choice(session, "web-2", "/affirm") is None
    await say(database, "wait")
    async with database.reading() as session:
        assert await store.open_choice(session, "web-1", "/affirm") is None

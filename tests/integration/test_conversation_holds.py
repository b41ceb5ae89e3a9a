"""Two processes and one conversation: one goes on at a time, and nobody overwrites what another one said."""

import asyncio
from datetime import timedelta

import pytest
from factories import make_cast
from form_talk import open_talk

from bot.settings import AssistantSettings
from bot.store import HOLD, ConversationMoved, DatabaseTrackerStore

# SQLite is served by one process.
pytestmark = [
    pytest.mark.postgres,
    pytest.mark.parametrize("database_url", ["postgresql"], indirect=True),
]


async def test_one_process_goes_on_at_a_time(database, clock):
    order = []

    async def work(name: str) -> None:
        store = DatabaseTrackerStore(database, clock)
        async with store.hold("talk"):
            order.append(f"{name} begins")
            seen = await store.load("talk") or ""
            await asyncio.sleep(0.05)
            await store.save("talk", f"{seen}{name}")
            order.append(f"{name} ends")

    await asyncio.gather(work("a"), work("b"), work("c"))

    assert [one.split()[1] for one in order] == ["begins", "ends"] * 3
    assert sorted(await DatabaseTrackerStore(database, clock).load("talk")) == ["a", "b", "c"]


async def test_conversation_is_free_again_when_nothing_was_saved(database, clock):
    store = DatabaseTrackerStore(database, clock)

    with pytest.raises(ZeroDivisionError):
        async with store.hold("talk"):
            raise ZeroDivisionError

    async with asyncio.timeout(5), DatabaseTrackerStore(database, clock).hold("talk"):
        assert await store.load("talk") is None


async def test_process_that_was_away_for_too_long_saves_nothing_over_another(database, clock):
    slow, quick = DatabaseTrackerStore(database, clock), DatabaseTrackerStore(database, clock)

    async def be_slow() -> None:
        async with slow.hold("talk"):
            clock.advance(HOLD + timedelta(seconds=1))
            async with quick.hold("talk"):
                await quick.save("talk", "quick")
            await slow.save("talk", "slow")

    with pytest.raises(ConversationMoved):
        await be_slow()

    assert await quick.load("talk") == "quick"


async def test_messages_that_two_processes_take_at_once_are_both_answered_in_turn(database, desk, clock, model_folder):
    async with database.transaction() as session:
        cast = await make_cast(session)
    settings = AssistantSettings(model_folder)
    talks = [
        open_talk(database, desk, settings, cast.an, "nl", DatabaseTrackerStore(database, clock)) for _ in range(2)
    ]
    await talks[0].say('/file_form{"form": "free_question"}')

    await asyncio.gather(talks[0].say("Een onderwerp"), talks[1].say("Een onderwerp"))
    confirm = await talks[0].say("/skip")

    assert confirm[0].text.splitlines()[1:3] == ["• Onderwerp: Een onderwerp", "• Uw vraag: Een onderwerp"]

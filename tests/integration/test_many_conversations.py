"""Fifty conversations at once, on both databases: no apology, no lost turn, whoever else writes meanwhile."""

import asyncio
import json

import psutil
import pytest
from factories import make_cast

from bot.actions.registry import all_actions
from bot.conversation import Assistant
from bot.settings import AssistantSettings
from bot.store import DatabaseTrackerStore
from runtime.adapters import ChatCaseDesk
from runtime.chat_catalogue import ChatFormCatalogue

PEOPLE = 50
TALK = (
    "/greet",
    '/file_form{"form": "telework"}',
    '/choose{"choice": "regular"}',
    "1 oktober 2027",
    "/case_status",
    "/stop",
    "bedankt",
)
WORRY = "Er ging iets mis"


@pytest.fixture
async def assistant(database, desk, model_folder):
    actions = all_actions(ChatCaseDesk(database, desk), ChatFormCatalogue(database, desk))
    settings = AssistantSettings(model_folder)
    opened = Assistant(DatabaseTrackerStore(database, desk.clock), actions, settings)
    await opened.start()
    return opened


async def hold_talks(assistant, person_id: int, turns: int) -> dict[str, list[str]]:
    """Hold all conversations at once, and return what was answered in each."""

    async def talk(number: int) -> tuple[str, list[str]]:
        answers = []
        for turn in range(turns):
            said = await assistant.handle(
                f"talk-{number}", TALK[turn % len(TALK)], {"person_id": str(person_id), "language": "nl"}
            )
            answers.append(" ".join(message.text or "" for message in said))
        return f"talk-{number}", answers

    return dict(await asyncio.gather(*(talk(number) for number in range(PEOPLE))))


async def keep_writing(database, ended: asyncio.Event) -> None:
    """Be somebody else who writes all the time, a tenth of a second each time."""
    while not ended.is_set():
        async with database.transaction():
            await asyncio.sleep(0.1)


async def said_in(database, desk, conversation: str) -> list[str]:
    kept = json.loads(await DatabaseTrackerStore(database, desk.clock).load(conversation))
    return [event["text"] for event in kept["events"] if event["event"] == "user"]


async def test_nobody_gets_an_apology_and_no_turn_is_lost(database, desk, assistant):
    async with database.transaction() as session:
        person = (await make_cast(session)).an.person_id
    ended = asyncio.Event()
    writer = asyncio.create_task(keep_writing(database, ended))

    answers = await hold_talks(assistant, person, 3)

    ended.set()
    await writer
    assert {tuple(said) for said in answers.values()} == {tuple(answers["talk-0"])}
    assert [said for said in answers["talk-0"] if not said or said.startswith(WORRY)] == []
    assert [await said_in(database, desk, talk) for talk in answers] == [list(TALK[:3])] * PEOPLE


@pytest.mark.soak
async def test_a_thousand_messages_are_all_kept_and_take_no_memory(database, desk, assistant):
    async with database.transaction() as session:
        person = (await make_cast(session)).an.person_id
    await hold_talks(assistant, person, 7)
    before = psutil.Process().memory_info().rss

    answers = await hold_talks(assistant, person, 21)

    assert psutil.Process().memory_info().rss - before < 50 * 2**20
    assert [said for talk in answers.values() for said in talk if not said or said.startswith(WORRY)] == []
    assert [(await said_in(database, desk, talk))[-21:] for talk in answers] == [list(TALK) * 3] * PEOPLE

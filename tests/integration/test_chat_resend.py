"""A message that comes again after the desk died over it: answered then, and what it does is done once."""

import asyncio
from collections.abc import Mapping
from typing import Any

import pytest
from factories import Cast
from sqlalchemy import select

from bot import store
from bot.channels.chat_room import CHOICE_IS_PAST, ChatGuest, ChatPerson, ChatRoom, Said
from bot.conversation import Answering, BotMessage
from bot.settings import AssistantSettings
from bot.store import ChatMessage, Speaker
from casework.cases.models import Case
from casework.db import Database
from casework.desk import Desk
from runtime import chat


class _Died(Exception):
    """The process ended here."""


class _Mortal:
    """An assistant whose process ends before a message is answered, or when nobody has heard the answer yet."""

    def __init__(self, assistant: Answering, *, answers: bool) -> None:
        self._assistant = assistant
        self._answers = answers

    async def start(self) -> None:
        await self._assistant.start()

    async def handle(self, conversation_id: str, text: str, metadata: Mapping[str, Any]) -> list[BotMessage]:
        if self._answers:
            await self._assistant.handle(conversation_id, text, metadata)
        raise _Died


@pytest.fixture
def an(cast: Cast) -> ChatPerson:
    return ChatPerson(cast.an.person_id or 0, "nl")


def open_room(database: Database, desk: Desk, model_folder, *, dies: str = "") -> ChatRoom:
    talks = chat.build(database, desk, AssistantSettings(model_folder))
    assistant = _Mortal(talks.assistant, answers=dies == "answered") if dies else talks.assistant
    return ChatRoom(assistant, talks.handover, desk.clock)


async def heard(database: Database, person: ChatPerson | ChatGuest) -> list[ChatMessage]:
    async with database.reading() as session:
        return list(await store.messages_after(session, person.conversation_id, 0, 100))


async def file_request(room: ChatRoom, person: ChatPerson) -> None:
    for text in ("Ik wil een vraag indienen", "Hoeveel dagen heb ik nog?", "Verlofdagen"):
        assert await room.say(person, Said(text)) is None


@pytest.mark.parametrize("dies", ["asked", "answered"])
async def test_message_over_which_the_desk_died_is_answered_when_it_comes_again_and_done_once(
    database, desk, an, model_folder, dies
):
    room = open_room(database, desk, model_folder)
    await file_request(room, an)
    yes = Said(payload="/affirm", key="k1")
    with pytest.raises(_Died):
        await open_room(database, desk, model_folder, dies=dies).say(an, yes)
    taken = await heard(database, an)

    told = [await open_room(database, desk, model_folder).say(an, yes) for _ in range(2)]

    said = await heard(database, an)
    async with database.reading() as session:
        [number] = (await session.execute(select(Case.number))).scalars()
    assert (told, taken[-1].speaker, len(said) - len(taken)) == ([None, None], Speaker.PERSON, 1)
    assert said[-1].parts["custom"] == {"case": {"number": number}}


async def test_what_comes_again_presses_no_button_that_was_not_there(database, desk, an, model_folder):
    with pytest.raises(_Died):
        await open_room(database, desk, model_folder, dies="asked").say(an, Said("hallo", key="k1"))
    room = open_room(database, desk, model_folder)

    assert await room.say(an, Said(payload="/case_status", key="k1")) is None
    assert await room.say(an, Said(payload="/case_status", key="k2")) == CHOICE_IS_PAST
    assert [said.text for said in await heard(database, an)] == ["hallo"]


@pytest.mark.parametrize("database_url", [pytest.param("postgresql", marks=pytest.mark.postgres)], indirect=True)
async def test_message_that_reaches_two_processes_is_answered_once(database, desk, an, model_folder):
    rooms = [open_room(database, desk, model_folder) for _ in range(2)]

    await asyncio.gather(*(room.say(an, Said("hallo", key="k1")) for room in rooms))

    assert [said.speaker for said in await heard(database, an)] == [Speaker.PERSON, Speaker.ASSISTANT]


@pytest.mark.parametrize("dies", ["", "asked", "answered"])
async def test_a_strangers_message_that_comes_again_is_heard_and_answered_once(database, desk, model_folder, dies):
    guest, said = ChatGuest("guest-of-a-test", "nl"), Said("Welk formulier heb ik nodig?", key="one")
    first, again = open_room(database, desk, model_folder, dies=dies), open_room(database, desk, model_folder)
    if dies:
        with pytest.raises(_Died):
            await first.answer_guest(guest, said)
    else:
        await first.answer_guest(guest, said)
    await again.answer_guest(guest, said)
    answered = await heard(database, guest)
    await again.answer_guest(guest, said)

    assert [one.speaker for one in answered][:2] == [Speaker.PERSON, Speaker.ASSISTANT]
    assert [one.speaker for one in answered].count(Speaker.PERSON) == 1
    assert len({one.text for one in answered}) == len(answered) == len(await heard(database, guest))

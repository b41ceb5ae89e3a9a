"""One trained classifier for all tests, and a conversation that is easy to hold."""

import pytest
from unit.test_bot.desk_in_memory import InMemoryCaseDesk, InMemoryCatalogue, InMemoryTrackerStore

from bot.actions.registry import all_actions
from bot.conversation import Assistant
from bot.settings import AssistantSettings


@pytest.fixture(scope="session")
def cache_folder(model_folder):
    return model_folder


@pytest.fixture
def desk():
    return InMemoryCaseDesk()


@pytest.fixture
def store():
    return InMemoryTrackerStore()


@pytest.fixture
def settings(cache_folder):
    return AssistantSettings(cache_folder)


@pytest.fixture
def assistant(desk, store, settings):
    return Assistant(store, all_actions(desk, InMemoryCatalogue()), settings)


class Talk:
    """One person in one conversation."""

    def __init__(self, assistant, language="nl", person_id="person-1", conversation_id="talk-1"):
        self.assistant = assistant
        self.conversation_id = conversation_id
        self.metadata = {"language": language}
        if person_id:
            self.metadata["person_id"] = person_id

    async def say(self, text):
        return await self.assistant.handle(self.conversation_id, text, self.metadata)

    async def texts(self, *messages):
        answers = []
        for message in messages:
            answers = await self.say(message)
        return [answer.text for answer in answers if answer.text]


@pytest.fixture
def talk(assistant):
    def begin(language="nl", **who):
        return Talk(who.pop("assistant", assistant), language, **who)

    return begin

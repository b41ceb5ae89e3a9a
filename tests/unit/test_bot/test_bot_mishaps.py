"""What goes wrong is answered, logged and lost by nobody: errors, restarts, huge and strange messages."""

import asyncio
import logging

import pytest
from rasa_sdk import Action
from unit.test_bot.desk_in_memory import InMemoryCatalogue

from bot.actions.registry import all_actions
from bot.conversation import Assistant
from bot.errors import AssistantFilesInvalid
from bot.settings import AssistantSettings

APOLOGY = {
    "nl": "Er ging iets mis aan onze kant. Er is niets verloren gegaan: probeer het over een ogenblik opnieuw, "
    "of stuur ons een e-mail.",
    "en": "Something went wrong on our side. Nothing is lost: please try again in a moment, or send us an e-mail.",
}


class BrokenOnce:
    """A desk whose first request fails in a way nobody foresaw."""

    def __init__(self, desk):
        self._desk = desk
        self.failures = 1

    async def open_request(self, *arguments):
        if self.failures:
            self.failures -= 1
            message = "secret=hunter2"
            raise RuntimeError(message)
        return await self._desk.open_request(*arguments)

    def __getattr__(self, name):
        return getattr(self._desk, name)


@pytest.fixture
def shaky(desk, store, settings):
    return Assistant(store, all_actions(BrokenOnce(desk), InMemoryCatalogue()), settings)


async def test_exception_in_an_action_becomes_an_apology_and_the_answer_can_be_repeated(talk, shaky, desk, caplog):
    me = talk(assistant=shaky)
    await me.texts("/file_request", "Mijn loonfiche klopt niet deze maand", "Loonfiche")

    with caplog.at_level(logging.ERROR):
        apology = await me.texts("ja")
    filed = await me.texts("ja")

    assert apology == [APOLOGY["nl"]]
    assert [record.name for record in caplog.records] == ["bot.conversation"]
    assert filed == ["Uw vraag is ingediend als ticket HRB0000001. U krijgt een bevestiging per e-mail."]
    assert len(desk.cases) == 1


async def test_apology_discloses_nothing_of_the_error(talk, shaky):
    answers = await talk("en", assistant=shaky).texts("/request_human", "/affirm")

    assert answers == [APOLOGY["en"]]


async def test_conversation_goes_on_after_a_restart_of_the_service(talk, desk, store, settings):
    before = Assistant(store, all_actions(desk, InMemoryCatalogue()), settings)
    await talk(assistant=before).texts("/file_request", "Mijn loonfiche klopt niet deze maand")

    after = Assistant(store, all_actions(desk, InMemoryCatalogue()), settings)
    await talk(assistant=after).texts("Loonfiche", "ja")

    assert [(case.subject, case.text) for case in desk.cases] == [("Loonfiche", "Mijn loonfiche klopt niet deze maand")]


@pytest.mark.parametrize("message", ["a" * 100_000, "/" + "{" * 100_000, "🙂" * 30_000])
async def test_huge_message_is_refused_and_leaves_the_form_where_it_was(talk, desk, store, message):
    me = talk()
    await me.texts("/file_request")
    kept = store.saved["talk-1"]

    answers = await me.texts(message)

    assert answers == ["Dat bericht is te lang om hier te lezen. Stuur het ons per e-mail, of vat het korter samen."]
    assert store.saved["talk-1"] == kept


@pytest.mark.parametrize(
    "message",
    ["", "   ", "/", "/nothing", "/greet{", '/inform_case{"case_number": []}', "\x00", "{0.__class__}", "/greet@x"],
)
async def test_strange_message_gets_an_answer(talk, message):
    answers = await talk().texts(message)

    assert len(answers) >= 1
    assert APOLOGY["nl"] not in answers


async def test_store_that_fails_is_answered_with_an_apology(talk, desk, settings):
    class BrokenStore:
        async def load(self, conversation_id):
            message = "database is locked"
            raise OSError(message)

    broken = Assistant(BrokenStore(), all_actions(desk, InMemoryCatalogue()), settings)

    assert await talk("en", assistant=broken).texts("hello") == [APOLOGY["en"]]


async def test_conversation_is_not_taken_up_by_another_person(talk, desk):
    await talk(person_id="person-1").texts("/file_request", "Mijn loonfiche klopt niet deze maand")

    answers = await talk(person_id="person-2").texts("blauwe maandag")

    assert answers == ["Sorry, dat heb ik niet begrepen. Kunt u het anders zeggen, of kiest u hieronder?"]
    assert desk.cases == []


async def test_draft_waits_for_the_person_whose_session_ran_out(talk, desk):
    await talk(person_id="person-1").texts("/file_request", "Mijn loonfiche klopt niet deze maand")
    signed_out = await talk(person_id=None).texts("Loonfiche")

    answers = await talk(person_id="person-1").texts("/file_request", "Loonfiche", "ja")

    assert signed_out == ["Daarvoor moet ik weten wie u bent. Meld u aan op het portaal en kom hier dan terug."]
    assert answers == ["Uw vraag is ingediend als ticket HRB0000001. U krijgt een bevestiging per e-mail."]
    assert desk.cases[0].text == "Mijn loonfiche klopt niet deze maand"


async def test_messages_of_one_conversation_are_answered_in_the_order_they_came(talk, desk):
    me = talk()
    messages = ["/file_request", "Mijn loonfiche klopt niet deze maand", "Loonfiche", "/affirm"]

    await asyncio.gather(*(me.say(message) for message in messages))

    assert [case.subject for case in desk.cases] == ["Loonfiche"]


async def test_long_conversation_keeps_its_last_turns_only(talk, desk, store, cache_folder):
    settings = AssistantSettings(cache_folder, kept_turns=5)
    short = Assistant(store, all_actions(desk, InMemoryCatalogue()), settings)
    me = talk("fr", assistant=short)
    desk.hold("person-1", "Adres", "awaiting_info", missing=("Attest",))
    await me.texts("où en est HRB1")
    sizes = []
    for _ in range(30):
        await me.say("/greet")
        sizes.append(len(store.saved["talk-1"]))

    assert max(sizes[10:]) <= 1.05 * min(sizes[10:])
    assert await me.texts("que manque-t-il encore") == ["Pour le ticket HRB0000001, il manque encore :\n• Attest"]


async def test_folding_does_not_cut_through_a_form(talk, desk, store, cache_folder):
    settings = AssistantSettings(cache_folder, kept_turns=2)
    short = Assistant(store, all_actions(desk, InMemoryCatalogue()), settings)
    me = talk(assistant=short)

    await me.texts("/greet", "/help", "/greet", "/file_request")
    await me.texts("Mijn loonfiche klopt niet deze maand", *["x"] * 8)
    await me.texts("Loonfiche", "/case_status", "/help", "ja")

    assert [case.subject for case in desk.cases] == ["Loonfiche"]


async def test_action_without_a_place_in_the_domain_is_refused_at_the_start(store, desk, settings):
    class Extra(Action):
        def name(self):
            return "action_extra"

    with pytest.raises(AssistantFilesInvalid) as refused:
        Assistant(store, [*all_actions(desk, InMemoryCatalogue()), Extra()], settings)

    assert refused.value.problems == ["There is code for the action 'action_extra', but the domain does not list it."]

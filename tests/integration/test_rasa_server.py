"""A Rasa server holds the conversations: the wire to it and from it, who is believed, who answers when it is gone."""

import gzip
import json
from pathlib import Path

import pytest
from chat_site import open_tab
from portal_site import open_site
from rasa_stand_in import RasaStandIn, served
from sqlalchemy import select
from unit.test_bot.desk_in_memory import InMemoryCaseDesk, InMemoryCatalogue, InMemoryTrackerStore

from bot.actions.registry import all_actions
from bot.channels.rasa_server import RasaHttpEngine
from bot.channels.signed_identity import believed, signed
from bot.conversation import Assistant
from bot.handover.models import Handover
from bot.settings import AssistantSettings
from runtime import chat
from runtime.chat import RasaAccess

TOKEN = "a token between the two of us"
PAYLOADS = Path(__file__).resolve().parents[3] / "shared" / "assistant" / "payloads"
BOMB = gzip.compress(b" " * 40_000_000)  # 39 kB on the wire
BEARER = {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture
def database_url(tmp_path):
    return f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}"


@pytest.fixture
def rasa():
    return RasaStandIn(TOKEN)


@pytest.fixture
async def site(database, desk, sign_in_rules, model_folder, rasa):
    async with served(rasa) as url:
        talks = chat.build(database, desk, AssistantSettings(model_folder), rasa=RasaAccess(url, TOKEN))
        async with open_site(database, desk, sign_in_rules, [talks.section]) as opened:
            rasa.actions_url = str(opened.client.make_url("/rasa/webhook"))
            yield opened


@pytest.fixture
async def assistant(site, rasa, model_folder):
    async with served(rasa) as url:
        access = RasaAccess(url, TOKEN)
        yield chat.build(site.database, site.desk, AssistantSettings(model_folder), rasa=access).assistant


@pytest.fixture
async def tab(site):
    return await open_tab(await site.browser_of(site.cast.an))


def a_call(action="action_case_status", **tracker) -> dict:
    state = {"sender_id": "web-1", "slots": {}, "latest_message": {"text": "x"}, "events": [], "paused": False}
    state |= {"active_loop": {}, "latest_action_name": None, "followup_action": None, "latest_input_channel": "rest"}
    return {"next_action": action, "sender_id": "web-1", "tracker": state | tracker, "domain": {"slots": {}}}


async def call(site, body, headers=BEARER):
    data = body if isinstance(body, str) else json.dumps(body)
    async with site.client.post("/rasa/webhook", data=data, headers=headers) as answer:
        return answer.status, await answer.json()


async def test_a_question_goes_through_the_server_and_our_actions_and_back(site, tab, rasa):
    await site.case_of(site.cast.an)

    said = await tab.say("hoe staat het ermee")

    assert said[0]["text"] == "Ticket HRB0000001 (My leave) heeft de status: Open."
    assert rasa.statuses == [200]


async def test_when_the_server_does_not_answer_the_embedded_engine_goes_on_and_the_log_says_so(site, tab, rasa, caplog):
    await site.case_of(site.cast.an)
    await tab.say("hoe staat het ermee")
    rasa.is_broken = True

    said = await tab.say("hallo")

    assert said[0]["text"].startswith("Dag! Ik help u met vragen")
    logged = f"conversation web-{site.cast.an.person_id}: the Rasa server does not answer (ClientResponseError)"
    (told,) = [record.getMessage() for record in caplog.records if "Rasa" in record.getMessage()]
    assert told == f"{logged}; the embedded engine does"
    rasa.is_broken = False
    await tab.say("en nu")
    heard = [event["text"] for event in rasa.conversations[f"web-{site.cast.an.person_id}"] if event["event"] == "user"]
    assert heard == ["hoe staat het ermee", "hallo", "en nu"]


async def test_a_restart_of_the_server_loses_no_conversation(site, tab, rasa):
    await tab.say("een")
    rasa.conversations.clear()
    await tab.say("twee")
    heard = [event["text"] for event in rasa.conversations[f"web-{site.cast.an.person_id}"] if event["event"] == "user"]
    assert heard == ["een", "twee"]


async def test_a_restart_of_the_service_loses_no_conversation(
    site, tab, rasa, database, desk, sign_in_rules, model_folder
):
    await tab.say("een")
    async with served(rasa) as url:
        restarted = chat.build(database, desk, AssistantSettings(model_folder), rasa=RasaAccess(url, TOKEN))
        person = str(site.cast.an.person_id)
        await restarted.assistant.handle(f"web-{person}", "twee", {"person_id": person, "language": "nl"})
    heard = [event["text"] for event in rasa.conversations[f"web-{person}"] if event["event"] == "user"]
    assert heard == ["een", "twee"]


async def test_a_file_without_a_word_is_handed_in_whoever_holds_the_conversation(assistant, rasa):
    for text in ("", "  ", " hallo "):
        await assistant.handle("web-1", text, {"person_id": "1", "language": "nl", "attachments": ["a file"]})
    heard = [event["text"] for event in rasa.conversations["web-1"] if event["event"] == "user"]
    assert heard == ["/hand_in_document", "/hand_in_document", "hallo"]


async def test_a_choice_is_typed_by_its_title_whoever_holds_the_conversation(assistant, rasa):
    person = {"person_id": "1", "language": "nl"}
    rasa.is_broken = True
    (said,) = await assistant.handle("web-1", "/help", person)
    rasa.is_broken = False
    await assistant.handle("web-1", said.buttons[1]["title"].upper(), person)
    heard = [event["text"] for event in rasa.conversations["web-1"] if event["event"] == "user"]
    assert heard == ["/help", "/case_status"]


async def test_a_service_that_is_no_rasa_is_named_in_the_log_and_the_embedded_engine_answers(assistant, rasa, caplog):
    rasa.is_another_service = True
    (said,) = await assistant.handle("web-1", "/help", {"person_id": "1", "language": "nl"})
    assert said.text.startswith("U kunt hier een vraag indienen")
    assert caplog.messages == ["conversation web-1: the Rasa server's answer is of no use"]


async def test_a_server_that_hangs_keeps_nobody_waiting_twice(rasa, model_folder, caplog):
    at, nobody = [1_000.0], {"language": "nl"}
    actions = all_actions(InMemoryCaseDesk(), InMemoryCatalogue())
    embedded = Assistant(InMemoryTrackerStore(), actions, AssistantSettings(model_folder), now=lambda: at[0])
    async with served(rasa) as url:
        engine = RasaHttpEngine(url, TOKEN, b"key", embedded, lambda: at[0], patience=2)
        rasa.goes_on.clear()
        said = [await engine.handle("web-1", "/help", nobody) for _ in range(2)]
        rasa.goes_on.set()
        at[0] += 31
        await engine.handle("web-1", "en nu", nobody)

    assert [one[0].text.partition(",")[0] for one in said] == ["U kunt hier een vraag indienen"] * 2
    kept_waiting = "conversation web-1: the Rasa server does not answer (TimeoutError); the embedded engine does"
    assert caplog.messages.count(kept_waiting) == 1
    heard = [event["text"] for event in rasa.conversations["web-1"] if event["event"] == "user"]
    assert heard == ["/help", "/help", "en nu"]


async def test_a_message_that_is_too_long_does_not_reach_the_server(assistant, rasa):
    (said,) = await assistant.handle("web-1", "x" * 100_000, {"person_id": "1", "language": "nl"})
    assert "te lang" in said.text
    assert rasa.conversations == {}


async def test_the_server_goes_on_with_a_form_that_began_long_ago(assistant, rasa, site):
    person = {"person_id": str(site.cast.an.person_id), "language": "nl"}
    rasa.is_broken = True
    await assistant.handle("web-1", "/file_request", person)
    for _ in range(65):
        await assistant.handle("web-1", "/help", person)
    rasa.is_broken = False
    await assistant.handle("web-1", "en nu", person)
    events = rasa.conversations["web-1"]
    assert events[0]["event"] == "active_loop"
    assert events[0]["name"] == "request_form"
    assert len([event for event in events if event["event"] == "user"]) < 65


async def test_what_another_person_said_is_taken_from_the_server(assistant, rasa):
    await assistant.handle("web-1", "een", {"person_id": "1", "language": "nl"})
    await assistant.handle("web-1", "twee", {"person_id": "2", "language": "nl"})
    heard = [event["text"] for event in rasa.conversations["web-1"] if event["event"] == "user"]
    assert heard == ["twee"]


async def test_who_somebody_is_follows_from_what_we_signed_for_that_conversation_alone(site):
    await site.case_of(site.cast.an)
    an = {"person_id": str(site.cast.an.person_id), "language": "nl"}
    now = site.desk.clock.now().timestamp()
    own = signed(site.desk.settings.secret_key, "web-1", an, now)
    others = signed(site.desk.settings.secret_key, "web-2", an, now)
    tries = {"own": own, "none": an, "of another conversation": others, "changed": {**own, "language": "fr"}}

    answers = {
        name: (await call(site, a_call(latest_message={"text": "x", "metadata": metadata})))[1]["responses"][0]["text"]
        for name, metadata in tries.items()
    }

    assert answers.pop("own") == "Ticket HRB0000001 (My leave) heeft de status: Open."
    assert {text.partition(".")[0] for text in answers.values()} == {"Daarvoor moet ik weten wie u bent"}


async def test_the_webhook_wants_its_token(site):
    for headers in ({}, {"Authorization": "Bearer wrong"}, {"Authorization": f"Basic {TOKEN}"}):
        assert await call(site, a_call(), headers) == (401, {"error": "a token is needed", "action_name": ""})
    async with site.client.get("/rasa/health", headers=BEARER) as answer:
        assert (answer.status, await answer.json()) == (200, {"status": "ok"})
    async with site.client.get("/rasa/health") as answer:
        assert answer.status == 401


@pytest.mark.parametrize(
    ("body", "status", "name"),
    [
        (a_call("action_unknown"), 404, "action_unknown"),
        ({**a_call(), "domain": None}, 449, "action_case_status"),
        ("{", 400, ""),
        ("[]", 400, ""),
        ({"next_action": 5}, 400, ""),
        ({"next_action": "action_case_status", "sender_id": "web-1", "tracker": "secret"}, 400, ""),
        ("[" * 200_000, 400, ""),
        ({**a_call(), "domain": "secret"}, 400, ""),
        (a_call(slots=["secret"]), 400, ""),
        (a_call(events="secret"), 400, ""),
        (a_call(events=[{"text": "secret"}]), 400, ""),
        (a_call(latest_message="secret"), 400, ""),
    ],
)
async def test_what_cannot_be_run_is_answered_as_rasa_sdk_does_without_the_request(site, body, status, name):
    found = await call(site, body)
    assert (found[0], found[1]["action_name"]) == (status, name)
    assert "secret" not in json.dumps(found[1])


@pytest.mark.parametrize(
    ("packed", "status"), [(gzip.compress(json.dumps(a_call()).encode()), 200), (b"secret", 400), (BOMB, 413)]
)
async def test_a_packed_body_is_unpacked_up_to_a_limit(site, packed, status):
    packing = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
    async with site.client.post("/rasa/webhook", data=packed, headers=BEARER | packing) as answer:
        assert (answer.status, "secret" in await answer.text()) == (status, False)


async def test_an_action_is_told_of_no_other_conversation_than_the_one_that_is_signed(site):
    an = {"person_id": str(site.cast.an.person_id), "language": "nl"}
    told = signed(site.desk.settings.secret_key, "web-1", an, site.desk.clock.now().timestamp())
    message = {"text": "ja", "metadata": told}
    handed_over = a_call(
        "action_hand_over", sender_id="web-2", latest_message=message, slots={"handover_confirmed": True}
    )
    status, _ = await call(site, handed_over)
    async with site.database.transaction() as session:
        waiting = (await session.scalars(select(Handover.conversation_id))).all()
    assert (status, waiting) == (200, ["web-1"])


async def test_an_action_that_breaks_is_answered_without_a_word_of_what_was_said(site):
    nobody = signed(site.desk.settings.secret_key, "web-1", {"person_id": "secret"}, site.desk.clock.now().timestamp())
    found = await call(site, a_call(latest_message={"text": "secret", "metadata": nobody}))
    assert found == (500, {"error": "the action failed", "action_name": "action_case_status"})


@pytest.mark.parametrize("brought", ["Bearer \udcff", "Bearer é", "Bearer ", "", "Basic x"])
async def test_a_token_that_is_no_text_is_a_wrong_one(site, brought):
    status, answer = await call(site, a_call(), {"Authorization": brought})
    assert (status, answer["error"]) == (401, "a token is needed")


async def test_a_signature_that_is_no_text_is_a_wrong_one(site):
    await site.case_of(site.cast.an)
    forged = {"person_id": str(site.cast.an.person_id), "signature": "\ud800"}
    status, answer = await call(site, a_call(latest_message={"text": "x", "metadata": forged}))
    assert status == 200
    assert "HRB0000001" not in json.dumps(answer)


def test_a_signature_holds_for_one_conversation_one_person_and_a_few_minutes():
    told = signed(b"key", "web-1", {"person_id": "1", "attachments": ["a"]}, 1_000.0)
    for at in (1_000.0, 1_300.0, 700.0):
        assert believed(b"key", "web-1", told, at) == {"person_id": "1", "attachments": ["a"]}
    for key, conversation, metadata, at in (
        (b"other", "web-1", told, 1_000.0),
        (b"key", "web-2", told, 1_000.0),
        (b"key", "web-1", {**told, "person_id": "2"}, 1_000.0),
        (b"key", "web-1", {**told, "signature": None}, 1_000.0),
        (b"key", "web-1", {**told, "signed_at": 1_400.0}, 1_400.0),
        (b"key", "web-1", told, 1_301.0),
        (b"key", "web-1", told, 699.0),
        (b"key", "web-1", {}, 1_000.0),
    ):
        assert believed(key, conversation, metadata, at) == {}


@pytest.mark.skipif(not PAYLOADS.is_dir(), reason="the calls that a real server made are not at hand")
async def test_calls_that_a_real_server_made_are_understood(site):
    statuses = set()
    for path in sorted(PAYLOADS.glob("*.json")):
        recorded = json.loads(path.read_text(encoding="utf-8"))
        statuses.add((await call(site, recorded["request"]))[0])
    assert statuses == {200, 404}  # another project's actions, each recognised as a call; one has the name of ours

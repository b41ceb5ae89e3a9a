"""The conversation that was written down with a Rasa 3.6 server, turn for turn: what the embedded engine must say."""

from pathlib import Path

import pytest
from rasa_sdk import Action
from rasa_sdk.events import SlotSet
from rasa_sdk.forms import FormValidationAction

from bot.dialogue import checks
from bot.dialogue.engine import DialogueEngine
from bot.dialogue.project import load_project
from bot.dialogue.tracker import Tracker
from bot.dialogue.tracker_texts import TrackerTexts

DEPARTMENTS = {"it": "IT", "hr": "HR", "finance": "Finance"}


class CheckRequest(FormValidationAction):
    def name(self):
        return "validate_request_form"

    async def required_slots(self, domain_slots, dispatcher, tracker, domain):
        return [*domain_slots, "deadline"] if tracker.slots.get("urgent") else domain_slots

    def extract_deadline(self, dispatcher, tracker, domain):
        asked = tracker.slots.get("requested_slot") == "deadline"
        return {"deadline": tracker.latest_message["text"]} if asked else {}

    def validate_deadline(self, value, dispatcher, tracker, domain):
        return {"deadline": value}

    def validate_urgent(self, value, dispatcher, tracker, domain):
        return {"urgent": value}

    def validate_subject(self, value, dispatcher, tracker, domain):
        if len(value) < 5:
            dispatcher.utter_message(text="Please give a longer description.")
            return {"subject": None}
        return {"subject": value}

    def validate_department(self, value, dispatcher, tracker, domain):
        known = DEPARTMENTS.get(value.lower())
        if known is None:
            dispatcher.utter_message(response="utter_wrong_department", department_given=value)
        return {"department": known}


class AskDepartment(Action):
    def name(self):
        return "action_ask_department"

    async def run(self, dispatcher, tracker, domain):
        buttons = [
            {"title": title, "payload": f'/inform{{"department": "{key}"}}'} for key, title in DEPARTMENTS.items()
        ]
        dispatcher.utter_message(text="Which department?", buttons=buttons)
        return []


class Submit(Action):
    def name(self):
        return "action_submit_request"

    async def run(self, dispatcher, tracker, domain):
        slots = {name: tracker.get_slot(name) for name in ("urgent", "deadline")}
        dispatcher.utter_message(response="utter_submitted", case_number="C-3543")
        dispatcher.utter_message(json_message={"case": {"number": "C-3543", **slots}})
        emptied = [SlotSet(name, None) for name in ("subject", "department", "urgent", "deadline")]
        return [*emptied, SlotSet("case_number", "C-3543")]


class Say(Action):
    def __init__(self, name, text, *events, **message):
        self._name, self._text, self._events, self._message = name, text, events, message

    def name(self):
        return self._name

    async def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text=self._text.format(**tracker.slots), **self._message)
        return list(self._events)


def actions():
    proposed = "Case {case_number}: a solution was proposed. Does it work?"
    return [
        CheckRequest(),
        AskDepartment(),
        Submit(),
        Say("action_case_status", proposed, SlotSet("solution_proposed", value=True)),
        Say("action_resolve", "Case {case_number} closed.", SlotSet("solution_proposed", None)),
        Say("action_reopen", "Case {case_number} reopened.", SlotSet("solution_proposed", None)),
        Say("action_handover", "A colleague will take over.", attachment="https://files.example/ticket.pdf"),
    ]


WHICH = "Which department?"
URGENT = "Is it urgent?"
SUBJECT = "What is it about?"
STATUS = "Case {}: a solution was proposed. Does it work?"
DEPARTMENT = {"department": "hr"}

# What is said, what is understood of it, and what the Rasa server answered.
GOLD = [
    ("Hallo", "greet", {}, ["Hello, how can I help?"]),
    ("ik heb een probleem met mijn laptop", "new_request", {}, [SUBJECT]),
    ("abc", "affirm", {}, ["Please give a longer description.", SUBJECT]),
    ("Mijn scherm blijft zwart sinds vanmorgen", "inform", {}, [WHICH]),
    ("marketing", "inform", {}, ["I do not know department 'marketing'.", WHICH]),
    (
        "waar blijft mijn dossier C-2001",
        "case_status",
        {"case_number": "C-2001"},
        [STATUS.format("C-2001"), WHICH],
    ),
    ('/inform{"department": "it"}', "inform", {"department": "it"}, [URGENT]),
    ("ja", "affirm", {}, ["When do you need it?"]),
    (
        "morgen voor de middag",
        "greet",
        {},
        [
            "Request C-3543 filed: Mijn scherm blijft zwart sinds vanmorgen (IT).",
            {"case": {"number": "C-3543", "urgent": True, "deadline": "morgen voor de middag"}},
        ],
    ),
    ("hoe staat het met C-1234", "case_status", {"case_number": "C-1234"}, [STATUS.format("C-1234")]),
    (
        "la solution ne me convient pas",
        "reject_solution",
        {},
        ["Case C-1234 reopened.", "A colleague will take over."],
    ),
    ("where is my request C-5555", "case_status", {"case_number": "C-5555"}, [STATUS.format("C-5555")]),
    ("the solution works", "accept_solution", {}, ["Case C-5555 closed."]),
    ("xyzzy plugh quux", "nlu_fallback", {}, ["Sorry, I did not understand that."]),
    ("je voudrais introduire une nouvelle demande", "new_request", {}, [SUBJECT]),
    ("personeelsdienst nodig voor contract", "inform", DEPARTMENT, [URGENT]),
    ("personeelsdienst", "inform", DEPARTMENT, [URGENT]),
    (
        "/deny",
        "deny",
        {},
        [
            "Request C-3543 filed: personeelsdienst nodig voor contract (HR).",
            {"case": {"number": "C-3543", "urgent": False, "deadline": None}},
        ],
    ),
    ("I want to file a new request", "new_request", {}, [SUBJECT]),
    ("My badge does not open the door", "inform", {}, [WHICH]),
    ("I want to talk to a human", "talk_to_human", {}, ["A colleague will take over."]),
    ("/restart", "restart", {}, []),
]


@pytest.fixture(scope="module")
def project():
    return load_project(Path(__file__).parent / "help_desk_project")


@pytest.fixture
def engine(project):
    return DialogueEngine(project.domain, project.policy, actions(), channel="rest", event_limit=200)


@pytest.fixture
def tracker(project):
    return Tracker("probe", project.domain)


async def hear(engine, tracker, text, intent, at=0.0, **entities):
    parse = {
        "text": text,
        "intent": {"name": intent, "confidence": 1.0},
        "entities": [{"entity": name, "value": value} for name, value in entities.items()],
        "metadata": {},
    }
    said = await engine.turn(tracker, parse, at=at)
    return [event["data"]["custom"] or event["text"] for event in said]


async def test_gold_conversation_is_answered_as_rasa_did(engine, tracker):
    answers = [await hear(engine, tracker, text, intent, **entities) for text, intent, entities, _ in GOLD]

    assert answers == [expected for *_, expected in GOLD]


async def test_gold_conversation_leaves_empty_slots_after_restart(engine, tracker):
    for text, intent, entities, _ in GOLD:
        await hear(engine, tracker, text, intent, **entities)

    assert set(tracker.situation.slots.values()) == {None}
    assert (tracker.situation.form, tracker.situation.latest_action) == (None, "action_listen")


@pytest.mark.parametrize("at_hand", [0, 1])
@pytest.mark.parametrize("kept_turns", [2, 30])
async def test_gold_conversation_saved_between_turns_goes_the_same_way(engine, tracker, project, at_hand, kept_turns):
    texts, answers = TrackerTexts(project.domain, at_hand), []
    for text, intent, entities, _ in GOLD:
        answers.append(await hear(engine, tracker, text, intent, **entities))
        tracker.fold(kept_turns)
        saved = texts.write(tracker)
        tracker = texts.read("probe", saved)
        anew = TrackerTexts(project.domain).read("probe", saved)
        assert (tracker.events, tracker.situation, tracker.base) == (anew.events, anew.situation, anew.base)

    assert answers == [expected for *_, expected in GOLD]


async def test_conversation_at_hand_is_what_the_store_holds_and_nothing_else(engine, tracker, project):
    texts = TrackerTexts(project.domain)
    await hear(engine, tracker, "hello", "greet")
    before = texts.write(tracker)
    await hear(engine, tracker, "hello again", "greet")
    texts.write(tracker)

    assert texts.read("probe", before).last_said()["text"] == "hello"


async def test_story_is_recalled_after_what_it_needs_and_not_otherwise(engine, tracker):
    assert await hear(engine, tracker, "yes", "affirm") == ["Sorry, I did not understand that."]
    await hear(engine, tracker, "hello", "greet")
    assert await hear(engine, tracker, "yes", "affirm") == ["Good."]


async def test_fallback_takes_back_what_was_said_with_the_slots_it_set(engine, tracker):
    await hear(engine, tracker, "hello", "greet")
    await hear(engine, tracker, "C-0001 purple", "nlu_fallback", case_number="C-0001")

    assert tracker.situation.slots["case_number"] is None
    assert await hear(engine, tracker, "yes", "affirm") == ["Good."]


async def test_back_takes_back_two_things_said(engine, tracker):
    await hear(engine, tracker, "hello", "greet")
    await hear(engine, tracker, "where is C-2001", "case_status", case_number="C-2001")
    await hear(engine, tracker, "/back", "back")

    assert tracker.situation.slots["case_number"] is None
    assert await hear(engine, tracker, "yes", "affirm") == ["Good."]


async def test_session_that_expired_keeps_slots_and_leaves_the_form(engine, tracker):
    await hear(engine, tracker, "a new request", "new_request", at=0.0)
    await hear(engine, tracker, "My screen is black", "inform", at=10.0)
    answers = await hear(engine, tracker, "hello", "greet", at=10.0 + 61 * 60)

    assert answers == ["Hello, how can I help?"]
    assert tracker.situation.slots["subject"] == "My screen is black"
    assert tracker.situation.form is None


async def test_paused_conversation_is_silent(engine, tracker):
    await hear(engine, tracker, "hello", "greet")
    tracker.record([{"event": "pause", "timestamp": None}])

    assert await hear(engine, tracker, "hello", "greet") == []
    assert await hear(engine, tracker, "start over", "restart") == []
    assert await hear(engine, tracker, "hello", "greet") == ["Hello, how can I help?"]


def test_project_passes_its_checks(project):
    names = [action.name() for action in actions()]

    checks.check(project, names)

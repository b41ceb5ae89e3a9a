"""Rules, stories, forms and slots in the small: what Rasa means by its files."""

from textwrap import dedent

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rasa_sdk import Action
from rasa_sdk.events import FollowupAction, SlotSet
from rasa_sdk.interfaces import ActionExecutionRejection

from bot.dialogue import checks
from bot.dialogue.engine import DialogueEngine
from bot.dialogue.history import History, counting_events
from bot.dialogue.project import load_project
from bot.dialogue.tracker import Tracker
from bot.errors import AssistantFilesInvalid

DOMAIN = """
intents: [greet, bye, go, yes, place]
entities: [city]
slots:
  known: {type: bool, mappings: [{type: custom}]}
  count: {type: float, max_value: 10, mappings: [{type: custom}]}
  cities: {type: list, mappings: [{type: from_entity, entity: city}]}
  origin:
    type: text
    influence_conversation: false
    mappings: [{type: from_entity, entity: city, conditions: [{active_loop: trip}]}]
  goal:
    type: text
    influence_conversation: false
    mappings:
      - {type: from_entity, entity: city, conditions: [{active_loop: trip}]}
      - {type: from_trigger_intent, intent: go, value: somewhere, conditions: [{active_loop: trip}]}
forms:
  trip: {required_slots: [origin, goal], ignored_intents: [bye]}
actions: [action_follow, action_reject, action_end]
responses:
  utter_hello: [{text: "Hello"}]
  utter_again: [{text: "Hello again"}]
  utter_bye: [{text: "Bye"}]
  utter_yes: [{text: "Yes {count}"}]
  utter_ask_origin: [{text: "From?"}]
  utter_ask_goal: [{text: "To?"}]
  utter_default: [{text: "What?"}]
"""
RULES = """
rules:
  - rule: first hello
    conversation_start: true
    steps: [{intent: greet}, {action: utter_hello}]
  - rule: bye
    steps: [{intent: bye}, {action: utter_bye}, {action: action_follow}]
  - rule: known
    condition: [{slot_was_set: [{known: true}]}]
    steps: [{intent: yes}, {action: utter_yes}]
  - rule: start
    steps: [{intent: go}, {action: trip}, {active_loop: trip}]
  - rule: end
    condition: [{active_loop: trip}]
    steps: [{action: trip}, {active_loop: null}, {action: action_end}]
  - rule: a place that the action cannot use
    steps: [{intent: place}, {action: action_reject}]
"""
FORM_RULES = """
rules:
  - rule: start
    steps: [{intent: go}, {action: trip}, {active_loop: trip}]
  - rule: end
    condition: [{active_loop: trip}]
    steps: [{action: trip}, {active_loop: null}, {action: utter_yes}]
"""
STORIES = """
stories:
  - story: two ways to begin
    steps:
      - or: [{intent: bye}, {intent: greet}]
      - action: utter_again
"""
NLU = """
nlu:
  - {intent: greet, examples: "- hello\\n- hi\\n"}
  - {intent: bye, examples: "- bye\\n- ciao\\n"}
  - {intent: go, examples: "- go\\n- leave\\n"}
  - {intent: yes, examples: "- yes\\n- yep\\n"}
  - {intent: place, examples: "- in Ghent\\n- at sea\\n"}
"""


class Follow(Action):
    def name(self):
        return "action_follow"

    async def run(self, dispatcher, tracker, domain):
        return [SlotSet("known", value=True), SlotSet("count", 3)]


class Reject(Action):
    def name(self):
        return "action_reject"

    async def run(self, dispatcher, tracker, domain):
        raise ActionExecutionRejection(self.name())


class End(Action):
    def name(self):
        return "action_end"

    async def run(self, dispatcher, tracker, domain):
        dispatcher.utter_message(text=f"{tracker.slots['origin']} to {tracker.slots['goal']}")
        return [FollowupAction("utter_bye"), SlotSet("origin", None), SlotSet("goal", None)]


ACTIONS = ["action_follow", "action_reject", "action_end"]


@pytest.fixture
def write(tmp_path):
    def write(domain=DOMAIN, rules=RULES, stories="stories: []", nlu=NLU, config="policies: []"):
        (tmp_path / "data").mkdir(exist_ok=True)
        for name, text in (
            ("domain.yml", domain),
            ("config.yml", config),
            ("data/rules.yml", rules),
            ("data/stories.yml", stories),
            ("data/nlu.yml", nlu),
        ):
            (tmp_path / name).write_text(dedent(text), encoding="utf-8")
        return tmp_path

    return write


@pytest.fixture
def begin(write):
    def begin(**files):
        project = load_project(write(**files))
        engine = DialogueEngine(
            project.domain, project.policy, [Follow(), Reject(), End()], channel="test", event_limit=100
        )
        tracker = Tracker("t", project.domain)

        async def hear(intent, text="x", **entities):
            parse = {
                "text": text,
                "intent": {"name": intent, "confidence": 1.0},
                "entities": [{"entity": name, "value": value} for name, value in entities.items()],
            }
            return [event["text"] for event in await engine.turn(tracker, parse, at=0.0)]

        return hear, tracker

    return begin


async def test_rule_for_the_start_holds_at_the_start_only(begin):
    hear, _ = begin(stories=STORIES)

    assert await hear("greet") == ["Hello"]
    assert await hear("greet") == ["Hello again"]


async def test_or_in_a_story_gives_each_of_its_branches(begin):
    hear, _ = begin(stories=STORIES, rules="rules: []")

    assert await hear("bye") == ["Hello again"]
    assert await hear("greet") == ["Hello again"]


STOPPED = """
stories:
  - story: something else
    steps: [{intent: place}, {action: utter_again}]
  - story: stopped
    steps:
      - intent: go
      - action: trip
      - active_loop: trip
      - intent: bye
      - action: utter_bye
      - action: action_deactivate_loop
      - active_loop: null
"""
JOINED = """
stories:
  - story: good
    steps: [{intent: greet}, {action: utter_hello}, {checkpoint: met}]
  - story: bad
    steps: [{intent: place}, {action: utter_again}, {checkpoint: met}]
  - story: after that
    steps: [{checkpoint: met}, {or: [{intent: yes}, {intent: bye}]}, {action: utter_bye}]
"""


async def test_stories_go_on_at_their_checkpoint(begin):
    hear, _ = begin(rules="rules: []", stories=JOINED)
    assert [await hear("greet"), await hear("yes")] == [["Hello"], ["Bye"]]

    hear, _ = begin(rules="rules: []", stories=JOINED)
    assert [await hear("place"), await hear("bye")] == [["Hello again"], ["Bye"]]

    hear, _ = begin(rules="rules: []", stories=JOINED)
    assert await hear("yes") == ["What?"]


async def test_checkpoint_that_leads_nowhere_is_named(write):
    stories = JOINED.replace("- {checkpoint: met}", "").replace("[{checkpoint: met},", "[{checkpoint: elsewhere},")

    assert load_project(write(rules="rules: []", stories=stories)).scripts.problems == [
        "The story 'good' ends at the checkpoint 'met', where none begins.",
        "The story 'bad' ends at the checkpoint 'met', where none begins.",
        "The story 'after that' begins at the checkpoint 'elsewhere', where none ends.",
    ]


async def test_story_is_recalled_after_a_form_whose_end_only_rules_know(begin):
    hear, _ = begin(stories=STOPPED, rules=FORM_RULES)
    said = [await hear("go"), await hear("place", city="Gent"), await hear("yes"), await hear("place")]

    assert said == [["From?"], ["Yes None"], ["What?"], ["Hello again"]]


ASKED = """
stories:
  - story: asked
    steps: [{intent: greet}, {action: utter_hello}, {intent: yes}, {action: utter_again}]
"""
ASIDE = """
rules:
  - rule: aside
    steps: [{intent: place}, {action: utter_bye}]
"""
SIX_BACK = "policies: [{name: AugmentedMemoizationPolicy, max_history: 6}]"


@pytest.mark.parametrize(("asides", "answer"), [(0, "Hello again"), (2, "Hello again"), (3, "What?")])
async def test_story_that_was_told_before_is_recalled_as_many_actions_back_as_rasa_does(begin, asides, answer):
    hear, _ = begin(stories=ASKED, rules=ASIDE, config=SIX_BACK)
    first = [await hear("greet"), *[await hear("place") for _ in range(5)], await hear("yes")]
    assert first[-1] == ["Hello again"]  # nothing but this story and what only rules know: however far back

    again = [await hear("greet"), *[await hear("place") for _ in range(asides)], await hear("yes")]
    assert again[-1] == [answer]


async def test_condition_on_a_slot_decides_whether_a_rule_holds(begin):
    hear, _ = begin(stories=STORIES.replace("{intent: bye}, ", ""))

    assert await hear("yes") == ["What?"]
    assert await hear("bye") == ["Bye"]
    assert await hear("yes") == ["Yes 3"]


async def test_entity_that_could_fill_two_slots_fills_the_one_that_was_asked(begin):
    hear, tracker = begin(domain=DOMAIN.replace("intent: go, value: somewhere", "intent: yes, value: somewhere"))
    await hear("go")

    assert await hear("greet", city="Ghent") == ["To?"]
    assert (tracker.situation.slots["origin"], tracker.situation.slots["goal"]) == ("Ghent", None)


async def test_trigger_intent_fills_its_slot_when_the_form_begins(begin):
    hear, tracker = begin()

    assert await hear("go") == ["From?"]
    assert tracker.situation.slots["goal"] == "somewhere"


async def test_form_ends_with_its_action_and_a_follow_up_after_which_no_rule_fits(begin):
    hear, tracker = begin()
    await hear("go")

    assert await hear("place", city="Ghent") == ["Ghent to somewhere", "Bye", "What?"]
    assert tracker.situation.form is None


async def test_ignored_intent_fills_no_slot_of_the_form(begin):
    hear, _ = begin()
    await hear("go")

    assert await hear("bye", city="Ghent") == ["Bye", "From?"]


async def test_list_slot_collects_every_value(begin):
    hear, tracker = begin()
    await hear("bye", city="Ghent")

    assert tracker.situation.slots["cities"] == ["Ghent"]


async def test_action_that_rejects_leaves_the_answer_to_the_fallback(begin):
    hear, _ = begin()

    await hear("bye")
    assert await hear("place") == ["What?"]


def test_events_that_were_taken_back_do_not_count():
    said = {"event": "user", "text": "x"}
    listen = {"event": "action", "name": "action_listen"}
    hello = {"event": "action", "name": "utter_hello"}

    assert counting_events([listen, said, hello, listen, said, {"event": "rewind"}]) == [listen, said, hello]
    assert counting_events([listen, said, hello, {"event": "undo"}]) == [listen, said]
    assert counting_events([listen, said, {"event": "restart"}, listen]) == [listen]


NAMES = st.sampled_from(["trip", "walk", "action_listen", "utter_hello"])
HAPPENED = st.one_of(
    st.builds(lambda kind: {"event": kind}, st.sampled_from(["user", "undo", "rewind", "restart", "slot"])),
    st.builds(lambda kind, name: {"event": kind, "name": name}, st.sampled_from(["action", "active_loop"]), NAMES),
    st.just({"event": "active_loop", "name": None}),
    st.just({"event": "action_execution_rejected", "name": "trip"}),
)


@given(st.lists(HAPPENED, max_size=25), st.sampled_from([None, "trip"]))
def test_events_counted_one_by_one_are_those_counted_at_once(events, running):
    history = History(running)

    for upto in range(len(events) + 1):
        assert history.counting(events[:upto]) == counting_events(events[:upto], running)


def problems_of(folder, actions=ACTIONS):
    with pytest.raises(AssistantFilesInvalid) as refused:
        checks.check(load_project(folder), actions)
    return refused.value.problems


def test_sound_files_pass(write):
    checks.check(load_project(write()), ACTIONS)


@pytest.mark.parametrize(
    ("part", "old", "new", "problem"),
    [
        (
            "domain",
            "type: bool",
            "type: boolean",
            "The slot 'known' has the type 'boolean'; known types: any, bool, categorical, float, list, text.",
        ),
        (
            "domain",
            "required_slots: [origin, goal]",
            "required_slots: [goal]",
            (
                "The slot 'origin' is filled in the form 'trip', which does not ask for it. "
                "A slot that is asked only sometimes needs the mapping `custom` and an extract method."
            ),
        ),
        (
            "domain",
            'utter_ask_goal: [{text: "To?"}]',
            "",
            "The form 'trip' has no question for 'goal'; write 'utter_ask_goal'.",
        ),
        (
            "domain",
            "actions: [action_follow,",
            "actions: [action_lost, action_follow,",
            "The action 'action_lost' is in the domain, but there is no code for it.",
        ),
        (
            "rules",
            "{action: utter_bye}",
            "{action: utter_farewell}",
            "The rule 'bye' calls 'utter_farewell', which is no action, form or answer of the domain.",
        ),
        (
            "rules",
            "steps: [{intent: go}",
            "steps: [{intent: leave}",
            "The rule 'start' waits for the intent 'leave', not in the domain.",
        ),
        (
            "rules",
            "{action: utter_yes}]",
            "{action: utter_yes}, {checkpoint: later}]",
            "The rule 'known' has a step that is not understood: {'checkpoint': 'later'}.",
        ),
        (
            "nlu",
            "- yes\\n- yep\\n",
            "- yes\\n",
            "The intent 'yes' has 1 examples; it needs at least 2.",
        ),
    ],
)
def test_fault_is_named_in_a_sentence(write, part, old, new, problem):
    text = {"domain": DOMAIN, "rules": RULES, "nlu": NLU}[part]
    assert old in text

    assert problem in problems_of(write(**{part: text.replace(old, new)}))


def test_rules_that_contradict_each_other_are_named(write):
    other = "  - rule: other\n    steps: [{intent: go}, {action: utter_yes}]\n"

    assert problems_of(write(rules=RULES + other)) == [
        "The rule 'start' goes on with 'trip', but 'other' goes on with 'utter_yes'.",
        "The rule 'other' goes on with 'utter_yes', but 'start' goes on with 'trip'.",
    ]


def test_story_that_contradicts_a_rule_is_named(write):
    steps = "[{intent: greet}, {action: utter_bye}, {intent: bye}, {action: utter_yes}]"
    stories = f"stories:\n  - story: rude\n    steps: {steps}\n"

    assert problems_of(write(stories=stories)) == [
        "The story 'rude' goes on with 'utter_bye', but 'first hello' goes on with 'utter_hello'.",
        "The story 'rude' goes on with 'utter_yes', but 'bye' goes on with 'utter_bye'.",
    ]


def test_key_that_stands_twice_is_refused_with_its_file(write):
    folder = write(domain=DOMAIN + "\nintents: [again]\n")

    with pytest.raises(AssistantFilesInvalid) as refused:
        load_project(folder)

    assert refused.value.problems[0].startswith("The file domain.yml cannot be read: ")


def test_missing_file_is_named(write):
    folder = write()
    (folder / "config.yml").unlink()

    with pytest.raises(AssistantFilesInvalid) as refused:
        load_project(folder)

    assert refused.value.problems == ["The file config.yml is missing."]

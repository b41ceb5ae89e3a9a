"""The assistant's own files: complete in four languages, and in step with its actions."""

import json
import re
from importlib.resources import files
from pathlib import Path

import pytest
from rasa_sdk.interfaces import Tracker as SdkTracker
from ruamel.yaml import YAML
from unit.test_bot.desk_in_memory import InMemoryCaseDesk, InMemoryCatalogue

from bot.actions import session, words
from bot.actions.registry import all_actions
from bot.channels.chat_room import FILE, LEAVE
from bot.dialogue import checks
from bot.dialogue.action_runner import tracker_state
from bot.dialogue.project import load_project
from bot.dialogue.tracker import Tracker
from bot.ports import QuestionKind

LANGUAGES = ["nl", "fr", "de", "en"]
GAP = re.compile(r"\{(\w+)\}")
PAYLOADS = Path(__file__).parents[4] / "shared" / "assistant" / "payloads"


@pytest.fixture(scope="module")
def project():
    return load_project(files("bot") / "assistant")


@pytest.fixture(scope="module")
def book():
    return YAML(typ="safe").load((files("bot.actions") / "words.yml").read_text(encoding="utf-8"))


def test_files_pass_their_checks(project):
    actions = all_actions(InMemoryCaseDesk(), InMemoryCatalogue())

    checks.check(project, [action.name() for action in actions])


def test_answers_of_the_domain_stand_in_every_language(project):
    for name, variants in project.domain.responses.items():
        languages = [v["condition"][0]["value"] if v.get("condition") else "nl" for v in variants]
        buttons = [[b["payload"] for b in v.get("buttons", [])] for v in variants]

        assert sorted(languages) == sorted(LANGUAGES), name
        assert len({v["text"] for v in variants}) == len(LANGUAGES), name
        assert all(payloads == buttons[0] for payloads in buttons), name


def test_words_of_the_actions_stand_in_every_language_with_the_same_gaps(book):
    for key, answer in {**book["answers"], **book["buttons"]}.items():
        gaps = [sorted(GAP.findall(answer[language])) for language in LANGUAGES]

        assert gaps == [gaps[0]] * len(LANGUAGES), key


def test_buttons_name_intents_that_exist(project, book):
    payloads = [button["payload"] for button in book["buttons"].values() if button["payload"] not in (LEAVE, FILE)]
    payloads += [b["payload"] for vs in project.domain.responses.values() for v in vs for b in v.get("buttons", [])]

    assert {re.match(r"/(\w+)", payload).group(1) for payload in payloads} <= set(project.domain.intents)


def test_every_word_is_said_somewhere(book):
    code = "".join(path.read_text(encoding="utf-8") for path in Path(str(files("bot"))).rglob("*.py"))
    slots = {f"ask_{name}" for name in re.findall(r'Ask\("\w+", "(\w+)"\)', code)}
    slots |= {f"ask_form_{kind}" for kind in QuestionKind}
    unused = [key for key in book["answers"] if f'"{key}"' not in code and key not in slots]

    assert unused == []


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_intent_has_examples_in_every_language(project, language):
    text = (files("bot") / "assistant" / "data" / "nlu" / f"{language}.yml").read_text(encoding="utf-8")
    named = set(re.findall(r"- intent: (\w+)", text))

    assert named == set(project.domain.raw["intents"])


def test_language_that_is_not_spoken_gets_the_default_words():
    assert words.text("no_cases", "it") == words.text("no_cases", session.DEFAULT_LANGUAGE)


@pytest.mark.skipif(not PAYLOADS.exists(), reason="the captured calls of a Rasa server are not at hand")
def test_actions_are_called_with_what_a_rasa_server_sends(project):
    captured = json.loads((PAYLOADS / "webhook_submit_request.json").read_text(encoding="utf-8"))["request"]
    tracker = Tracker("probe-1", project.domain)

    state = tracker_state(tracker, event_limit=10)

    assert set(state) == set(captured["tracker"])
    assert SdkTracker.from_dict(state).sender_id == "probe-1"

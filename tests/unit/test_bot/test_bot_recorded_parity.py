"""Conversations that a real Rasa server held by these very files: what the embedded engine must say, turn for turn.

`make parity` compares many more where Rasa is at hand, and records these anew with `RECORD=1`.
"""

import json
from pathlib import Path

import pytest
from parity_conversations import ParityCatalogue, ParityDesk
from unit.test_bot.desk_in_memory import InMemoryTrackerStore

from bot.actions.registry import all_actions
from bot.conversation import Assistant

GOLD = json.loads((Path(__file__).parent / "recorded_conversations.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize("number", range(len(GOLD)))
async def test_the_embedded_engine_says_what_rasa_said(number, settings):
    recorded, desk = GOLD[number], ParityDesk()
    desk.welcome(recorded["person"])
    assistant = Assistant(InMemoryTrackerStore(), all_actions(desk, ParityCatalogue()), settings)

    answers = [
        [said.as_json() for said in await assistant.handle("recorded", turn["said"], _told(recorded, turn))]
        for turn in recorded["turns"]
    ]

    assert json.loads(json.dumps(answers)) == [turn["answered"] for turn in recorded["turns"]]


def _told(recorded, turn):
    told = recorded["metadata"] | turn.get("facts", {})
    return {name: value for name, value in told.items() if value is not None}

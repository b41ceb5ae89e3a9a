"""Plays the same conversations through a real Rasa 3.6 server and through the embedded engine, and compares each turn.

Usage: PYTHONPATH=.:tests python tools/assistant_parity.py [--rasa FOLDER] [--conversations N] [--turns N]
       [--detours N] [--seed N] [--record FILE]

What counts as equal: the same answers, and afterwards the same slots, the same form and the same last action.

FOLDER is an environment of Python 3.10 with rasa 3.6.21 in it; without one nothing is compared, and that is said.
The server is trained on `bot/assistant` once for each state of its files. Its actions run here, at `/rasa/webhook`.
"""

import argparse
import asyncio
import json
import sys
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientSession
from parity_conversations import LANGUAGES, ParityCatalogue, ParityDesk, drawn, filed_forms, stories
from parity_detours import Spoken, detours
from unit.test_bot.desk_in_memory import InMemoryTrackerStore

from bench import rasa_server
from bot.actions.registry import all_actions
from bot.channels.rasa_server import RasaHttpEngine
from bot.conversation import Assistant
from bot.settings import AssistantSettings

LEAST_EQUAL = 0.997
KEPT_CONVERSATIONS = 30  # of those that are recorded


@dataclass
class Tally:
    """What came of it."""

    turns: int = 0
    equal: int = 0
    skipped: int = 0
    whole: int = 0
    seconds: dict[str, float] = field(default_factory=lambda: {"rasa": 0.0, "embedded": 0.0})
    recorded: list[dict[str, Any]] = field(default_factory=list)


def main() -> int:
    """Compare, print what was seen, and fail when too many turns differ."""
    reader = argparse.ArgumentParser(description=__doc__)
    reader.add_argument("--rasa", type=Path)
    reader.add_argument("--cache", type=Path, default=rasa_server.CACHE)
    reader.add_argument("--conversations", type=int, default=100)
    reader.add_argument("--turns", type=int, default=12)
    reader.add_argument("--detours", type=int, default=60, help="so many leave the path of a form")
    reader.add_argument("--seed", type=int, default=0, help="the first seed; others give other conversations")
    reader.add_argument("--record", type=Path)
    chosen = reader.parse_args()
    rasa = chosen.rasa / "bin" / "rasa" if chosen.rasa else rasa_server.program()
    if not rasa.is_file():
        print(f"skipped: there is no Rasa in {rasa.parents[1]}; make an environment of Python 3.10 with rasa==3.6.21")
        print("in it, and name it with RASA_ENV (docs/assistant.md, 'A Rasa server')")
        return 0
    tally = asyncio.run(_compare(rasa, chosen))
    share = tally.equal / max(1, tally.turns)
    print(f"{tally.equal} of {tally.turns} turns equal ({share:.2%}); {tally.whole} conversations equal throughout;")
    print(f"{tally.skipped} free texts left out that the two classify differently;")
    for engine, seconds in tally.seconds.items():
        print(f"{engine}: {1000 * seconds / max(1, tally.turns):.1f} ms a turn")
    if chosen.record:
        kept = json.dumps(_evenly(tally.recorded, KEPT_CONVERSATIONS), ensure_ascii=False, indent=1)
        chosen.record.write_text(kept + "\n", encoding="utf-8")
    return 0 if share >= LEAST_EQUAL else 1


def _evenly(recorded: list[dict[str, Any]], count: int) -> list[dict[str, Any]]:
    """Return so many of them, of each kind some: they were played kind after kind."""
    return recorded[:: max(1, len(recorded) // count)][:count]


async def _compare(rasa: Path, chosen: argparse.Namespace) -> Tally:
    desks = ParityDesk(), ParityDesk()
    tally = Tally()
    async with rasa_server.serving(rasa, all_actions(desks[0], ParityCatalogue()), chosen.cache) as url:
        mirror = _embedded(ParityDesk(), chosen.cache)  # holds what the server said, as the service does
        theirs, ours = (
            RasaHttpEngine(url, rasa_server.TOKEN, rasa_server.KEY, mirror, time.time),
            _embedded(desks[1], chosen.cache),
        )
        await ours.start()
        async with ClientSession() as http:
            pair = _Pair(http, url, theirs, mirror, ours, desks)
            for number, one in enumerate(_conversations(chosen)):
                await _play(pair, number, one, tally)
    return tally


@dataclass(frozen=True)
class _Conversation:
    messages: list[Spoken]
    language: str
    is_known: bool = True
    fills_in: bool = False  # a form: words that the two understand differently are then handed over as a choice


def _conversations(chosen: argparse.Namespace) -> list[_Conversation]:
    """Return what is played: drawn by chance (each tenth by somebody whom nobody knows), detours, forms, stories."""
    seeds = range(chosen.seed, chosen.seed + chosen.conversations)
    by_chance = [_Conversation(_plain(drawn(seed, chosen.turns)), LANGUAGES[seed % 4], seed % 10 > 0) for seed in seeds]
    aside = [_Conversation(said, language) for language, said in detours(chosen.seed, chosen.detours)]
    forms = [_Conversation(_plain(messages), language, fills_in=True) for language, messages in filed_forms()]
    told = [_Conversation(_plain(messages), LANGUAGES[number % 4]) for number, messages in enumerate(stories())]
    return [*by_chance, *aside, *forms, *told]


def _plain(messages: list[str]) -> list[Spoken]:
    return [(message, {}) for message in messages]


def _embedded(desk: ParityDesk, cache: Path) -> Assistant:
    return Assistant(
        InMemoryTrackerStore(), all_actions(desk, ParityCatalogue()), AssistantSettings(cache / "classifier")
    )


@dataclass(frozen=True)
class _Pair:
    http: ClientSession
    url: str
    theirs: RasaHttpEngine
    mirror: Assistant
    ours: Assistant
    desks: tuple[ParityDesk, ParityDesk]

    async def classified_alike(self, conversation: str, message: str) -> bool:
        body = {"text": message}
        async with self.http.post(f"{self.url}/model/parse", params={"token": rasa_server.TOKEN}, json=body) as answer:
            intent = (await answer.json())["intent"].get("name")
        return intent == await self.ours.understood(conversation, message)

    async def answers(
        self, conversation: str, message: str, told: dict[str, Any], tally: Tally
    ) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """Say something to both and return what they answer, theirs first."""
        said = []
        for name, engine in (("rasa", self.theirs), ("embedded", self.ours)):
            began = time.perf_counter()
            answered = [one.as_json() for one in await engine.handle(conversation, message, told)]
            tally.seconds[name] += time.perf_counter() - began
            said.append(json.loads(json.dumps(answered)))
        tally.turns += 1
        return said[0], said[1]

    async def standing(self, engine: Assistant, conversation: str) -> dict[str, Any]:
        """Return where a conversation stands; the key of a draft is drawn by chance."""
        now = (await engine.load(conversation, None)).situation
        slots = {name: value for name, value in now.slots.items() if name != "draft_key" and value is not None}
        return {"slots": slots, "form": now.form_name, "last action": now.latest_action}

    async def differences(self, conversation: str, expected: Any, found: Any) -> dict[str, Any]:
        """Return what the two do not have in common after a turn, as Rasa has it and as we have it."""
        theirs = {"said": expected, **await self.standing(self.mirror, conversation)}
        ours = {"said": found, **await self.standing(self.ours, conversation)}
        return {part: (theirs[part], ours[part]) for part in theirs if theirs[part] != ours[part]}


async def _play(pair: _Pair, number: int, one: _Conversation, tally: Tally) -> None:
    """Play one conversation until its end, or until the first turn that differs, which is printed."""
    conversation, person = f"parity-{number}", f"p{number}"
    metadata = {"language": one.language} | ({"person_id": person, "is_proven": True} if one.is_known else {})
    for desk in pair.desks:
        desk.welcome(person)
    record: dict[str, Any] = {"person": person, "metadata": metadata, "turns": []}
    for written, facts in one.messages:
        message = written
        if not await pair.classified_alike(conversation, message):
            tally.skipped += 1
            if not one.fills_in:
                continue
            message = f"/choose{json.dumps({'choice': message})}"
        told = {name: value for name, value in (metadata | facts).items() if value is not None}
        expected, found = await pair.answers(conversation, message, told, tally)
        record["turns"].append({"said": message, "answered": expected} | ({"facts": facts} if facts else {}))
        if differences := await pair.differences(conversation, expected, found):
            print(f"conversation {number} differs after {[turn['said'] for turn in record['turns']]}")
            for part, (theirs, ours) in differences.items():
                print(f"  {part}\n    rasa     {theirs}\n    embedded {ours}")
            return
        tally.equal += 1
    tally.whole += 1
    tally.recorded.append(record)


if __name__ == "__main__":
    sys.exit(main())

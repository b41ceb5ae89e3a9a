"""Plays the same conversations through a real Rasa 3.6 server and through the embedded engine, and compares each turn.

Usage: PYTHONPATH=.:tests python tools/assistant_parity.py [--rasa FOLDER] [--conversations N] [--turns N]
       [--seed N] [--record FILE]

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
            pair = _Pair(http, url, theirs, ours, desks)
            for number, one in enumerate(_conversations(chosen)):
                await _play(pair, number, one, tally)
    return tally


@dataclass(frozen=True)
class _Conversation:
    messages: list[str]
    language: str
    is_known: bool = True
    fills_in: bool = False  # a form: words that the two understand differently are then handed over as a choice


def _conversations(chosen: argparse.Namespace) -> list[_Conversation]:
    """Return what is played: drawn by chance (each tenth by somebody whom nobody knows), each form, each story."""
    seeds = range(chosen.seed, chosen.seed + chosen.conversations)
    by_chance = [_Conversation(drawn(seed, chosen.turns), LANGUAGES[seed % 4], seed % 10 > 0) for seed in seeds]
    forms = [_Conversation(messages, language, fills_in=True) for language, messages in filed_forms()]
    told = [_Conversation(messages, LANGUAGES[number % 4]) for number, messages in enumerate(stories())]
    return [*by_chance, *forms, *told]


def _embedded(desk: ParityDesk, cache: Path) -> Assistant:
    return Assistant(
        InMemoryTrackerStore(), all_actions(desk, ParityCatalogue()), AssistantSettings(cache / "classifier")
    )


@dataclass(frozen=True)
class _Pair:
    http: ClientSession
    url: str
    theirs: RasaHttpEngine
    ours: Assistant
    desks: tuple[ParityDesk, ParityDesk]

    async def classified_alike(self, conversation: str, message: str) -> bool:
        body = {"text": message}
        async with self.http.post(f"{self.url}/model/parse", params={"token": rasa_server.TOKEN}, json=body) as answer:
            intent = (await answer.json())["intent"].get("name")
        return intent == await self.ours.understood(conversation, message)


async def _play(pair: _Pair, number: int, one: _Conversation, tally: Tally) -> None:
    """Play one conversation until its end, or until the first turn that differs, which is printed."""
    conversation, person = f"parity-{number}", f"p{number}"
    metadata = {"language": one.language} | ({"person_id": person, "is_proven": True} if one.is_known else {})
    for desk in pair.desks:
        desk.welcome(person)
    record: dict[str, Any] = {"person": person, "metadata": metadata, "turns": []}
    for written in one.messages:
        message = written
        if not await pair.classified_alike(conversation, message):
            tally.skipped += 1
            if not one.fills_in:
                continue
            message = f"/choose{json.dumps({'choice': message})}"
        began = time.perf_counter()
        expected = [said.as_json() for said in await pair.theirs.handle(conversation, message, metadata)]
        between = time.perf_counter()
        found = [said.as_json() for said in await pair.ours.handle(conversation, message, metadata)]
        tally.seconds["rasa"] += between - began
        tally.seconds["embedded"] += time.perf_counter() - between
        tally.turns += 1
        expected, found = json.loads(json.dumps(expected)), json.loads(json.dumps(found))
        record["turns"].append({"said": message, "answered": expected})
        if expected != found:
            said = [turn["said"] for turn in record["turns"]]
            print(f"conversation {number} differs after {said}\n  rasa     {expected}\n  embedded {found}")
            return
        tally.equal += 1
    tally.whole += 1
    tally.recorded.append(record)


if __name__ == "__main__":
    sys.exit(main())

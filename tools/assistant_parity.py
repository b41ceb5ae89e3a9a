"""Plays the same conversations through a real Rasa 3.6 server and through the embedded engine, and compares each turn.

Usage: PYTHONPATH=.:tests python tools/assistant_parity.py [--rasa FOLDER] [--conversations N] [--record FILE]

FOLDER is an environment of Python 3.10 with rasa 3.6.21 in it; without one nothing is compared, and that is said.
The server is trained on `bot/assistant` once for each state of its files. Its actions run here, at `/rasa/webhook`.
"""

import argparse
import asyncio
import hashlib
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from aiohttp import ClientError, ClientSession, web
from parity_conversations import LANGUAGES, ParityCatalogue, ParityDesk, drawn, filed_forms, stories
from unit.test_bot.desk_in_memory import InMemoryTrackerStore

from bot.actions.registry import all_actions
from bot.channels.rasa_server import RasaHttpEngine
from bot.channels.rasa_webhook import RasaWebhook
from bot.conversation import Assistant
from bot.settings import AssistantSettings

ROOT = Path(__file__).resolve().parents[1]
ASSISTANT = ROOT / "bot" / "assistant"
LEAST_EQUAL = 0.997
READY_SECONDS = 180
KEPT_CONVERSATIONS = 30  # of those that are recorded
TOKEN = "a token for this comparison alone"
KEY = b"a key for this comparison alone"


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
    reader.add_argument("--rasa", type=Path, default=Path(os.environ.get("RASA_ENV", "var/rasa")))
    reader.add_argument("--cache", type=Path, default=ROOT / "var" / "parity")
    reader.add_argument("--conversations", type=int, default=100)
    reader.add_argument("--turns", type=int, default=12)
    reader.add_argument("--record", type=Path)
    chosen = reader.parse_args()
    rasa = chosen.rasa / "bin" / "rasa"
    if not rasa.is_file():
        print(
            f"skipped: there is no Rasa in {chosen.rasa}; make an environment of Python 3.10 with rasa==3.6.21 in it,"
        )
        print("and name it with RASA_ENV (docs/assistant.md, 'A Rasa server')")
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


def _trained(rasa: Path, cache: Path) -> Path:
    """Return the model of these files, trained now if nobody did before."""
    content = b"".join(path.read_bytes() for path in sorted(ASSISTANT.rglob("*.yml")))
    name = hashlib.sha256(content).hexdigest()[:16]
    model = cache / f"{name}.tar.gz"
    if not model.exists():
        command = [rasa, "train", "--domain", "domain", "--out", cache, "--fixed-model-name", name]
        subprocess.run(command, cwd=ASSISTANT, env=_environment(""), check=True, stdout=subprocess.DEVNULL)
    return model


def _environment(actions_url: str) -> dict[str, str]:
    own = {"BALIE_ACTIONS_URL": actions_url, "BALIE_RASA_TOKEN": TOKEN, "RASA_TELEMETRY_ENABLED": "false"}
    return {**os.environ, **own, "PYTHONPATH": ""}


@asynccontextmanager
async def _actions(desk: ParityDesk) -> AsyncIterator[str]:
    """Serve the actions, and give their address."""
    app = web.Application(client_max_size=64 * 1024**2)
    app.add_routes(RasaWebhook(all_actions(desk, ParityCatalogue()), TOKEN, KEY, time.time).routes())
    runner = web.AppRunner(app)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}/rasa/webhook"
    await runner.cleanup()


@asynccontextmanager
async def _server(rasa: Path, model: Path, actions_url: str) -> AsyncIterator[str]:
    """Run a Rasa server, and give its address once it answers."""
    port = _free_port()
    options = ["--enable-api", "--auth-token", TOKEN, "--interface", "127.0.0.1", "--port", str(port)]
    endpoints = ["--endpoints", ASSISTANT / "endpoints.yml", "--model", model]
    process = await asyncio.create_subprocess_exec(
        rasa, "run", *options, *endpoints, env=_environment(actions_url), cwd=model.parent, stderr=subprocess.DEVNULL
    )
    try:
        url = f"http://127.0.0.1:{port}"
        await _until_ready(url)
        yield url
    finally:
        process.terminate()
        await process.wait()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


async def _until_ready(url: str) -> None:
    async with asyncio.timeout(READY_SECONDS), ClientSession() as http:
        while True:
            try:
                async with http.get(f"{url}/status", params={"token": TOKEN}) as answer:
                    if answer.status == 200:
                        return
            except ClientError:
                pass  # not there yet
            await asyncio.sleep(1)


async def _compare(rasa: Path, chosen: argparse.Namespace) -> Tally:
    desks = ParityDesk(), ParityDesk()
    chosen.cache.mkdir(parents=True, exist_ok=True)
    model = await asyncio.to_thread(_trained, rasa, chosen.cache)
    tally = Tally()
    async with _actions(desks[0]) as actions_url, _server(rasa, model, actions_url) as url:
        mirror = _embedded(ParityDesk(), chosen.cache)  # holds what the server said, as the service does
        theirs, ours = RasaHttpEngine(url, TOKEN, KEY, mirror, time.time), _embedded(desks[1], chosen.cache)
        await ours.start()
        async with ClientSession() as http:
            pair = _Pair(http, url, theirs, ours, desks)
            for number, one in enumerate(_conversations(chosen.conversations, chosen.turns)):
                await _play(pair, number, one, tally)
    return tally


@dataclass(frozen=True)
class _Conversation:
    messages: list[str]
    language: str
    is_known: bool = True
    fills_in: bool = False  # a form: words that the two understand differently are then handed over as a choice


def _conversations(count: int, turns: int) -> list[_Conversation]:
    """Return what is played: drawn by chance (each tenth by somebody whom nobody knows), each form, each story."""
    by_chance = [_Conversation(drawn(seed, turns), LANGUAGES[seed % 4], seed % 10 > 0) for seed in range(count)]
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
        async with self.http.post(f"{self.url}/model/parse", params={"token": TOKEN}, json=body) as answer:
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

"""What a message to the assistant costs: one conversation, fifty at once, a long one, the start, the memory.

Every message goes through the whole assistant on a real desk: forms, cases and conversations in SQLite. With
BENCH_RASA_URL, a Rasa server that serves the same files hears the same messages in the same run.
"""

import asyncio
import os
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median, quantiles

import aiohttp
import psutil

from bench import report
from bench.processes import worker
from bot.actions.registry import all_actions
from bot.conversation import Assistant
from bot.settings import AssistantSettings
from bot.store import DatabaseTrackerStore
from casework.people import importing
from runtime import schema, wiring
from runtime.adapters import ChatCaseDesk
from runtime.chat_catalogue import ChatFormCatalogue
from runtime.settings import read_settings
from runtime.wiring import House

RASA = "BENCH_RASA_URL"
AIM_OVER_RASA, AIM_FLAT = 50.0, 1.5
PEOPLE, ROUNDS, LONG, BLOCK = 50, 4, 200, 50
TALK = (
    "/greet",
    "ik wil graag telewerken",
    '/file_form{"form": "telework"}',
    '/choose{"choice": "regular"}',
    "1 oktober 2027",
    "31/12/2027",
    "hoe staat het met mijn dossier",
    "/skip",
    "/skip",
    "/affirm",
    "bedankt",
)
Say = Callable[[str, str, str], Awaitable[object]]


def measure() -> None:
    """Print the figures of the assistant."""
    report.heading("The assistant, messages in ms (p50 / p95), each a whole turn with everything it writes")
    with tempfile.TemporaryDirectory() as folder:
        asyncio.run(_measure(Path(folder)))


async def _measure(folder: Path) -> None:
    house = await _house(folder)
    assistant = _assistant(house)
    await assistant.start()

    async def say(conversation: str, person: str, text: str) -> object:
        return await assistant.handle(conversation, text, {"person_id": person, "language": "nl", "is_proven": True})

    await _play(say, "warm", "1")
    alone = [spent for round_ in range(ROUNDS) for spent in await _play(say, f"one-{round_}", "1")]
    _show("1 conversation", alone)
    at_once = await asyncio.gather(*(_play(say, f"many-{n}", str(n + 1)) for n in range(PEOPLE)))
    _show(f"{PEOPLE} conversations at once", [spent for talk in at_once for spent in talk])
    await _long(say, "200 turns, questions", "long-1", ("/greet", "hoe staat het met mijn dossier", "/help", "dank u"))
    await say("long-2", "2", '/file_form{"form": "telework"}')
    await _long(say, "200 turns within a form", "long-2", ("wat", "geen van beide", "zeg eens", "hum"))
    await _against_rasa(alone)
    await house.database.close()
    for name in ("first start, with training", "next start"):
        own = folder / name.partition(",")[0]
        own.mkdir()
        with worker("bench.assistant", str(own), str(folder / "fresh")) as started:
            seconds, mebibytes = started.answer().split()
        print(f"  {name:<28} {float(seconds):9.2f} s to the first answer, {float(mebibytes):.0f} MiB added", flush=True)


def _show(name: str, spent: Sequence[float]) -> None:
    cuts = quantiles(spent, n=20)
    print(f"  {name:<28} {median(spent):9.2f} / {cuts[-1]:.2f}", flush=True)


async def _play(say: Say, conversation: str, person: str) -> list[float]:
    return [await _timed(say(conversation, person, text)) for text in TALK]


async def _timed(answer: Awaitable[object]) -> float:
    begun = time.perf_counter()
    await answer
    return 1000 * (time.perf_counter() - begun)


async def _long(say: Say, name: str, conversation: str, texts: Sequence[str]) -> None:
    """Measure a long conversation in processor time, which a loaded machine bends less, block by block."""
    spent = []
    for turn in range(LONG):
        begun = time.process_time()
        await say(conversation, "2", texts[turn % len(texts)])
        spent.append(1000 * (time.process_time() - begun))
    first, last = median(spent[:BLOCK]), median(spent[-BLOCK:])
    verdict = "reached" if last <= AIM_FLAT * first else "not reached"
    print(
        f"  {name:<28} {first:9.2f} -> {last:.2f} CPU ms, {last / first:.2f} x  aim {AIM_FLAT} x: {verdict}", flush=True
    )


async def _against_rasa(ours: Sequence[float]) -> None:
    url = os.environ.get(RASA)
    if not url:
        report.skipped("against a Rasa server", f"{RASA} names none")
        return
    async with aiohttp.ClientSession() as client:

        async def say(conversation: str, person: str, text: str) -> object:
            body = {"sender": conversation, "message": text, "metadata": {"person_id": person, "language": "nl"}}
            async with client.post(f"{url}/webhooks/rest/webhook", json=body) as response:
                return await response.read()

        await _play(say, "warm", "1")
        theirs = [spent for round_ in range(ROUNDS) for spent in await _play(say, f"rasa-{round_}", "1")]
    pair = (median(ours), median(theirs))
    report.row("1 conversation, p50", [pair], "Rasa", AIM_OVER_RASA, less_is_better=True)


async def _house(folder: Path) -> House:
    house = wiring.build(read_settings({"BALIE_DATA_DIR": str(folder)}))
    await schema.upgrade(house.database)
    lines = "\n".join(
        f"E{n},,Voornaam{n},Naam{n},p{n}@organisation.example,nl,Dienst,contractual,employee,,," for n in range(PEOPLE)
    )
    rows, _ = importing.read_people(f"{','.join(importing.COLUMNS)}\n{lines}\n")
    async with house.database.transaction() as session:
        await importing.import_people(session, rows, house.clock.now())
    return house


def _assistant(house: House, cache: Path | None = None) -> Assistant:
    actions = all_actions(ChatCaseDesk(house.database, house.desk), ChatFormCatalogue(house.database, house.desk))
    settings = AssistantSettings(cache_folder=cache or house.settings.data_dir / "assistant")
    return Assistant(DatabaseTrackerStore(house.database, house.clock), actions, settings)


async def _start(folder: Path, cache: Path) -> None:
    """Answer one message in a process of its own, and say how long that took and what it added."""
    house = await _house(folder)
    before = psutil.Process().memory_info().rss
    begun = time.perf_counter()
    await _assistant(house, cache).handle("first", "dag", {"person_id": "1", "language": "nl"})
    seconds, added = time.perf_counter() - begun, psutil.Process().memory_info().rss - before
    print(f"{seconds:.3f} {added / 2**20:.1f}", flush=True)
    await house.database.close()


if __name__ == "__main__":
    asyncio.run(_start(Path(sys.argv[1]), Path(sys.argv[2])))

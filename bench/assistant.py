"""What a message to the assistant costs: one conversation, fifty at once, a long one, the start, the memory.

Every message goes through the whole assistant on a real desk: forms, cases and conversations in SQLite. Where RASA_ENV
names an environment with Rasa 3.6 in it, a server on the same files, with the same actions on the same desk, hears the
same messages in the same run, in turns with ours; its conversations are kept in its memory, ours on the disk.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from statistics import median, quantiles

import aiohttp
import psutil
from rasa_sdk import Action

from bench import rasa_server, report
from bench.processes import worker
from bot.actions.registry import all_actions
from bot.channels.signed_identity import signed
from bot.conversation import Assistant
from bot.settings import AssistantSettings
from bot.store import DatabaseTrackerStore
from casework.cases import store as cases
from casework.people import importing
from runtime import schema, wiring
from runtime.adapters import ChatCaseDesk
from runtime.chat_catalogue import ChatFormCatalogue
from runtime.settings import read_settings
from runtime.wiring import House

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
    "/skip",
    "/affirm",
    "bedankt",
)
FILES = TALK.index("/affirm")  # the message that files the case; measured apart, for most of it is not the assistant
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
    if rasa_server.program().is_file():
        async with rasa_server.serving(rasa_server.program(), _actions(house)) as url, aiohttp.ClientSession() as http:
            await _against_rasa(say, _rasa(http, url))
    else:
        await _by_itself(say)
        report.skipped("against a Rasa server", "RASA_ENV names no environment with Rasa in it")
    await _long(say, "200 turns, questions", "long-1", ("/greet", "hoe staat het met mijn dossier", "/help", "dank u"))
    await say("long-2", "2", '/file_form{"form": "telework"}')
    await _long(say, "200 turns within a form", "long-2", ("wat", "geen van beide", "zeg eens", "hum"))
    await _make_sure_of_cases(house)
    await house.database.close()
    for name in ("first start, with training", "next start"):
        own = folder / name.partition(",")[0]
        own.mkdir()
        with worker("bench.assistant", str(own), str(folder / "fresh")) as started:
            seconds, mebibytes = started.answer().split()
        print(f"  {name:<28} {float(seconds):9.2f} s to the first answer, {float(mebibytes):.0f} MiB added", flush=True)


async def _by_itself(say: Say) -> None:
    talks = [await _play(say, f"one-{round_}", "1") for round_ in range(ROUNDS)]
    _show("1 conversation", _talked(talks))
    _show("of it, a case is filed", _filed(talks))
    _show(f"{PEOPLE} conversations at once", _talked(await _at_once(say, "many")))


async def _against_rasa(ours: Say, theirs: Say) -> None:
    """Play the same conversations to both, one after the other; the server's fifty at once would take it minutes."""
    await _play(theirs, "warm", "1")
    alone: dict[Say, list[list[float]]] = {ours: [], theirs: []}
    for round_ in range(ROUNDS):
        for number, say in enumerate(alone):
            alone[say].append(await _play(say, f"one-{number}-{round_}", "1"))
    _compare("1 conversation", _talked(alone[ours]), _talked(alone[theirs]))
    _compare("of it, a case is filed", _filed(alone[ours]), _filed(alone[theirs]))
    many = [_talked(await _at_once(say, f"many-{number}")) for number, say in enumerate(alone)]
    _compare(f"{PEOPLE} conversations at once", *many)


async def _at_once(say: Say, name: str) -> list[list[float]]:
    return await asyncio.gather(*(_play(say, f"{name}-{n}", str(n + 1)) for n in range(PEOPLE)))


def _talked(talks: Sequence[Sequence[float]]) -> list[float]:
    return [spent for talk in talks for number, spent in enumerate(talk) if number != FILES]


def _filed(talks: Sequence[Sequence[float]]) -> list[float]:
    return [talk[FILES] for talk in talks]


def _compare(name: str, ours: Sequence[float], theirs: Sequence[float]) -> None:
    (p50, p95), (their_p50, their_p95) = _middle_and_end(ours), _middle_and_end(theirs)
    report.row(f"{name}, p50", [(p50, their_p50)], "Rasa", AIM_OVER_RASA, less_is_better=True)
    report.row(f"{name}, p95", [(p95, their_p95)], "Rasa", AIM_OVER_RASA, less_is_better=True)


def _middle_and_end(spent: Sequence[float]) -> tuple[float, float]:
    return median(spent), quantiles(spent, n=20)[-1]


def _show(name: str, spent: Sequence[float]) -> None:
    p50, p95 = _middle_and_end(spent)
    print(f"  {name:<28} {p50:9.2f} / {p95:.2f}", flush=True)


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


def _rasa(http: aiohttp.ClientSession, url: str) -> Say:
    async def say(conversation: str, person: str, text: str) -> object:
        told = {"person_id": person, "language": "nl", "is_proven": True}
        metadata = signed(rasa_server.KEY, conversation, told, time.time())
        body = {"sender": conversation, "message": text, "metadata": metadata}
        at = {"token": rasa_server.TOKEN}
        async with http.post(f"{url}/webhooks/rest/webhook", json=body, params=at) as response:
            answers = await response.json()
        if not answers:
            raise RuntimeError(f"the Rasa server has no answer to {text!r}: it measured nothing")
        return answers

    return say


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


async def _make_sure_of_cases(house: House) -> None:
    async with house.database.reading() as session:
        if len(await cases.all_cases(session)) < ROUNDS + PEOPLE:
            raise RuntimeError("the conversations filed no case: they measured something else")


def _actions(house: House) -> list[Action]:
    return all_actions(ChatCaseDesk(house.database, house.desk), ChatFormCatalogue(house.database, house.desk))


def _assistant(house: House, cache: Path | None = None) -> Assistant:
    settings = AssistantSettings(cache_folder=cache or house.settings.data_dir / "assistant")
    return Assistant(DatabaseTrackerStore(house.database, house.clock), _actions(house), settings)


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

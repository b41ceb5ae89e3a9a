"""Conversations to play through two engines: drawn by chance from the assistant's own files, or each of its stories."""

import random
from collections.abc import Sequence
from importlib.resources import files
from typing import Any

from ruamel.yaml import YAML
from unit.test_bot.desk_in_memory import InMemoryCaseDesk

LANGUAGES = ("nl", "fr", "de", "en")
ALWAYS = ("restart", "back", "session_start", "nlu_fallback")
NUMBERS = ("HRB0000001", "HRB0000002", "HRB0000004", "HRB0009999", "niets")
FREE = (
    "abc", "x", "Mijn loonfiche van september klopt niet", "Verlof", "over ticket HRB0000002", "vertel een mop",
    "Een wat langere tekst over mijn vakantiegeld en mijn premie", "/foo", "/stop\u00400.9",
    "/inform_case{kapot}", "oui",
    "HRB0000002", "ja", "nee", "{request_text}", "stop", "hallo", "merci beaucoup", "speak English", "help",
)  # fmt: skip
SCENES = (
    ("/file_request", "Mijn loon van september klopt niet", "Loon september", "/affirm"),
    ("/file_request", "Mijn loon van september klopt niet", "Loon september", "/deny"),
    ('/case_status{"case_number": "HRB0000002"}', "/affirm"),
    ('/case_status{"case_number": "HRB0000002"}', "nee", "de reden is lang genoeg"),
    ("/thanks", "/deny"),
    ("/thanks", "/affirm"),
    ("/add_message", '/inform_case{"case_number": "HRB0000001"}', "Hierbij het attest van vorige week"),
    ("/request_human", "/affirm"),
    ("/request_human", "/deny"),
    ("/refuse_solution",),
    ("asdf qwer", "zxcv"),
)


class ParityDesk(InMemoryCaseDesk):
    """Four cases for everybody, numbered for each person apart: one conversation changes nothing for another."""

    def hold(self, person_id: str, subject: str, status: str, missing: tuple[str, ...] = ()) -> str:
        super().hold(person_id, subject, status, missing)
        own = [case for case in self.cases if case.person_id == person_id]
        own[-1].number = f"HRB{len(own):07d}"
        return own[-1].number

    def welcome(self, person_id: str) -> None:
        """Give somebody their four cases."""
        self.hold(person_id, "Loonfiche", "work_in_progress")
        self.hold(person_id, "Adres", "awaiting_acceptance")
        self.hold(person_id, "Oud", "closed_complete")
        self.hold(person_id, "Verlof", "awaiting_info", ("Attest", "Kopie"))


def _read(*path: str) -> Any:
    file = files("bot").joinpath("assistant", *path)
    return YAML(typ="safe", pure=True).load(file.read_text(encoding="utf-8"))


def intents() -> list[str]:
    """Return what the domain says people may mean."""
    return [name if isinstance(name, str) else next(iter(name)) for name in _read("domain.yml")["intents"]]


def examples() -> list[str]:
    """Return every listed sentence without mark-up, in every language."""
    return [
        line[2:]
        for language in LANGUAGES
        for part in _read("data", "nlu", f"{language}.yml")["nlu"]
        for line in str(part.get("examples", "")).splitlines()
        if line.startswith("- ") and "[" not in line
    ]


def drawn(seed: int, turns: int) -> list[str]:
    """Return the messages of one conversation; the same seed gives the same ones as long as the files are the same."""
    rng = random.Random(seed)
    known, listed, said = intents(), examples(), []
    while len(said) < turns:
        said += rng.choice(SCENES) if rng.random() < 0.22 else [_one(rng, known, listed)]
    return said[:turns]


def _one(rng: random.Random, known: Sequence[str], listed: Sequence[str]) -> str:
    chance = rng.random()
    if chance < 0.45:
        intent = rng.choice([*known, *known, *ALWAYS])
        if rng.random() < 0.4:
            return f'/{intent}{{"case_number": "{rng.choice(NUMBERS)}"}}'
        return f"/{intent}"
    return rng.choice(listed) if chance < 0.75 else rng.choice(FREE)


def stories() -> list[list[str]]:
    """Return what people say in each story and each rule, as payloads."""
    told = [*_read("data", "stories.yml")["stories"], *_read("data", "rules.yml")["rules"]]
    spoken = [[f"/{step['intent']}" for step in one["steps"] if "intent" in step] for one in told]
    return [messages for messages in spoken if messages]

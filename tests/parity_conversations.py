"""Conversations to play through two engines: drawn by chance from the assistant's own files, or each of its stories."""

import json
import random
from collections.abc import Mapping, Sequence
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

from form_talk import typed
from ruamel.yaml import YAML
from unit.test_bot.desk_in_memory import InMemoryCaseDesk, InMemoryCatalogue

from bot.actions.sheets import slot_of
from bot.ports import Asker, FilledForm, FormMatch, FormQuestion, FormSheet, Refusal, Shelf
from casework.catalogue.models import Catalogue, Field, Form
from casework.catalogue.search import FormSearch
from casework.catalogue.service import load_catalogue
from runtime import chat_forms

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


ENDS = ("/affirm", "/thanks", "/deny")
TODAY = date(2026, 9, 1)


@cache
def catalogue() -> Catalogue:
    """Return the catalogue that comes with the desk."""
    return load_catalogue()


class ParityCatalogue(InMemoryCatalogue):
    """The forms of the desk's own catalogue, checked by its own form checker, on a day that never changes."""

    def __init__(self) -> None:
        super().__init__()
        self._search = FormSearch(catalogue())

    async def find(self, words: str, language: str, person_id: str | None = None) -> list[FormMatch]:
        found = (match.form for match in self._search.find(words, language))
        return [_match(form, language) for form in found if chat_forms.may_file(form, None)][:5]

    async def shelves(self, person_id: str, language: str) -> list[Shelf]:
        return [
            Shelf(theme.key, theme.label.in_(language), tuple(_match(form, language) for form in forms))
            for theme in catalogue().themes
            if (forms := [form for form in theme.forms if chat_forms.may_file(form, None)])
        ]

    async def may_file(self, person_id: str, form_key: str) -> bool:
        form = catalogue().form(form_key)
        return form is not None and chat_forms.may_file(form, None)

    async def sheet(self, form_key: str, answers: Mapping[str, str], language: str) -> FormSheet | None:
        form = catalogue().form(form_key)
        return None if form is None else _sheet(form, answers, language)


def _match(form: Form, language: str) -> FormMatch:
    return FormMatch(form.key, form.label.in_(language), f"/catalogue/forms/{form.key}")


def _sheet(form: Form, answers: Mapping[str, str], language: str) -> FormSheet:
    own = {key: value for key, value in answers.items() if form.field(key) is not None}
    return chat_forms.sheet_of(form, own, language, TODAY)


class ParityDesk(InMemoryCaseDesk):
    """Four cases for everybody, numbered for each person apart: one conversation changes nothing for another."""

    def hold(self, person_id: str, subject: str, status: str, missing: tuple[str, ...] = ()) -> str:
        super().hold(person_id, subject, status, missing)
        own = [case for case in self.cases if case.person_id == person_id]
        own[-1].number = f"HRB{len(own):07d}"
        return own[-1].number

    async def file_form(self, asker: Asker, filled: FilledForm, key: str) -> str | Refusal:
        said = json.dumps([filled.answers, filled.documents], sort_keys=True)
        return await self.open_request(asker.person_id, filled.key, said, filled.files, key)

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
    return [name if isinstance(name, str) else next(iter(name)) for name in _read("domain", "desk.yml")["intents"]]


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


def filed_forms() -> list[tuple[str, list[str]]]:
    """Return for each form of the catalogue a language, and how somebody fills it in who sometimes errs or strays."""
    forms = [form for form in catalogue().forms if chat_forms.may_file(form, None)]
    return [
        (LANGUAGES[number % 4], _filled_in(form, LANGUAGES[number % 4], number)) for number, form in enumerate(forms)
    ]


def _filled_in(form: Form, language: str, seed: int) -> list[str]:
    """Answer whatever is asked up to the end, by buttons and typed; the same seed gives the same answers."""
    rng = random.Random(f"form {seed}")
    said, answered = [f'/file_form{{"form": "{form.key}"}}'], dict[str, str]()
    chosen = {field.key: rng.choice(field.options).key for field in form.fields if field.options}
    asked = set[str]()
    while question := _next(_sheet(form, answered, language), asked):
        asked.add(question.key)
        said += _strayed(rng, form, question)
        field = form.field(question.key)
        if field is None or (not question.required and rng.random() < 0.4):
            said.append("/skip")
            continue
        said.append(_answer(field, chosen, language))
        answered[question.key] = chosen.get(field.key) or typed(field, chosen, language)
    return [
        *said,
        *(("/deny", f'/change_answer{{"field": "field_{form.fields[0].key}"}}') if seed % 5 == 0 else ()),
        *ENDS,
    ]


def _next(sheet: FormSheet, asked: set[str]) -> FormQuestion | None:
    return next((question for question in sheet.questions if question.key not in asked), None)


def _strayed(rng: random.Random, form: Form, question: FormQuestion) -> list[str]:
    """Return what somebody says before they answer, if anything: something wrong, a question, or that they stop."""
    if rng.random() > 0.35:
        return []
    again = f'/file_form{{"form": "{form.key}"}}'
    sidesteps = [
        ["/help"],
        ["/skip"],
        ["/case_status"],
        ['/choose{"choice": "niets"}'],
        ["/stop", again],
        ["31/02/2027"],
    ]
    return rng.choice([*sidesteps, [f'/change_answer{{"field": "{slot_of(question)}"}}']])


def _answer(field: Field, chosen: dict[str, str], language: str) -> str:
    if field.options:
        return f'/choose{{"choice": "{chosen[field.key]}"}}'
    return typed(field, chosen, language)


def stories() -> list[list[str]]:
    """Return what people say in each story and each rule, as payloads."""
    told = [*_read("data", "stories.yml")["stories"], *_read("data", "rules.yml")["rules"]]
    spoken = [[f"/{step['intent']}" for step in one["steps"] if "intent" in step] for one in told]
    return [messages for messages in spoken if messages]

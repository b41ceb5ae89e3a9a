"""Conversations that leave the path: at any step of any form something else is said, odd, out of place or by nobody."""

import random
from collections.abc import Mapping
from typing import Any

from parity_conversations import ALWAYS, LANGUAGES, filed_forms, intents

Spoken = tuple[str, Mapping[str, Any]]  # what is said, and what the channel's session tells besides; None takes it away
QUESTION, SUBJECT, REASON = "Mijn loon van september klopt niet", "Loon september", "De reden is lang genoeg"
CASE, ATTEST = '/inform_case{"case_number": "HRB0000004"}', '/choose{"choice": "attest"}'
A_FILE: Spoken = ("", {"attachments": ["a file"]})
# What leads to a step, and what is said from there.
STEPS: tuple[tuple[tuple[str, ...], tuple[str | Spoken, ...]], ...] = (
    ((), ("/affirm", "/thanks", "/deny")),
    (("/thanks",), ("/deny", "/affirm")),
    (("/file_request",), (QUESTION, SUBJECT, "/affirm", "/affirm")),
    (("/file_request", QUESTION), (SUBJECT, "/deny")),
    (("/file_request", QUESTION, SUBJECT), ("/affirm", "/thanks", "/affirm")),
    (("/add_message",), (CASE, "Hierbij het attest van vorige week")),
    (("/add_message", CASE), ("Hierbij het attest van vorige week", "/deny")),
    (('/case_status{"case_number": "HRB0000002"}',), ("/affirm", "/deny")),
    (('/case_status{"case_number": "HRB0000002"}', "/deny"), (REASON, "/affirm")),
    (("/hand_in_document",), (CASE, ATTEST, A_FILE)),
    (("/hand_in_document", CASE, ATTEST), (A_FILE, "/affirm")),
    (('/decline{"approval": "7"}',), (REASON, "/affirm")),
    (("/request_human",), ("/affirm", "/thanks")),
    (("/file_form",), ('/choose{"choice": "telework"}', "/skip", "/stop", "/file_form")),
    (('/file_form{"form": "telework"}', "/stop"), ("/file_form", '/choose{"choice": "telework"}')),
    (("?", "zzqq"), ("/affirm", "/help")),
)
ODD: tuple[str | Spoken, ...] = (
    "", " ", "?", "...", "🙂", "你好", "JA", " ja ", "STOP", "12", "12,50", "1.234,56", "-5", "31/02/2027",
    "2027-09-01", "1er mars 2027", "March 1, 2027", "x" * 3000, "Een\n\ntwee\n\ndrie", "{language}", "null",
    "HRB0000002", "hrb-0000001 en HRB0000002", "/", "//affirm", "/AFFIRM", " /affirm ", "/affirm extra", "/affirm{",
    "/affirm\N{COMMERCIAL AT}0.2", "/inform_case{kapot", '/inform_case{"case_number": 12}',
    '/inform_case{"onbekend": "x"}',
    '/inform_case{"case_number": ["HRB0000002", "HRB0000001"]}', '/choose{"choice": ""}',
    '/choose{"choice": "niets", "form": "telework"}', '/choose {"choice": "attest"}',
    '/file_form{"form": "bestaat_niet"}', '/switch_language{"language": "fr"}', '/switch_language{"language": "xx"}',
    '/change_answer{"field": "form_key"}',
    A_FILE, ("hier is het", {"attachments": ["a file", "another"]}), ("/my_tasks", {"language": "de"}),
    ("/affirm", {"person_id": None, "is_proven": None}), (QUESTION, {"person_id": None, "is_proven": None}),
)  # fmt: skip


def detours(seed: int, count: int) -> list[tuple[str, list[Spoken]]]:
    """Return for each a language and what is said; the same seed gives the same ones."""
    rng = random.Random(f"detour {seed}")
    payloads = [f"/{intent}" for intent in (*intents(), *ALWAYS)]
    return [(LANGUAGES[number % 4], _detour(rng, payloads)) for number in range(count)]


def _detour(rng: random.Random, payloads: list[str]) -> list[Spoken]:
    before, after = rng.choice([*STEPS, _in_a_form(rng)])
    aside = [rng.choice(rng.choice([payloads, ODD])) for _ in range(rng.choice([1, 1, 2, 3]))]
    again = aside[:1] if rng.random() < 0.3 else []
    said = [*before, *aside, *again, *after]
    return [one if isinstance(one, tuple) else (one, {}) for one in said]


def _in_a_form(rng: random.Random) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Stop somewhere in a form of the catalogue; its next two answers follow."""
    _, said = rng.choice(filed_forms())
    at = rng.randrange(1, len(said))
    return tuple(said[:at]), tuple(said[at : at + 2])

"""A desk with 200,000 cases (or `BENCH_CASES`) and five events each, written in bulk as the services would leave it."""

import json
import os
import random
import sqlite3
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import psycopg
from sqlalchemy.engine import make_url

from casework.audit.chain import BEGINNING, seal
from casework.audit.words import words_of
from casework.cases.models import NEVER
from casework.db import Base, Database
from casework.search.indexing import folded_words, reader_mark
from runtime import tables

CASES = int(os.environ.get("BENCH_CASES", "200000"))  # not below 5,000: the pages that are measured name tickets
EVENTS_OF_A_CASE = 5
PEOPLE = 20_000
HANDLERS = 100
BEGAN_AT = datetime(2024, 1, 1, tzinfo=UTC)
PROMISE = timedelta(days=14)
AT_ONCE = 50_000
FORMS = ("household", "work_regime_reduction", None, None)
VOCABULARY = (
    "verlof", "loopbaanonderbreking", "telewerk", "kinderbijslag", "congé", "attestation", "traitement", "fiche",
    "Urlaub", "Bescheinigung", "Telearbeit", "leave", "bicycle", "payslip", "household", "partner", "training",
)  # fmt: skip
KINDS = ("opened", "assigned", "status", "answer", "read")

Row = tuple[Any, ...]


@dataclass(frozen=True)
class Part:
    """The rows of one table."""

    table: str
    columns: tuple[str, ...]
    rows: Callable[[], Iterator[Row]]


def _at(number: int) -> datetime:
    return BEGAN_AT + timedelta(minutes=5 * number)


def _is_closed(case_id: int) -> bool:
    return case_id % 20 != 0


def _said(chance: random.Random) -> str:
    return " ".join(chance.choices(VOCABULARY, k=20))


def _people() -> Iterator[Row]:
    for number in range(1, PEOPLE + 1):
        language = "nl" if number % 2 else "fr"
        yield (number, f"P{number}", f"Voornaam{number}", f"Naam{number}", language, number % 20 + 1, "statutory", True)


def _roles() -> Iterator[Row]:
    for number in range(1, PEOPLE + 1):
        yield (number, "employee")
        if number <= HANDLERS:
            yield (number, "handler")
    yield (1, "admin")


def _addresses() -> Iterator[Row]:
    for number in range(1, PEOPLE + 1):
        yield (number, number, f"p{number}@organisation.example", True, BEGAN_AT)


def _requester(case_id: int) -> int:
    return HANDLERS + 1 + case_id % (PEOPLE - HANDLERS)


def _cases() -> Iterator[Row]:
    for number in range(1, CASES + 1):
        closed = _is_closed(number)
        who, form = _requester(number), FORMS[number % len(FORMS)]
        handler = number % HANDLERS + 1 if number % 40 else None
        status = "closed_complete" if closed else "awaiting_acceptance" if handler else "open"
        yield (
            number, f"HRB{number:07d}", f"Vraag {number}", status, form, "v1" if form else None, "{}", who,
            who % 20 + 1, handler, "mail", True, _at(number), _at(number + 100) if closed else None, 1,
            _at(number) + PROMISE if status == "open" else NEVER,
        )  # fmt: skip


def _messages() -> Iterator[Row]:
    chance = random.Random(2026)
    for number in range(1, CASES + 1):
        yield (2 * number - 1, number, "request", _requester(number), "mail", _said(chance), _at(number))
        yield (2 * number, number, "answer", number % HANDLERS + 1, "mail", _said(chance), _at(number + 50))


def _timeline() -> Iterator[Row]:
    """Return each event with what the log needs of it too: rows of `events` are its first nine values."""
    for number in range(1, CASES + 1):
        for place, kind in enumerate(KINDS):
            who = _requester(number) if kind in {"opened", "read"} else number % HANDLERS + 1
            message = 2 * number - 1 if kind == "opened" else 2 * number if kind == "answer" else None
            data = {"to": "assigned"} if kind == "status" else {}
            entry_id = (number - 1) * len(KINDS) + place + 1
            name = f"Voornaam{who} Naam{who}"
            yield (entry_id, number, _at(number + place), kind, who, name, "mail", message, data)


def _events() -> Iterator[Row]:
    for row in _timeline():
        shown = "status" if row[3] == "read" else row[3]  # whoever reads writes no event; the desk has a million
        yield (*row[:3], shown, *row[4:8], json.dumps(row[8]))


def _entries() -> Iterator[Row]:
    last = BEGINNING
    for entry_id, case_id, at, kind, who, name, channel, _, data in _timeline():
        last = seal(
            last, id=entry_id, at=at, action=kind, actor_id=who, actor=name, channel=channel, case_id=case_id,
            details=data,
        )  # fmt: skip
        yield (entry_id, at, kind, who, name, channel, case_id, json.dumps(data), last)


def _words() -> Iterator[Row]:
    chance = random.Random(2026)
    for row in _timeline():
        yield (row[0], words_of(row[5], row[8], _said(chance) if row[7] else ""))


def _findable() -> Iterator[Row]:
    """Return by which words each case is found: those of its number, its subject and its two messages."""
    chance = random.Random(2026)
    for number in range(1, CASES + 1):
        said = f"HRB{number:07d} Vraag {number} {_said(chance)} {_said(chance)}"
        yield (number, reader_mark(_requester(number)), " ".join(dict.fromkeys(folded_words(said))), "")


def _reckoned() -> Iterator[Row]:
    for number in range(1, CASES + 1):
        if not _is_closed(number):
            yield (number, 1, False, _at(number))


def _mails() -> Iterator[Row]:
    for number in range(1, CASES + 1):
        who, at = _requester(number), _at(number)
        yield (
            number, "summary", number, who, f"p{who}@organisation.example", f"HRB{number:07d}", "text", "html",
            "sent", 1, at, at,
        )  # fmt: skip


def _first(name: str) -> Callable[[], Iterator[Row]]:
    return lambda: ((number, f"{name} {number}") for number in range(1, 21))


PARTS = (
    Part("organisations", ("id", "name"), _first("FOD")),
    Part(
        "people",
        ("id", "employee_number", "first_name", "last_name", "language", "organisation_id", "statute", "active"),
        _people,
    ),
    Part("person_roles", ("person_id", "role"), _roles),
    Part("email_addresses", ("id", "person_id", "address", "is_primary", "verified_at"), _addresses),
    Part(
        "cases",
        (
            "id", "number", "subject", "status", "form_key", "form_version", "fields", "requester_id",
            "organisation_id", "handler_id", "channel", "sender_proven", "opened_at", "closed_at", "version", "due_at",
        ),
        _cases,
    ),
    Part("messages", ("id", "case_id", "kind", "author_id", "channel", "text", "written_at"), _messages),
    Part(
        "events",
        ("id", "case_id", "at", "kind", "actor_id", "actor", "channel", "message_id", "data"),
        _events,
    ),
    Part(
        "audit_entries",
        ("id", "at", "action", "actor_id", "actor", "channel", "case_id", "details", "seal"),
        _entries,
    ),
    Part("search_entries", ("case_id", "readers", "words", "internal_words"), _findable),
    Part("due_times", ("case_id", "case_version", "approval_open", "reckoned_at"), _reckoned),
    Part(
        "outbox_mails",
        (
            "id", "kind", "case_id", "person_id", "to_address", "subject", "text", "html", "state", "attempts",
            "created_at", "due_at",
        ),
        _mails,
    ),
)  # fmt: skip


async def build(database: Database) -> None:
    """Fill an empty database; it takes some minutes."""
    tables.load()
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    url = make_url(database.url)
    if database.is_sqlite:
        _fill_sqlite(str(url.database))
    else:
        _fill_postgres(url.set(drivername="postgresql").render_as_string(hide_password=False))


def _head(last: Row) -> tuple[int, str]:
    return last[0], last[-1]


def _chunks(rows: Iterator[Row]) -> Iterator[list[Row]]:
    chunk = []
    for row in rows:
        chunk.append(row)
        if len(chunk) == AT_ONCE:
            yield chunk
            chunk = []
    if chunk:
        yield chunk


def _as_sqlite(row: Sequence[Any]) -> Row:
    return tuple(f"{each:%Y-%m-%d %H:%M:%S.%f}" if isinstance(each, datetime) else each for each in row)


def _fill_sqlite(path: str) -> None:
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("BEGIN")
    for part in PARTS:
        insert = f"INSERT INTO {part.table} ({', '.join(part.columns)}) VALUES ({', '.join('?' * len(part.columns))})"
        for chunk in _chunks(part.rows()):
            connection.executemany(insert, map(_as_sqlite, chunk))
            if part.table == "audit_entries":
                connection.execute("UPDATE audit_head SET entry_id = ?, seal = ?", _head(chunk[-1]))
    connection.executemany("INSERT INTO audit_words (rowid, words) VALUES (?, ?)", _words())
    connection.execute(f"INSERT INTO number_sequences VALUES ('HRB', {CASES})")
    connection.execute("COMMIT")
    connection.execute("ANALYZE")
    connection.close()


def _fill_postgres(url: str) -> None:
    with psycopg.connect(url) as connection:
        for part in PARTS:
            last = _copy(connection, f"{part.table} ({', '.join(part.columns)})", part.rows())
            if part.table == "audit_entries":
                connection.execute("UPDATE audit_head SET entry_id = %s, seal = %s", _head(last))
        connection.execute("CREATE TEMP TABLE plain (entry_id INTEGER, words TEXT)")
        _copy(connection, "plain (entry_id, words)", _words())
        connection.execute("INSERT INTO audit_words SELECT entry_id, to_tsvector('simple', words) FROM plain")
        connection.execute(f"INSERT INTO number_sequences VALUES ('HRB', {CASES})")
        for table in ("people", "cases", "messages", "events", "outbox_mails", "email_addresses", "organisations"):
            connection.execute(f"SELECT setval(pg_get_serial_sequence('{table}', 'id'), (SELECT max(id) FROM {table}))")
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")


def _copy(connection: psycopg.Connection, into: str, rows: Iterator[Row]) -> Row:
    last: Row = ()
    with connection.cursor().copy(f"COPY {into} FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
            last = row
    return last

"""The words by which an entry of the log is found; they are indexed beside the log and never shown from there."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import BindParameter, ColumnElement, Integer, bindparam, column, false, select, table, text
from sqlalchemy.ext.asyncio import AsyncSession

from casework import sqlite_terms
from casework.audit.models import AuditEntry
from casework.catalogue.words import fold

LONGEST_INDEXED = 20_000  # characters of one entry: PostgreSQL takes no more than a megabyte of words for a row
MOST_WORDS_ASKED = 12

WRITING = {
    "sqlite": text("INSERT INTO audit_words (rowid, words) VALUES (:id, :words)"),
    "postgresql": text("INSERT INTO audit_words (entry_id, words) VALUES (:id, to_tsvector('simple', :words))"),
}
WORDS_LIST = "audit_words_list"
INDEX = table("audit_words", column("rowid", Integer))
MATCHING = text("audit_words MATCH :asked")
HITS = {
    "sqlite": "SELECT rowid FROM audit_words WHERE audit_words MATCH :asked",
    "postgresql": "SELECT entry_id FROM audit_words WHERE words @@ to_tsquery('simple', :asked)",
}


def words_of(actor: str, details: Mapping[str, Any], said: str = "") -> str:
    """Return what an entry can be found by, folded: who, the texts among its details, and what was said."""
    return fold(" ".join((actor, *_texts(details), said[:LONGEST_INDEXED])))[:LONGEST_INDEXED]


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for each in value.values():
            yield from _texts(each)
    elif isinstance(value, Sequence):
        for each in value:
            yield from _texts(each)


async def index(session: AsyncSession, found_by: Mapping[int, str]) -> None:
    """Index the words of entries, by the ids of these."""
    rows = [{"id": entry_id, "words": words} for entry_id, words in found_by.items()]
    await session.execute(WRITING[session.get_bind().dialect.name], rows)


async def holding(session: AsyncSession, asked: str) -> ColumnElement[bool]:
    """Return the condition that an entry holds each of these words, or words that begin so; none holds no word."""
    wanted = _wanted(asked)
    if not wanted:
        return false()
    hits = text(HITS[session.get_bind().dialect.name])
    found: BindParameter[str] = bindparam("asked", await _expression(session, wanted), unique=True)
    return AuditEntry.id.in_(hits.bindparams(found).columns(AuditEntry.id))


async def narrow(session: AsyncSession, query: Any, asked: str, *, few: bool) -> tuple[Any, ColumnElement[int]]:
    """Return a query of entries narrowed to those words, and the id by which the newest of them come at once.

    `few` says that the query finds few entries without the words; then each is held against them.
    """
    wanted = _wanted(asked)
    if not wanted or session.get_bind().dialect.name != "sqlite":
        return query.where(await holding(session, asked)), AuditEntry.id.expression
    matching = MATCHING.bindparams(asked=await _expression(session, wanted))
    if few:
        held = select(INDEX.c.rowid).where(matching, INDEX.c.rowid == AuditEntry.id).correlate(AuditEntry)
        return query.where(held.exists()), AuditEntry.id.expression
    return query.join(INDEX, INDEX.c.rowid == AuditEntry.id).where(matching), INDEX.c.rowid


def _wanted(asked: str) -> list[str]:
    return fold(asked).split()[:MOST_WORDS_ASKED]


async def _expression(session: AsyncSession, wanted: Sequence[str]) -> str:
    """Return in the language of this database that each of these words, or one that begins so, is there."""
    if session.get_bind().dialect.name == "sqlite":
        return " AND ".join([await sqlite_terms.begins(session, WORDS_LIST, word) for word in wanted])
    return " & ".join(f"{word}:*" for word in wanted)

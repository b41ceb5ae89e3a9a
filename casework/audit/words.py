"""The words by which an entry of the log is found; they are indexed beside the log and never shown from there."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import TextClause, text
from sqlalchemy.ext.asyncio import AsyncSession

from casework.catalogue.words import fold

LONGEST_INDEXED = 20_000  # characters of one entry: PostgreSQL takes no more than a megabyte of words for a row
MOST_WORDS_ASKED = 12

WRITING = {
    "sqlite": text("INSERT INTO audit_words (rowid, words) VALUES (:id, :words)"),
    "postgresql": text("INSERT INTO audit_words (entry_id, words) VALUES (:id, to_tsvector('simple', :words))"),
}
READING = {
    "sqlite": "audit_entries.id IN (SELECT rowid FROM audit_words WHERE audit_words MATCH :asked)",
    "postgresql": "audit_entries.id IN (SELECT entry_id FROM audit_words WHERE words @@ to_tsquery('simple', :asked))",
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


def holding(session: AsyncSession, asked: str) -> TextClause | None:
    """Return the condition that an entry holds each of these words, or words that begin so; `None` for no word."""
    wanted = fold(asked).split()[:MOST_WORDS_ASKED]
    if not wanted:
        return None
    dialect = session.get_bind().dialect.name
    query = " ".join(f'"{word}"*' for word in wanted) if dialect == "sqlite" else " & ".join(f"{w}:*" for w in wanted)
    return text(READING[dialect]).bindparams(asked=query)

"""Finds cases by their words: only what the one who asks may see, the newest first.

Nothing of a query reaches a database as syntax: it is folded to plain words, and each is quoted.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, Integer, bindparam, column, false, select, table, text
from sqlalchemy.ext.asyncio import AsyncSession

from casework import sqlite_terms
from casework.cases import numbers
from casework.cases.models import Case
from casework.cases.permissions import Action, may
from casework.people.models import Actor
from casework.search.indexing import folded_words, reader_mark
from casework.search.models import ALL_WORDS, OWN_WORDS, WORDS_LIST

LONGEST_QUERY = 200
MOST_WORDS = 10
SHORTEST_BEGINNING = 2  # letters; a shorter word is not taken for the beginning of another
FOUND = table("search_words", column("rowid", Integer))
MATCHING = text("search_words MATCH :expression")


async def find(session: AsyncSession, viewer: Actor, query: str, limit: int) -> Sequence[Case]:
    """Return the cases that hold all these words or their beginnings, the newest first; of staff not only their own."""
    asked = list(dict.fromkeys(folded_words(query[:LONGEST_QUERY])))[:MOST_WORDS]
    if not asked or viewer.person_id is None or limit < 1:
        return []
    sees_all = may(viewer, Action.SEE_EVERY_CASE)
    words = await _one_by_one(session, asked) if _is_sqlite(session) else _tsquery(asked)
    found = list(await _newest(session, _own(session, viewer.person_id, words), limit, own=True))
    if sees_all:
        found += await _newest(session, _everywhere(session, words), limit, not_of=viewer.person_id)
    permitted = [case for case in found if may(viewer, Action.READ, case)]
    return sorted(permitted, key=lambda case: -case.id)[:limit]


def holding(session: AsyncSession, query: str) -> ColumnElement[bool]:
    """Return the condition that a case holds all these words, internal ones too; for those who may read every case."""
    asked = list(dict.fromkeys(folded_words(query[:LONGEST_QUERY])))[:MOST_WORDS]
    if not asked:
        return false()
    words = _everywhere(session, _fts(asked) if _is_sqlite(session) else _tsquery(asked))
    if not _is_sqlite(session):
        return _holding(words)
    # Added to nothing, the id takes no part in finding cases: the words of a common query are on most of those that
    # there are, and the other conditions on few.
    hits = select(FOUND.c.rowid).where(MATCHING.bindparams(bindparam("expression", words, unique=True)))
    return (Case.id + 0).in_(hits)


async def by_number(session: AsyncSession, viewer: Actor, query: str) -> Case | None:
    """Return the first case whose number stands in a query, if this viewer may read it."""
    named = numbers.numbers_in(query[:LONGEST_QUERY])[:MOST_WORDS]
    if not named:
        return None
    known = {
        case.number: case for case in (await session.execute(select(Case).where(Case.number.in_(named)))).scalars()
    }
    readable = (known[number] for number in named if number in known and may(viewer, Action.READ, known[number]))
    return next(readable, None)


async def _newest(
    session: AsyncSession, expression: str, limit: int, *, own: bool = False, not_of: int | None = None
) -> Sequence[Case]:
    """Return the newest cases that match an expression in the language of this database."""
    query, newest = select(Case), Case.id.desc()
    if _is_sqlite(session):
        matching = MATCHING.bindparams(expression=expression)
        query, newest = query.join(FOUND, FOUND.c.rowid == Case.id).where(matching), FOUND.c.rowid.desc()
    else:
        query = query.where(_holding(expression, own=own))
    if not_of is not None:
        query = query.where(Case.requester_id != not_of)
    return (await session.execute(query.order_by(newest).limit(limit))).scalars().all()


def _own(session: AsyncSession, person_id: int, words: str) -> str:
    mark = reader_mark(person_id)
    return f'readers : "{mark}" AND words : ({words})' if _is_sqlite(session) else f"'{mark}' & {words}"


def _everywhere(session: AsyncSession, words: str) -> str:
    return f"{{words internal_words}} : ({words})" if _is_sqlite(session) else words


def _holding(expression: str, *, own: bool = False) -> ColumnElement[bool]:
    """Return the condition that a case matches an expression, on PostgreSQL."""
    vector = OWN_WORDS if own else ALL_WORDS
    found = text(f"SELECT case_id FROM search_entries WHERE {vector} @@ CAST(:expression AS tsquery)")  # noqa: S608 -- one of two constants
    return Case.id.in_(found.bindparams(bindparam("expression", expression, unique=True)).columns(Case.id))


async def _one_by_one(session: AsyncSession, asked: Sequence[str]) -> str:
    """Return what `_fts` does, in words that are asked for one by one."""
    return " AND ".join(
        [await sqlite_terms.begins(session, WORDS_LIST, word) if _may_begin(word) else f'"{word}"' for word in asked]
    )


def _fts(asked: Sequence[str]) -> str:
    return " AND ".join(f'"{word}"{"*" if _may_begin(word) else ""}' for word in asked)


def _tsquery(asked: Sequence[str]) -> str:
    return " & ".join(f"'{word}'{':*' if _may_begin(word) else ''}" for word in asked)


def _may_begin(word: str) -> bool:
    return len(word) >= SHORTEST_BEGINNING


def _is_sqlite(session: AsyncSession) -> bool:
    return session.get_bind().dialect.name == "sqlite"

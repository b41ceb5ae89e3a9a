"""Finds cases by their words: only what the one who asks may see, the newest first.

Nothing of a query reaches a database as syntax: it is folded to plain words, and each is quoted.
"""

from collections.abc import Sequence

from sqlalchemy import ColumnElement, bindparam, false, select, text
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases import numbers
from casework.cases.models import Case
from casework.cases.permissions import Action, may
from casework.people.models import Actor, Role
from casework.search.indexing import folded_words, reader_mark
from casework.search.models import ALL_WORDS, OWN_WORDS

LONGEST_QUERY = 200
MOST_WORDS = 10
SHORTEST_BEGINNING = 2  # letters; a shorter word is not taken for the beginning of another
STAFF = frozenset({Role.HANDLER, Role.ADMIN})


async def find(session: AsyncSession, viewer: Actor, query: str, limit: int) -> Sequence[Case]:
    """Return the cases that hold all these words or their beginnings, the newest first; of staff not only their own."""
    asked = list(dict.fromkeys(folded_words(query[:LONGEST_QUERY])))[:MOST_WORDS]
    if not asked or viewer.person_id is None or limit < 1:
        return []
    sees_all = not viewer.roles.isdisjoint(STAFF)
    found = list(await _read(session, _own(session, viewer.person_id, asked), limit))
    if sees_all:
        others = _matching(session, _all_columns(session, asked)) & (Case.requester_id != viewer.person_id)
        found += await _read(session, others, limit)
    permitted = [case for case in found if may(viewer, Action.READ, case)]
    return sorted(permitted, key=lambda case: -case.id)[:limit]


def holding(session: AsyncSession, query: str) -> ColumnElement[bool]:
    """Return the condition that a case holds all these words, internal ones too; for those who may read every case."""
    asked = list(dict.fromkeys(folded_words(query[:LONGEST_QUERY])))[:MOST_WORDS]
    return _matching(session, _all_columns(session, asked)) if asked else false()


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


async def _read(session: AsyncSession, condition: ColumnElement[bool], limit: int) -> Sequence[Case]:
    query = select(Case).where(condition).order_by(Case.id.desc()).limit(limit)
    return (await session.execute(query)).scalars().all()


def _own(session: AsyncSession, person_id: int, asked: Sequence[str]) -> ColumnElement[bool]:
    mark = reader_mark(person_id)
    if _is_sqlite(session):
        return _matching(session, f'readers : "{mark}" AND words : ({_fts(asked)})')
    return _matching(session, f"'{mark}' & {_tsquery(asked)}", own=True)


def _all_columns(session: AsyncSession, asked: Sequence[str]) -> str:
    return f"{{words internal_words}} : ({_fts(asked)})" if _is_sqlite(session) else _tsquery(asked)


def _matching(session: AsyncSession, expression: str, *, own: bool = False) -> ColumnElement[bool]:
    """Return the condition that a case matches an expression in the language of this database."""
    if _is_sqlite(session):
        found = text("SELECT rowid FROM search_words WHERE search_words MATCH :expression")
    else:
        vector = OWN_WORDS if own else ALL_WORDS
        found = text(f"SELECT case_id FROM search_entries WHERE {vector} @@ CAST(:expression AS tsquery)")  # noqa: S608 -- one of two constants
    return Case.id.in_(found.bindparams(bindparam("expression", expression, unique=True)).columns(Case.id))


def _fts(asked: Sequence[str]) -> str:
    return " AND ".join(f'"{word}"{"*" if _may_begin(word) else ""}' for word in asked)


def _tsquery(asked: Sequence[str]) -> str:
    return " & ".join(f"'{word}'{':*' if _may_begin(word) else ''}" for word in asked)


def _may_begin(word: str) -> bool:
    return len(word) >= SHORTEST_BEGINNING


def _is_sqlite(session: AsyncSession) -> bool:
    return session.get_bind().dialect.name == "sqlite"

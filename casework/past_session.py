"""Carries out a statement of a writing transaction past its session, whose way takes ten times as long on SQLite.

The session neither writes what waits in it before such a statement, nor learns what it did.
"""

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncSession

from casework.sqlite_connection import DirectConnection
from casework.sqlite_rows import Columns, StandingInsert, StandingQuery, as_of_a_session

_DIRECT = "direct connection"


async def insert(session: AsyncSession, standing: StandingInsert, row: Mapping[str, Any]) -> int:
    """Insert a row and return the id that the database gave it."""
    direct = await _direct(session)
    if direct is None:
        [key] = standing.insert.table.primary_key
        written = await (await session.connection()).execute(standing.insert.returning(key), dict(row))
        return int(written.scalar_one())
    dialect = session.get_bind().dialect
    with _errors_of_a_session(dialect):
        return direct.insert(standing.sql(dialect), standing.values(row))


async def insert_all(session: AsyncSession, standing: StandingInsert, rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows with one statement."""
    direct = await _direct(session)
    if direct is None:
        await (await session.connection()).execute(standing.insert, [dict(row) for row in rows])
        return
    dialect = session.get_bind().dialect
    words, values = standing.sql(dialect), [standing.values(row) for row in rows]
    with _errors_of_a_session(dialect):
        await direct.in_thread(direct.insert_many, words, values)


async def find(session: AsyncSession, query: StandingQuery[*Columns], **keys: Any) -> Sequence[tuple[*Columns]]:
    """Return the few rows that a query finds, or changes, by these keys."""
    direct = await _direct(session)
    if direct is None:
        return (await (await session.connection()).execute(query.select, keys)).all()
    dialect = session.get_bind().dialect
    with _errors_of_a_session(dialect):
        return query.rows(direct.find(query.sql(dialect), query.values(keys)))


async def _direct(session: AsyncSession) -> DirectConnection | None:
    """Return the connection to SQLite on which a session's transaction is open; None on PostgreSQL.

    A session lasts no longer than its transaction, so it is asked for its connection once.
    """
    if _DIRECT not in session.info:
        driver = (await (await session.connection()).get_raw_connection()).driver_connection
        session.info[_DIRECT] = driver if isinstance(driver, DirectConnection) else None
    found: DirectConnection | None = session.info[_DIRECT]
    return found


@contextmanager
def _errors_of_a_session(dialect: Dialect) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise as_of_a_session(error, dialect) from error

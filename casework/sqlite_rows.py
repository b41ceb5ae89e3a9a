"""Puts whole rows into SQLite on a connection that does nothing else, for whoever waits for each commit.

Through a session such a row takes three times as long as it takes on the disk.
"""

import sqlite3
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from typing import Any

from sqlalchemy.dialects.sqlite import Insert
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import OperationalError

from casework.sqlite_connection import DirectConnection


class StandingInsert:
    """An INSERT of whole rows into one table of SQLite, put together once."""

    def __init__(self, insert: Insert, columns: Sequence[str], content: str = "") -> None:
        """Take an INSERT that says what happens with a row that is there already; each row has all of these columns.

        `content` is the INSERT of the bytes that belong to a row, by its new id, where there are any.
        """
        self._insert, self._names, self.content = insert, columns, content
        self._sql: str | None = None
        self._columns: list[tuple[str, Callable[[Any], Any] | None]] = []

    def sql(self, dialect: Dialect) -> str:
        """Return the words of the statement."""
        if self._sql is None:
            compiled = self._insert.compile(dialect=dialect, column_keys=list(self._names))
            types = {column.name: column.type.dialect_impl(dialect) for column in self._insert.table.columns}
            order: Sequence[str] = compiled.positiontup or ()
            self._columns = [(name, types[name].bind_processor(dialect)) for name in order]
            self._sql = str(compiled)
        return self._sql

    def values(self, row: Mapping[str, Any]) -> list[Any]:
        """Return what a row holds, as the database takes it, in the order of the statement."""
        return [row[name] if to_stored is None else to_stored(row[name]) for name, to_stored in self._columns]


class RowKeeper:
    """Keeps rows, each with its bytes, in a transaction of their own."""

    def __init__(self, connect: Callable[[], Awaitable[DirectConnection]], dialect: Dialect) -> None:
        """Take what opens a connection; that happens when the first rows come."""
        self._connect = connect
        self._dialect = dialect
        self._connection: DirectConnection | None = None

    async def insert_new(
        self, insert: StandingInsert, rows: Sequence[Mapping[str, Any]], contents: Sequence[bytes]
    ) -> bool:
        """Return when the rows are on the disk; False if one is there already, and then none was kept.

        Raises `OperationalError`, as a session does.
        """
        words = insert.sql(self._dialect)
        values = [insert.values(row) for row in rows]
        async with self._connected(words) as connection:
            return await connection.insert_new(words, values, insert.content, contents)

    async def put(self, insert: StandingInsert, row: Mapping[str, Any]) -> None:
        """Keep one row, new or changed as the statement says. Raises `OperationalError`, as a session does."""
        words = insert.sql(self._dialect)
        async with self._connected(words) as connection:
            await connection.put(words, insert.values(row))

    @asynccontextmanager
    async def _connected(self, words: str) -> AsyncGenerator[DirectConnection]:
        try:
            if self._connection is None:
                self._connection = await self._connect()
            yield self._connection
        except sqlite3.OperationalError as error:
            raise OperationalError(words, None, error, hide_parameters=True) from error

    async def close(self) -> None:
        """Close the connection; the next rows would open another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()

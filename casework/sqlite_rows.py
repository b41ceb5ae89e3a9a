"""Puts whole rows into SQLite, and finds one by its key, on a connection that does nothing else.

For whoever waits for each commit or each look: through a session such a row takes three times as long as it takes on
the disk, and a look ten times as long.
"""

import asyncio
import sqlite3
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, Protocol, TypeVar, TypeVarTuple, cast

from sqlalchemy import Insert, Select
from sqlalchemy.engine import Dialect
from sqlalchemy.exc import DBAPIError
from sqlalchemy.sql.dml import ReturningUpdate

from casework.sqlite_connection import DirectConnection

SECONDS_IN_A_ROW = 0.2
"""Then others who write have their turn, however slow the disk is."""


Columns = TypeVarTuple("Columns")


class StandingInsert:
    """An INSERT of whole rows into one table of SQLite, put together once."""

    def __init__(self, insert: Insert, columns: Sequence[str], content: str = "") -> None:
        """Take an INSERT that says what happens with a row that is there already; each row has all of these columns.

        `content` is the INSERT of the bytes that belong to a row, by its new id, where there are any.
        """
        self.insert, self._names, self.content = insert, columns, content
        self._sql: str | None = None
        self._columns: list[tuple[str, Callable[[Any], Any] | None]] = []

    def sql(self, dialect: Dialect) -> str:
        """Return the words of the statement."""
        if self._sql is None:
            compiled = self.insert.compile(dialect=dialect, column_keys=list(self._names))
            types = {column.name: column.type.dialect_impl(dialect) for column in self.insert.table.columns}
            order: Sequence[str] = compiled.positiontup or ()
            self._columns = [(name, types[name].bind_processor(dialect)) for name in order]
            self._sql = str(compiled)
        return self._sql

    def values(self, row: Mapping[str, Any]) -> list[Any]:
        """Return what a row holds, as the database takes it, in the order of the statement."""
        return [row[name] if to_stored is None else to_stored(row[name]) for name, to_stored in self._columns]


class StandingQuery(Generic[*Columns]):
    """A SELECT of columns of a few rows by their keys, or an UPDATE that returns them, put together once."""

    def __init__(self, select: Select[*Columns] | ReturningUpdate[*Columns]) -> None:
        """Take a statement that gives plain columns, each key a `bindparam`; constants stand in it as they are."""
        self.select = select
        self._sql: str | None = None
        self._keys: list[tuple[str, Callable[[Any], Any] | None]] = []
        self._constants: dict[str, Any] = {}
        self._columns: list[Callable[[Any], Any] | None] = []

    def sql(self, dialect: Dialect) -> str:
        """Return the words of the statement for SQLite."""
        if self._sql is None:
            compiled = self.select.compile(dialect=dialect)
            binds = compiled.binds
            self._keys = [
                (name, binds[name].type.dialect_impl(dialect).bind_processor(dialect))
                for name in compiled.positiontup or ()
            ]
            self._constants = {name: bind.value for name, bind in binds.items() if not bind.required}
            types = [column.type.dialect_impl(dialect) for column in self.select.exported_columns]
            self._columns = [kind.result_processor(dialect, None) for kind in types]
            self._sql = str(compiled)
        return self._sql

    def values(self, keys: Mapping[str, Any]) -> list[Any]:
        """Return the keys as the database takes them, in the order of the statement."""
        given = {**self._constants, **keys}
        return [given[name] if to_stored is None else to_stored(given[name]) for name, to_stored in self._keys]

    def rows(self, stored: Sequence[Sequence[Any]]) -> list[tuple[*Columns]]:
        """Return what was found as Python has it."""
        found = [
            tuple(value if read is None else read(value) for value, read in zip(row, self._columns, strict=True))
            for row in stored
        ]
        return cast("list[tuple[*Columns]]", found)


class NewRow(Protocol):
    """A row that waits to be kept, with its bytes."""

    @property
    def row(self) -> Mapping[str, Any]:
        """Its value in each column."""

    @property
    def raw(self) -> bytes:
        """The bytes that belong to it."""


Row = TypeVar("Row", bound=NewRow)


@dataclass(frozen=True)
class Undone(Generic[Row]):
    """Rows that were not kept: because of an error, or because one of them is there already."""

    rows: Sequence[Row]
    error: Exception | None


class RowKeeper:
    """Keeps rows, each with its bytes, batch after batch, each in a transaction of its own."""

    def __init__(self, connect: Callable[[], Awaitable[DirectConnection]], dialect: Dialect) -> None:
        """Take what opens a connection; that happens when the first rows come."""
        self._connect = connect
        self._dialect = dialect
        self._connection: DirectConnection | None = None
        self._connecting = asyncio.Lock()

    async def insert_batches(
        self, insert: StandingInsert, next_batch: Callable[[], Sequence[Row]], kept: Callable[[Sequence[Row]], None]
    ) -> Undone[Row] | None:
        """Keep what `next_batch` gives until that is nothing, or for a while; return what could not be kept.

        `kept` is called on the loop when a batch is on the disk; the thread that wrote it asks for the next one by
        itself, for it would wait for the loop longer than for the disk. Raises `OperationalError`, as a session does,
        when there is no connection.
        """
        insert.sql(self._dialect)
        loop = asyncio.get_running_loop()
        answer: asyncio.Future[Undone[Row] | None] = loop.create_future()

        def end(batch: Sequence[Row], undone: Undone[Row] | None) -> None:
            try:
                if batch and undone is None:
                    kept(batch)
            finally:
                if not answer.done():  # else whoever asked is gone
                    answer.set_result(undone)

        def tell(batch: Sequence[Row]) -> None:
            loop.call_soon_threadsafe(kept, batch)

        def tell_end(batch: Sequence[Row], undone: Undone[Row] | None) -> None:
            loop.call_soon_threadsafe(end, batch, undone)

        async with self._connected() as connection:
            connection.hand_over(partial(self._keep_batches, connection, insert, next_batch, tell, tell_end))
            return await answer

    def _keep_batches(
        self,
        connection: DirectConnection,
        insert: StandingInsert,
        next_batch: Callable[[], Sequence[Row]],
        tell: Callable[[Sequence[Row]], None],
        tell_end: Callable[[Sequence[Row], Undone[Row] | None], None],
    ) -> None:
        """Work in the thread; the last batch is told together with the end, for to wake the loop costs as much."""
        until = time.monotonic() + SECONDS_IN_A_ROW
        batch, undone = next_batch(), None
        while batch:
            undone = self._keep(connection, insert, batch)
            following = next_batch() if undone is None and time.monotonic() < until else ()
            if not following:
                break
            tell(batch)
            batch = following
        tell_end(batch, undone)

    async def put(self, insert: StandingInsert, row: Mapping[str, Any]) -> None:
        """Keep one row, new or changed as the statement says. Raises `OperationalError`, as a session does."""
        words = insert.sql(self._dialect)
        async with self._connected() as connection:
            await connection.put(words, insert.values(row))

    async def find(self, query: StandingQuery[*Columns], keys: Mapping[str, Any]) -> list[tuple[*Columns]]:
        """Return the rows that these keys find, on the spot. Raises `OperationalError`, as a session does."""
        words = query.sql(self._dialect)
        async with self._connected() as connection:
            return query.rows(connection.find(words, query.values(keys)))

    @asynccontextmanager
    async def _connected(self) -> AsyncGenerator[DirectConnection]:
        try:
            yield self._connection or await self._first_connection()
        except sqlite3.OperationalError as error:
            raise as_of_a_session(error, self._dialect) from error

    async def _first_connection(self) -> DirectConnection:
        """Open the connection, once; whoever comes meanwhile waits for it."""
        async with self._connecting:
            if self._connection is None:
                self._connection = await self._connect()
            return self._connection

    def _keep(self, connection: DirectConnection, insert: StandingInsert, batch: Sequence[Row]) -> Undone[Row] | None:
        try:
            values, contents = [insert.values(one.row) for one in batch], [one.raw for one in batch]
            are_new = connection.insert_new(insert.sql(self._dialect), values, insert.content, contents)
        except sqlite3.OperationalError as error:
            return Undone(batch, as_of_a_session(error, self._dialect))
        except Exception as error:  # noqa: BLE001 -- whoever waits for these rows is told
            return Undone(batch, error)
        return None if are_new else Undone(batch, None)

    async def close(self) -> None:
        """Close the connection; the next rows would open another."""
        connection, self._connection = self._connection, None
        if connection is not None:
            await connection.close()


def as_of_a_session(error: sqlite3.Error, dialect: Dialect) -> Exception:
    """Return the error that a session raises where SQLite raises this one; it holds neither statement nor values."""
    return DBAPIError.instance("", None, error, sqlite3.Error, hide_parameters=True, dialect=dialect)

"""Connections to SQLite that are handed to a thread as little as can be.

With aiosqlite each step of each statement goes to a thread and back, which costs more than the statement. A writing
connection answers on the spot, for a statement of the desk takes microseconds; a thread gets what may take long: the
beginning of a transaction (another may be writing), its commit (the disk), and what carries many rows or much
content. A reading connection hands each query over, for nobody knows how long a search takes, but as one step; one
that only glances at a few rows by their keys answers on the spot too.
Rows that wait for a commit of their own go in as one step, from the beginning of the transaction to its end.
"""

import asyncio
import sqlite3
from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from typing import Any, Self, TypeVar

BEGIN_TO_WRITE = "BEGIN IMMEDIATE"
BEGIN_TO_READ = "BEGIN"
MUCH_CONTENT = 512 * 1024

Result = TypeVar("Result")


async def connect_to_write(database: str, **options: Any) -> "DirectConnection":
    """Return a connection that answers on the spot; `options` are those of sqlite3."""
    return DirectConnection(_open(database, options), at_once=True)


async def connect_directly(database: str, pragmas: Iterable[str]) -> "DirectConnection":
    """Return a connection for work that does without SQLAlchemy, with these settings."""
    connection = DirectConnection(_open(database, {}), at_once=True)
    try:
        for pragma in pragmas:
            await connection.run(f"PRAGMA {pragma}")
    except BaseException:
        connection.stop()
        raise
    return connection


async def connect_to_read(database: str, **options: Any) -> "DirectConnection":
    """Return a connection that leaves the loop alone while it looks; `options` are those of sqlite3."""
    return DirectConnection(_open(database, options), at_once=False)


async def connect_to_glance(database: str, **options: Any) -> "DirectConnection":
    """Return a connection that fetches a few rows on the spot; `options` are those of sqlite3."""
    return DirectConnection(_open(database, options), at_once=True)


def _open(database: str, options: Mapping[str, Any]) -> sqlite3.Connection:
    """Open a connection in which transactions begin and end by statement alone."""
    connection: sqlite3.Connection = sqlite3.connect(
        database, isolation_level=None, **{**options, "check_same_thread": False}
    )
    return connection


class DirectConnection:
    """What SQLAlchemy asks of an asyncio driver, on top of the standard library's module."""

    def __init__(self, connection: sqlite3.Connection, *, at_once: bool) -> None:
        self.at_once = at_once
        self._connection = connection
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="sqlite")
        self._handed_over: Future[Any] | None = None

    def cursor(self) -> "DirectCursor":
        """Return a new cursor."""
        return DirectCursor(self, self._connection.cursor())

    async def create_function(self, *arguments: Any, **options: Any) -> None:
        """Give a function to SQL."""
        self._connection.create_function(*arguments, **options)

    async def run(self, statement: str) -> None:
        """Carry out a statement that answers nothing of interest, in the thread."""
        await self.in_thread(lambda: self._connection.execute(statement).fetchall())

    async def commit(self) -> None:
        """Return when the transaction is on the disk."""
        if self._connection.in_transaction:
            await self.in_thread(self._connection.commit)

    async def rollback(self) -> None:
        """Undo the transaction, if there is one; after what a cancelled task left to the thread."""
        if self._handed_over is None or self._handed_over.done():
            self._connection.rollback()
        else:
            await self.in_thread(self._connection.rollback)

    async def close(self) -> None:
        """Close the connection once its thread has nothing left to do."""
        await self.in_thread(self._connection.close)
        self._thread.shutdown(wait=False)

    def stop(self) -> None:
        """Close the connection from where nothing can be awaited."""
        self._thread.submit(self._connection.close)
        self._thread.shutdown(wait=False)

    async def in_thread(self, work: Callable[..., Result], *arguments: Any) -> Result:
        """Do what may take long, while the loop goes on."""
        future = self._thread.submit(work, *arguments)
        self._handed_over = future
        return await asyncio.wrap_future(future)

    def hand_over(self, work: Callable[[], None]) -> None:
        """Have something done that may take long, and that tells by itself how it ended."""
        self._handed_over = self._thread.submit(work)

    def forget_content(self, statement: str, parameters: int) -> None:
        """Have a statement let go of the copy of what it was given: it is kept for the next time, content and all.

        The module cannot clear it; but values are bound from the first to the last, and the last one here is refused.
        """
        with suppress(sqlite3.Error):
            self._connection.execute(statement, (*[None] * (parameters - 1), object()))

    def insert_new(
        self, insert: str, rows: Sequence[Sequence[Any]], insert_content: str, contents: Sequence[bytes]
    ) -> bool:
        """Keep rows and their bytes in a transaction of their own, and return when they are on the disk.

        False if one is there already; then none of them was kept. `insert` does nothing about a row that is there.
        For work in the thread alone.
        """
        self._connection.execute(BEGIN_TO_WRITE)
        try:
            are_new = all(
                self._insert_one(insert, row, insert_content, content)
                for row, content in zip(rows, contents, strict=True)
            )
            self._connection.execute("COMMIT" if are_new else "ROLLBACK")
        except BaseException:
            self._connection.rollback()
            raise
        if any(len(content) >= MUCH_CONTENT for content in contents):
            self.forget_content(insert_content, 2)
        return are_new

    async def put(self, statement: str, values: Sequence[Any]) -> None:
        """Carry out a statement in a transaction of its own, on the spot unless somebody else is writing."""
        try:
            if not self.begin_at_once():
                await self.run(BEGIN_TO_WRITE)
            self._connection.execute(statement, values)
            self._connection.execute("COMMIT")
        except BaseException:  # whoever is cancelled while they wait must not keep the turn that comes then
            await self.rollback()
            raise

    def find(self, query: str, keys: Sequence[Any]) -> list[Any]:
        """Return the few rows that a query finds by its keys, on the spot."""
        return self._connection.execute(query, keys).fetchall()

    def insert(self, statement: str, values: Sequence[Any]) -> int:
        """Insert a row of the open transaction on the spot; return its id."""
        inserted = self._connection.execute(statement, values)
        return int(inserted.lastrowid or 0)

    def insert_many(self, statement: str, rows: Sequence[Sequence[Any]]) -> None:
        """Insert rows of the open transaction; for work in the thread."""
        self._connection.executemany(statement, rows)

    def _insert_one(self, insert: str, row: Sequence[Any], insert_content: str, content: bytes) -> bool:
        inserted = self._connection.execute(insert, row)
        if inserted.rowcount != 1:
            return False
        self._connection.execute(insert_content, (inserted.lastrowid, content))
        return True

    def begin_at_once(self) -> bool:
        """Begin to write if nobody else does; False if somebody does."""
        [waits] = self._connection.execute("PRAGMA busy_timeout").fetchone()
        self._connection.execute("PRAGMA busy_timeout=0")
        try:
            self._connection.execute(BEGIN_TO_WRITE)
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY:
                raise
            return False
        finally:
            self._connection.execute(f"PRAGMA busy_timeout={waits}")
        return True


class DirectCursor:
    """A cursor whose statements are carried out at once, unless they may take long."""

    def __init__(self, connection: DirectConnection, cursor: sqlite3.Cursor) -> None:
        self._connection = connection
        self._cursor = cursor
        self._rows: list[Any] = []

    async def __aenter__(self) -> Self:
        return self

    @property
    def description(self) -> Any:
        """What columns the answer has."""
        return self._cursor.description

    @property
    def rowcount(self) -> int:
        """How many rows a statement changed."""
        return self._cursor.rowcount

    @property
    def lastrowid(self) -> int | None:
        """The number of the row that was inserted last."""
        return self._cursor.lastrowid

    async def execute(self, statement: str, parameters: Sequence[Any] = ()) -> Self:
        """Carry out one statement."""
        if statement == BEGIN_TO_WRITE and self._connection.begin_at_once():
            return self
        content = _content(parameters)
        is_short = self._connection.at_once and statement != BEGIN_TO_WRITE and content < MUCH_CONTENT
        if is_short or statement == BEGIN_TO_READ:
            self._answer(statement, parameters, content)
        else:
            await self._connection.in_thread(self._answer, statement, parameters, content)
        return self

    def _answer(self, statement: str, parameters: Sequence[Any], content: int) -> None:
        self._rows = self._cursor.execute(statement, parameters).fetchall()
        if content >= MUCH_CONTENT:
            self._connection.forget_content(statement, len(parameters))

    async def executemany(self, statement: str, rows: Iterable[Sequence[Any]]) -> Self:
        """Carry out one statement for each of many rows."""
        many = list(rows)
        await self._connection.in_thread(self._cursor.executemany, statement, many)
        if any(_content(row) >= MUCH_CONTENT for row in many):
            self._connection.forget_content(statement, len(many[0]))
        return self

    async def fetchall(self) -> list[Any]:
        """Return the whole answer, once: a mail must not stay in memory because its cursor does."""
        rows, self._rows = self._rows, []
        return rows

    async def close(self) -> None:
        """Let the answer go."""
        self._cursor.close()


def _content(parameters: Sequence[Any]) -> int:
    return sum([len(value) for value in parameters if type(value) is bytes])

"""The database: one transaction per request, mail, job step or chat turn, opened by the edge and nobody else."""

import asyncio
from collections.abc import AsyncGenerator, Awaitable, Callable, Collection, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import cache, partial
from typing import Any

from sqlalchemy import DateTime, Insert, MetaData, event, inspect
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection, Dialect, make_url
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.ext.asyncio import AsyncEngine, AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase
from sqlalchemy.orm.attributes import instance_dict
from sqlalchemy.pool import ConnectionPoolEntry
from sqlalchemy.types import TypeDecorator

from casework import sqlite_connection
from casework.sqlite_rows import Columns, Row, RowKeeper, StandingInsert, StandingQuery, Undone
from casework.sqlite_write_back import WriteBack

SQLITE_BUSY_TIMEOUT_MS = 5000
SQLITE_CHECKPOINT_PAGES = 16_000  # 64 MB: a commit that also writes back into the file is a slow one
SQLITE_PRAGMAS = (
    "journal_mode=WAL",
    "synchronous=FULL",
    "foreign_keys=ON",
    f"busy_timeout={SQLITE_BUSY_TIMEOUT_MS}",
    f"wal_autocheckpoint={SQLITE_CHECKPOINT_PAGES}",
)
SQLITE_DISK_LATER = "synchronous=NORMAL"
NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Base(DeclarativeBase):
    """Root of every table; each package owns its own tables."""

    metadata = MetaData(naming_convention=NAMES)

    def __init__(self, **columns: Any) -> None:
        """Begin a row with these values. Raises `TypeError` for a name that is no column.

        Set one by one, the session would note of each what it was before, which takes eight times as long; of a new
        row nobody asks that.
        """
        unknown = columns.keys() - _column_names(type(self))
        if unknown:
            raise TypeError(f"{type(self).__name__} has no column {', '.join(sorted(unknown))}")
        instance_dict(self).update(columns)


@cache
def _column_names(row_class: type[Base]) -> frozenset[str]:
    return frozenset(attribute.key for attribute in inspect(row_class).column_attrs)


class UtcDateTime(TypeDecorator[datetime]):
    """An aware moment; SQLite keeps no zone, so it is stored as UTC and comes back aware."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse a moment without a zone: it would be a guess."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        utc = value.astimezone(UTC)
        return utc.replace(tzinfo=None) if dialect.name == "sqlite" else utc

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002 -- the signature is SQLAlchemy's
        """Return the moment aware, in UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


LAST = "last"


def at_the_end(session: AsyncSession, work: Callable[[AsyncSession], Awaitable[None]]) -> None:
    """Have something done last in a writing transaction, when everything else was sent to the database."""
    session.info.setdefault(LAST, []).append(work)


class Wakeup:
    """Tells the workers of this process that something was committed, so that they look at once."""

    def __init__(self) -> None:
        self._event = asyncio.Event()

    def notify(self) -> None:
        """Wake everyone who waits."""
        event_, self._event = self._event, asyncio.Event()
        event_.set()

    async def wait(self, seconds: float) -> None:
        """Return at the next notification, or after so many seconds."""
        try:
            await asyncio.wait_for(self._event.wait(), seconds)
        except TimeoutError:
            return


class Database:
    """Hands out transactions on SQLite or PostgreSQL.

    On SQLite a writing transaction begins with BEGIN IMMEDIATE, without which two processes lose each other's
    updates, and a commit is on the disk before it returns (synchronous=FULL, with WAL).
    """

    def __init__(self, url: str) -> None:
        self.url = url
        self.is_sqlite = make_url(url).get_backend_name() == "sqlite"
        self.committed = Wakeup()
        self._one_writes = asyncio.Lock()
        self._in_line = 0
        self._writer = _sqlite_writer(url) if self.is_sqlite else _postgres_engine(url)
        self._reader = _sqlite_reader(url) if self.is_sqlite else self._writer
        self._glancer = _sqlite_glancer(url) if self.is_sqlite else self._writer
        self._writing = async_sessionmaker(self._writer, expire_on_commit=False)
        self._reading = async_sessionmaker(self._reader, expire_on_commit=False)
        self._glancing = async_sessionmaker(self._glancer, expire_on_commit=False)
        connect = partial(sqlite_connection.connect_directly, make_url(url).database or "")
        self._rows = RowKeeper(partial(connect, SQLITE_PRAGMAS), self._writer.dialect)
        self._looks = RowKeeper(partial(connect, SQLITE_PRAGMAS), self._writer.dialect)
        self._notes = RowKeeper(partial(connect, (*SQLITE_PRAGMAS, SQLITE_DISK_LATER)), self._writer.dialect)
        self._write_back = WriteBack(partial(connect, SQLITE_PRAGMAS), self._turn)

    @property
    def engine(self) -> AsyncEngine:
        """The writing engine: for migrations, and for creating tables in tests."""
        return self._writer

    @property
    def engines(self) -> Collection[AsyncEngine]:
        """Every engine: for whoever counts what is asked."""
        return dict.fromkeys((self._writer, self._reader, self._glancer))

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[AsyncSession]:
        """Open a writing transaction: committed when the block ends, rolled back when it raises.

        Raises `TimeoutError` when the other transactions of this process on SQLite do not let it begin.
        """
        async with self._turn(), self._writing.begin() as session:
            yield session
            await session.flush()
            for work in session.info.pop(LAST, ()):
                await work(session)
        if self.is_sqlite:
            self._write_back.note()
        self.committed.notify()

    async def insert_batches(
        self, insert: StandingInsert, next_batch: Callable[[], Sequence[Row]], kept: Callable[[Sequence[Row]], None]
    ) -> Undone[Row] | None:
        """Keep rows, each with its bytes, batch by batch, each in a transaction of its own, on SQLite.

        `kept` is called for each batch that is on the disk. Returns one that could not be kept; that is the last one.
        Raises what a transaction raises.
        """

        def tell(batch: Sequence[Row]) -> None:
            kept(batch)
            self._write_back.note(sum(len(one.raw) for one in batch))
            self.committed.notify()

        async with self._turn():
            return await self._rows.insert_batches(insert, next_batch, tell)

    async def put_row(self, insert: StandingInsert, row: Mapping[str, Any]) -> None:
        """Keep a row in a transaction of its own, on SQLite: any process sees it, and it outlives this one.

        The disk is not waited for: a power cut may undo it, together with everything after it, until the next
        transaction ends. No worker is woken, for none works on such a row. Raises what a transaction raises.
        """
        async with self._turn():
            await self._notes.put(insert, row)
        self._write_back.note()

    async def find(self, query: StandingQuery[*Columns], **keys: Any) -> Sequence[tuple[*Columns]]:
        """Return the few rows that a query finds by these keys, as the newest commit left them.

        On SQLite they are fetched on the spot, as in `glancing`, and past the session, whose way takes ten times as
        long. Raises what a transaction raises.
        """
        if self.is_sqlite:
            return await self._looks.find(query, keys)
        async with self._reading() as session:
            return (await session.execute(query.select, keys)).all()

    @asynccontextmanager
    async def _turn(self) -> AsyncGenerator[None]:
        """Wait for one's turn to write: SQLite itself would look again and again, and favour nobody."""
        if not self.is_sqlite:
            yield
            return
        if self._one_writes.locked() or self._in_line:
            await self._wait_in_line()
        else:
            await self._one_writes.acquire()  # at once: a bound of time would cost more
        try:
            yield
        finally:
            self._one_writes.release()

    async def _wait_in_line(self) -> None:
        self._in_line += 1
        try:
            async with asyncio.timeout(SQLITE_BUSY_TIMEOUT_MS / 1000):
                await self._one_writes.acquire()
        finally:
            self._in_line -= 1

    @asynccontextmanager
    async def reading(self) -> AsyncGenerator[AsyncSession]:
        """Open a reading transaction: it never waits for a writer on SQLite, and keeps nothing."""
        async with self._reading() as session:
            yield session

    @asynccontextmanager
    async def glancing(self) -> AsyncGenerator[AsyncSession]:
        """Open a reading transaction for a few rows by their keys: on SQLite they are fetched on the spot.

        A trip to a thread costs more than they do; but nobody else is served meanwhile, so never search here.
        """
        async with self._glancing() as session:
            yield session

    async def close(self) -> None:
        """Close every connection."""
        await self._write_back.close()
        for rows in (self._rows, self._looks, self._notes):
            await rows.close()
        for engine in self.engines:
            await engine.dispose()


def _sqlite_writer(url: str) -> AsyncEngine:
    return _sqlite_engine(url, sqlite_connection.connect_to_write, begin=sqlite_connection.BEGIN_TO_WRITE)


def _sqlite_reader(url: str) -> AsyncEngine:
    return _sqlite_engine(url, sqlite_connection.connect_to_read, begin=sqlite_connection.BEGIN_TO_READ)


def _sqlite_glancer(url: str) -> AsyncEngine:
    return _sqlite_engine(url, sqlite_connection.connect_to_glance, begin=sqlite_connection.BEGIN_TO_READ)


def _sqlite_engine(url: str, connect: Callable[..., Any], *, begin: str) -> AsyncEngine:
    engine = create_async_engine(
        url,
        connect_args={"timeout": SQLITE_BUSY_TIMEOUT_MS / 1000, "async_creator_fn": connect},
        hide_parameters=True,
        pool_size=10,
    )

    @event.listens_for(engine.sync_engine, "connect")
    def _configure(connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        cursor = connection.cursor()
        for pragma in SQLITE_PRAGMAS:
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine.sync_engine, "begin")
    def _begin(connection: Connection) -> None:
        connection.exec_driver_sql(begin)

    return engine


def _postgres_engine(url: str) -> AsyncEngine:
    return create_async_engine(url, pool_pre_ping=True, pool_size=10, hide_parameters=True)


def rowcount(result: Any) -> int:
    """Return how many rows an UPDATE or DELETE touched: the answer to 'did I get the claim?'."""
    return int(result.rowcount)


async def insert_once(session: AsyncSession, table: type[Base], row: Mapping[str, Any]) -> bool:
    """Insert a row unless one with its primary key is there; return whether it was inserted.

    Where another transaction is inserting the same row, this waits until that one has ended.
    """
    insert = _insert_unless_there(table, is_sqlite=session.get_bind().dialect.name == "sqlite")
    return (await session.execute(insert, dict(row))).first() is not None


@cache
def _insert_unless_there(table: type[Base], *, is_sqlite: bool) -> Insert:
    """Put the statement together once: that costs more than carrying it out."""
    [key, *_] = inspect(table).primary_key
    dialect = sqlite if is_sqlite else postgresql
    insert = dialect.insert(table.metadata.tables[table.__tablename__]).on_conflict_do_nothing()
    statement: Insert = insert.returning(key)
    return statement

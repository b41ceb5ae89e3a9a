import asyncio
import sqlite3
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest
from sqlalchemy import Column, Integer, LargeBinary, MetaData, Table, text
from sqlalchemy.dialects import sqlite
from sqlalchemy.exc import IntegrityError, OperationalError

from casework.db import SQLITE_PRAGMAS, Database
from casework.sqlite_connection import connect_directly
from casework.sqlite_rows import StandingInsert
from casework.sqlite_write_back import ENOUGH_BYTES, WriteBack

INSERT = sqlite.insert(
    Table("things", MetaData(), Column("id", Integer, primary_key=True), Column("content", LargeBinary))
)
PUT = StandingInsert(
    INSERT.on_conflict_do_update(index_elements=["id"], set_={"content": INSERT.excluded.content}), ("id", "content")
)


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "balie.db"


@pytest.fixture
async def things(file: Path) -> AsyncIterator[Database]:
    database = Database(f"sqlite+aiosqlite:///{file}")
    async with database.transaction() as session:
        await session.execute(text("CREATE TABLE things (id INTEGER PRIMARY KEY, content BLOB UNIQUE)"))
    yield database
    await database.close()


async def put(database: Database, content: bytes) -> None:
    async with database.transaction() as session:
        await session.execute(text("INSERT INTO things (content) VALUES (:content)"), {"content": content})


async def contents(database: Database) -> list[bytes]:
    async with database.reading() as session:
        return list((await session.execute(text("SELECT content FROM things ORDER BY id"))).scalars())


@pytest.mark.parametrize("size", [1, 600_000])
async def test_content_of_any_size_is_there_after_its_commit(things: Database, size: int):
    await put(things, b"x" * size)

    assert await contents(things) == [b"x" * size]


async def test_many_rows_at_once_are_kept(things: Database):
    async with things.engine.begin() as connection:
        rows = [{"content": f"{number}".encode()} for number in range(100)]
        await connection.execute(text("INSERT INTO things (content) VALUES (:content)"), rows)

    assert len(await contents(things)) == 100


async def test_transaction_that_fails_leaves_nothing_and_lets_the_next_begin(things: Database):
    async def put_both() -> None:
        async with things.transaction() as session:
            await session.execute(text("INSERT INTO things (content) VALUES (x'00')"))
            await session.execute(text("INSERT INTO things (content) VALUES (:content)"), {"content": b"first"})

    await put(things, b"first")
    with pytest.raises(IntegrityError):
        await put_both()

    await put(things, b"second")

    assert await contents(things) == [b"first", b"second"]


async def test_reader_sees_nothing_of_a_transaction_that_has_not_ended(things: Database):
    async with things.transaction() as session:
        await session.execute(text("INSERT INTO things (content) VALUES (x'00')"))
        assert await contents(things) == []

    assert await contents(things) == [b"\x00"]


async def test_writers_of_one_process_take_turns(things: Database):
    await asyncio.gather(*(put(things, f"{number}".encode()) for number in range(30)))

    assert len(await contents(things)) == 30


async def test_writer_waits_for_another_process_without_holding_up_the_loop(things: Database, file: Path):
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(put(things, b"later"))
    for _ in range(5):
        await asyncio.sleep(0.02)
    assert (writing.done(), await contents(things)) == (False, [])
    other.execute("COMMIT")
    other.close()
    await writing

    assert await contents(things) == [b"later"]


async def test_writer_that_another_process_keeps_waiting_is_told(things: Database, file: Path):
    async with things.engine.connect() as connection:
        await connection.execute(text("PRAGMA busy_timeout=50"))
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")

    with pytest.raises(OperationalError, match="locked"):
        await put(things, b"never")

    other.execute("ROLLBACK")
    other.close()
    await put(things, b"now")
    assert await contents(things) == [b"now"]


async def test_writer_that_is_cancelled_while_it_waits_blocks_nobody(things: Database, file: Path):
    other = sqlite3.connect(file, isolation_level=None)
    other.execute("BEGIN IMMEDIATE")
    writing = asyncio.create_task(put(things, b"never"))
    await asyncio.sleep(0.1)
    writing.cancel()
    await asyncio.sleep(0)
    other.execute("COMMIT")
    other.close()
    with pytest.raises(asyncio.CancelledError):
        await writing

    await put(things, b"now")

    assert await contents(things) == [b"now"]


async def test_what_was_committed_is_written_back_beside_the_commits_and_the_log_begins_anew(
    things: Database, file: Path
):
    @asynccontextmanager
    async def at_once() -> AsyncIterator[None]:
        yield

    def in_file() -> bool:
        return b"the one row" in file.read_bytes()

    write_back = WriteBack(partial(connect_directly, str(file), SQLITE_PRAGMAS), at_once)
    await put(things, b"the one row")
    log_size = file.with_name("balie.db-wal").stat().st_size
    before = in_file()
    write_back.note(ENOUGH_BYTES)
    await write_back.close()

    await put(things, b"another")

    assert (before, in_file()) == (False, True)
    assert file.with_name("balie.db-wal").stat().st_size == log_size
    assert await contents(things) == [b"the one row", b"another"]


async def test_log_that_cannot_be_written_back_stays_and_is_said(
    things: Database, file: Path, caplog: pytest.LogCaptureFixture
):
    @asynccontextmanager
    async def never() -> AsyncIterator[None]:
        raise TimeoutError
        yield

    write_back = WriteBack(partial(connect_directly, str(file), SQLITE_PRAGMAS), never)
    await put(things, b"the one row")
    write_back.note(ENOUGH_BYTES)
    await write_back.close()

    assert await contents(things) == [b"the one row"]
    assert "waits to be written back: TimeoutError" in caplog.text


async def test_row_that_is_put_is_new_or_changed_and_seen_by_every_process(things: Database, file: Path):
    await things.put_row(PUT, {"id": 1, "content": b"one"})
    await things.put_row(PUT, {"id": 2, "content": b"two"})
    await things.put_row(PUT, {"id": 1, "content": b"three"})

    with sqlite3.connect(file) as elsewhere:
        assert elsewhere.execute("SELECT id, content FROM things").fetchall() == [(1, b"three"), (2, b"two")]


async def test_row_that_cannot_be_put_leaves_nothing_and_lets_the_next_in(things: Database):
    await things.put_row(PUT, {"id": 1, "content": b"one"})
    with pytest.raises(sqlite3.IntegrityError):
        await things.put_row(PUT, {"id": 2, "content": b"one"})
    await things.put_row(PUT, {"id": 2, "content": b"two"})

    assert await contents(things) == [b"one", b"two"]


async def test_row_waits_for_another_process_that_writes_without_holding_up_the_loop(things: Database, file: Path):
    elsewhere = sqlite3.connect(file, isolation_level=None)
    elsewhere.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(things.put_row(PUT, {"id": 1, "content": b"one"}))
    await asyncio.sleep(0.2)
    assert not waiting.done()
    elsewhere.execute("COMMIT")
    elsewhere.close()

    await waiting
    assert await contents(things) == [b"one"]


async def test_row_that_is_cancelled_while_it_waits_blocks_nobody(things: Database, file: Path):
    elsewhere = sqlite3.connect(file, isolation_level=None)
    elsewhere.execute("BEGIN IMMEDIATE")
    waiting = asyncio.create_task(things.put_row(PUT, {"id": 1, "content": b"never"}))
    await asyncio.sleep(0.1)
    waiting.cancel()
    await asyncio.sleep(0)
    elsewhere.execute("COMMIT")
    elsewhere.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting

    await put(things, b"now")
    await things.put_row(PUT, {"id": 2, "content": b"then"})

    assert await contents(things) == [b"now", b"then"]


@dataclass
class Thing:
    row: dict[str, object]
    raw: bytes = b""


async def test_rows_that_keep_coming_on_a_slow_disk_let_others_write(things: Database):
    insert = StandingInsert(INSERT.on_conflict_do_nothing(), ("id", "content"), "SELECT ?, ?")
    taken: list[Thing] = []
    kept: list[Thing] = []

    def next_batch() -> list[Thing]:
        time.sleep(0.1)
        taken.append(Thing({"id": len(taken) + 1, "content": b"%d" % len(taken)}))
        return taken[-1:]

    undone = await things.insert_batches(insert, next_batch, kept.extend)

    assert (undone, kept, await contents(things)) == (None, taken, [each.row["content"] for each in taken])
    assert len(taken) <= 2


async def test_a_keeper_whose_caller_fails_on_what_is_kept_ends_and_gives_its_turn_back(things: Database):
    insert = StandingInsert(INSERT.on_conflict_do_nothing(), ("id", "content"), "SELECT ?, ?")
    batches = [[Thing({"id": 1, "content": b"kept"})], []]
    failed: list[BaseException] = []
    asyncio.get_running_loop().set_exception_handler(lambda _loop, context: failed.append(context["exception"]))

    def fail(_batch: object) -> None:
        raise ValueError("the caller is broken")

    async with asyncio.timeout(5):
        undone = await things.insert_batches(insert, lambda: batches.pop(0), fail)

    assert (undone, await contents(things)) == (None, [b"kept"])
    assert [str(each) for each in failed] == ["the caller is broken"]

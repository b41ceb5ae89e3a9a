"""The audit log cannot be changed by the way, and whoever changes it by force is found out."""

import asyncio
from datetime import UTC, datetime

import pytest
from factories import make_case, make_cast
from sqlalchemy import select, text
from sqlalchemy.exc import DBAPIError

from casework.audit import checkpoints, verification
from casework.audit import service as audit
from casework.audit.checkpoints import Checkpoint, CheckpointKeeper, CheckpointUnusable
from casework.audit.models import AuditEntry, AuditHead
from casework.people.models import THE_DESK

KEY = b"a key that only this test knows"


def nothing(_seen, _of):
    """Take the progress, and show it to nobody."""


async def write(database, clock, *names):
    async with database.transaction() as session:
        for name in names:
            audit.record(
                session, at=clock.now(), action=name, actor=THE_DESK, channel="system", details={"é": [1, {"b": None}]}
            )


async def force(database, *statements):
    """Do what somebody who owns the database can do: take the guards away, and change rows."""
    async with database.engine.begin() as connection:
        if database.is_sqlite:
            await connection.execute(text("DROP TRIGGER audit_entries_keep"))
            await connection.execute(text("DROP TRIGGER audit_entries_hold"))
        else:
            await connection.execute(text("DROP TRIGGER audit_entries_keep ON audit_entries"))
        for statement in statements:
            await connection.execute(text(statement))


async def faults(database, checkpoint=None):
    async with database.reading() as session:
        verdict = await verification.verify(session, checkpoint, nothing)
    return [(fault.entry_id, fault.what) for fault in verdict.faults]


async def test_a_log_that_nobody_touched_is_whole(database, desk, clock):
    async with database.transaction() as session:
        cast = await make_cast(session)
        await make_case(session, desk, cast.an)
    await write(database, clock, "one", "two")

    seen = []
    async with database.reading() as session:
        verdict = await verification.verify(session, None, lambda done, of: seen.append((done, of)))
        head = (await session.execute(select(AuditHead))).scalar_one()
    assert verdict.faults == []
    assert verdict.entries == head.entry_id
    assert verdict.head == head.seal
    assert seen[-1] == (verdict.entries, verdict.entries)


async def test_an_empty_log_is_whole(database):
    assert await faults(database) == []


@pytest.mark.parametrize("statement", ["UPDATE audit_entries SET actor = 'x'", "DELETE FROM audit_entries"])
async def test_the_database_refuses_to_change_or_remove_an_entry(database, clock, statement):
    await write(database, clock, "one", "two")
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.transaction() as session:
            await session.execute(text(statement))
    assert await faults(database) == []


async def test_postgresql_refuses_to_empty_the_log(database, clock):
    if database.is_sqlite:
        pytest.skip("SQLite knows no TRUNCATE")
    await write(database, clock, "one")
    with pytest.raises(DBAPIError, match="append-only"):
        async with database.transaction() as session:
            await session.execute(text("TRUNCATE audit_entries CASCADE"))


COPIED = (
    "INSERT INTO audit_entries (id, at, action, actor, channel, details, seal) "
    "SELECT {id}, at, action, 'Somebody', channel, details, {seal} FROM audit_entries WHERE id = 2"
)


@pytest.mark.parametrize(
    ("statements", "found"),
    [
        (["UPDATE audit_entries SET actor = 'Nobody' WHERE id = 2"], [2]),
        (["UPDATE audit_entries SET at = '2026-01-01 00:00:00' WHERE id = 3"], [3]),
        (["UPDATE audit_entries SET details = '{}' WHERE id = 4"], [4]),
        (["UPDATE audit_entries SET seal = '00' WHERE id = 2"], [2, 3]),
        (["DELETE FROM audit_entries WHERE id = 2"], [3]),
        (["DELETE FROM audit_entries WHERE id IN (2, 3)"], [4]),
        (["DELETE FROM audit_entries WHERE id = 1"], [2]),
        (["DELETE FROM audit_entries WHERE id = 5"], [5]),
        (["DELETE FROM audit_entries"], [5]),
        ([COPIED.format(id=0, seal="seal")], [0]),
        ([COPIED.format(id=6, seal="''")], [6, 5]),
        (["UPDATE audit_entries SET id = -2 WHERE id = 3", "UPDATE audit_entries SET id = 3 WHERE id = 2",
          "UPDATE audit_entries SET id = 2 WHERE id = -2"], [2, 3]),
        (["DELETE FROM audit_head"], [5]),
    ],
)  # fmt: skip
async def test_a_changed_missing_added_or_moved_entry_is_found(database, clock, statements, found):
    await write(database, clock, "one", "two", "three")
    await write(database, clock, "four", "five")
    await force(database, *statements)
    assert [entry_id for entry_id, _ in await faults(database)] == found


async def test_an_end_that_was_cut_together_with_its_head_is_found_by_the_checkpoint(database, clock, tmp_path):
    keeper = CheckpointKeeper(database, clock, tmp_path, KEY)
    await write(database, clock, "one", "two")
    await keeper.keep()
    checkpoint = checkpoints.read(tmp_path, KEY)
    assert await faults(database, checkpoint) == []
    await force(
        database,
        "DELETE FROM audit_entries WHERE id = 2",
        "UPDATE audit_head SET entry_id = 1, seal = (SELECT seal FROM audit_entries WHERE id = 1)",
    )
    assert await faults(database) == []
    assert [entry_id for entry_id, _ in await faults(database, checkpoint)] == [2]


async def test_a_checkpoint_that_was_changed_or_signed_by_another_is_refused(tmp_path):
    checkpoints.write(tmp_path, KEY, Checkpoint(7, "ab", datetime(2026, 9, 15, tzinfo=UTC)))
    assert checkpoints.read(tmp_path, KEY) == Checkpoint(7, "ab", datetime(2026, 9, 15, tzinfo=UTC))
    with pytest.raises(CheckpointUnusable):
        checkpoints.read(tmp_path, b"another key")
    path = tmp_path / checkpoints.FILE
    path.write_text(path.read_text().replace("7", "6", 1))
    with pytest.raises(CheckpointUnusable):
        checkpoints.read(tmp_path, KEY)
    path.write_text("[]")
    with pytest.raises(CheckpointUnusable):
        checkpoints.read(tmp_path, KEY)
    path.unlink()
    assert checkpoints.read(tmp_path, KEY) is None


async def test_many_writers_at_once_make_one_whole_chain(database, clock):
    async def writer(number):
        for turn in range(5):
            await write(database, clock, f"{number}-{turn}", f"{number}-{turn}-again")

    await asyncio.gather(*(writer(number) for number in range(8)))
    assert await faults(database) == []
    async with database.reading() as session:
        ids = (await session.execute(select(AuditEntry.id).order_by(AuditEntry.id))).scalars().all()
        actions = (await session.execute(select(AuditEntry.action))).scalars().all()
    assert ids == list(range(1, 81))
    assert len(set(actions)) == 80


async def break_midway(database, record):
    async with database.transaction() as session:
        await record(session, "lost-too")
        raise ZeroDivisionError


async def test_what_a_rolled_back_savepoint_or_transaction_did_is_not_in_the_log(database, clock):
    async def record(session, name):
        audit.record(session, at=clock.now(), action=name, actor=THE_DESK, channel="system")

    async with database.transaction() as session:
        await record(session, "before")
        outer = await session.begin_nested()
        async with session.begin_nested():
            await record(session, "kept-inside-what-is-lost")
        await record(session, "lost")
        await outer.rollback()
        async with session.begin_nested():
            await record(session, "kept")
        await record(session, "after")
    with pytest.raises(ZeroDivisionError):
        await break_midway(database, record)
    async with database.reading() as session:
        actions = (await session.execute(select(AuditEntry.action).order_by(AuditEntry.id))).scalars().all()
    assert actions == ["before", "kept", "after"]
    assert await faults(database) == []

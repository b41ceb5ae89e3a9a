"""Writes a new row at once and by itself, for whoever needs its id while all else can wait for the end.

A session writes all that waits whenever it writes anything: of a group of mails each case would bring out the events
and letters of the one before it, table by table.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import Insert, insert, inspect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict

from casework.db import Base

_PUT = "new rows"


async def put(session: AsyncSession, row: Base) -> None:
    """Write a new row and give it the id that the database gave it; from then on the session knows it.

    Within a savepoint everything is written: the session has to know what it would lose.
    """
    if session.in_nested_transaction():
        session.add(row)
        await session.flush()
    else:
        await session.run_sync(_put, row)


async def put_together(session: AsyncSession, *classes: type[Base]) -> None:
    """Write all rows of some classes that wait, with one statement a class; the session lets go of them.

    For rows that nobody asks for anything more: they get no id here, which SQLite would give one by one.
    """
    for row_class in classes:
        waiting = [row for row in session.new if type(row) is row_class]
        for row in waiting:
            session.expunge(row)
        if waiting:
            rows = [_values(row) for row in waiting]
            await (await session.connection()).execute(_table(row_class).insert_only, rows)


def was_put(session: AsyncSession, table: str, row_id: int | None) -> bool:
    """Return whether a row was put here by this very session: nobody else can have written anything about it."""
    return (table, row_id) in session.info.get(_PUT, ())


@dataclass(frozen=True)
class _Table:
    """How rows of one class are written: the statement, put together once, and each attribute with its column."""

    insert: Insert
    insert_only: Insert
    key: str
    columns: tuple[tuple[str, str, Any], ...]


@cache
def _table(row_class: type[Base]) -> _Table:
    mapper = inspect(row_class)
    (key,) = mapper.primary_key
    attributes = {column: each.key for each in mapper.column_attrs for column in each.columns if column is not key}
    columns = tuple((name, column.name, column.default) for column, name in attributes.items())
    insert_only = insert(Base.metadata.tables[row_class.__tablename__])
    return _Table(insert_only.returning(key), insert_only, key.name, columns)


def _values(row: Base) -> dict[str, Any]:
    """Return what a row holds in each column; afterwards it knows all of its values, also those by default."""
    table, known = _table(type(row)), instance_dict(row)
    for name, _, default in table.columns:
        if name not in known:
            known[name] = None if default is None else default.arg(None) if default.is_callable else default.arg
    return {column: known[name] for name, column, _ in table.columns}


def _put(session: Session, row: Base) -> None:
    table, known, values = _table(type(row)), instance_dict(row), _values(row)
    # Not through the session, which writes all that waits before any statement.
    known[table.key] = session.connection().execute(table.insert, values).scalar_one()
    make_transient_to_detached(row)
    session.add(row)
    session.info.setdefault(_PUT, set()).add((row.__tablename__, known[table.key]))

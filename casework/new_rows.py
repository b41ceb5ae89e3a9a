"""Writes a new row at once and by itself, for whoever needs its id while all else can wait for the end.

A session writes all that waits whenever it writes anything: of a group of mails each case would bring out the events
and letters of the one before it, table by table.
"""

from dataclasses import dataclass
from functools import cache
from typing import Any

from sqlalchemy import insert, inspect
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import make_transient_to_detached
from sqlalchemy.orm.attributes import instance_dict

from casework import past_session
from casework.db import Base
from casework.sqlite_rows import StandingInsert

_PUT = "new rows"


async def put(session: AsyncSession, row: Base) -> None:
    """Write a new row and give it the id that the database gave it; from then on the session knows it.

    Within a savepoint everything is written: the session has to know what it would lose.
    """
    if session.in_nested_transaction():
        session.add(row)
        await session.flush()
        return
    table = _table(type(row))
    row_id = await past_session.insert(session, table.insert, _values(row))
    instance_dict(row)[table.key] = row_id
    make_transient_to_detached(row)
    session.add(row)
    session.info.setdefault(_PUT, set()).add((row.__tablename__, row_id))


async def put_together(session: AsyncSession, *classes: type[Base]) -> None:
    """Write all rows of some classes that wait, with one statement a class; the session lets go of them.

    For rows that nobody asks for anything more: they get no id here, which SQLite would give one by one.
    """
    for row_class in classes:
        waiting = [row for row in session.new if type(row) is row_class]
        for row in waiting:
            session.expunge(row)
        if waiting:
            await past_session.insert_all(session, _table(row_class).insert, [_values(row) for row in waiting])


def was_put(session: AsyncSession, table: str, row_id: int | None) -> bool:
    """Return whether a row was put here by this very session: nobody else can have written anything about it."""
    return (table, row_id) in session.info.get(_PUT, ())


@dataclass(frozen=True)
class _Table:
    """How rows of one class are written: the statement, the attribute of the id, each attribute with its column."""

    insert: StandingInsert
    key: str
    columns: tuple[tuple[str, str, Any], ...]


@cache
def _table(row_class: type[Base]) -> _Table:
    mapper, table = inspect(row_class), Base.metadata.tables[row_class.__tablename__]
    [key] = mapper.primary_key
    attributes: dict[Any, str] = {column: each.key for each in mapper.column_attrs for column in each.columns}
    given_by_database = table.autoincrement_column
    columns = tuple(
        (name, column.name, column.default) for column, name in attributes.items() if column is not given_by_database
    )
    return _Table(StandingInsert(insert(table), [name for _, name, _ in columns]), attributes[key], columns)


def _values(row: Base) -> dict[str, Any]:
    """Return what a row holds in each column; afterwards it knows all of its values, also those by default."""
    table, known = _table(type(row)), instance_dict(row)
    for name, _, default in table.columns:
        if name not in known:
            known[name] = None if default is None else default.arg(None) if default.is_callable else default.arg
    return {column: known[name] for name, column, _ in table.columns}

"""Writes many rows at once, past the ORM and its bookkeeping: PostgreSQL copies them in, SQLite repeats one insert."""

from collections.abc import Callable, Mapping, Sequence
from operator import itemgetter
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from sqlalchemy import Column, Table, insert
from sqlalchemy.engine import Dialect
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncSession

from casework.db import Base

if TYPE_CHECKING:
    from psycopg import AsyncConnection as PsycopgConnection

Row: TypeAlias = Mapping[str, Any]


async def insert_rows(session: AsyncSession, table: type[Base], rows: Sequence[Row]) -> None:
    """Insert rows, each of which has the same columns, in this transaction; none is fine. No default is filled in."""
    if not rows:
        return
    connection = await session.connection()
    whole = cast("Table", table.__table__)
    columns = [column for column in whole.columns if column.name in rows[0]]
    kept = list(zip(*(_kept(column, rows, connection.dialect) for column in columns), strict=True))
    if connection.dialect.name == "sqlite":
        one = insert(whole).compile(dialect=connection.dialect, column_keys=[column.name for column in columns])
        await connection.exec_driver_sql(str(one), kept)
    else:
        await _copy(connection, whole.name, [column.name for column in columns], kept)


def _kept(column: Column[Any], rows: Sequence[Row], dialect: Dialect) -> Sequence[Any]:
    """Return one column of the rows as the database takes it."""
    values = map(itemgetter(column.name), rows)
    convert: Callable[[Any], Any] | None = column.type.dialect_impl(dialect).bind_processor(dialect)
    return list(values if convert is None else map(convert, values))


async def _copy(
    connection: AsyncConnection, table: str, columns: Sequence[str], rows: Sequence[tuple[Any, ...]]
) -> None:
    driver = cast("PsycopgConnection[Any]", (await connection.get_raw_connection()).driver_connection)
    async with driver.cursor() as cursor, cursor.copy(f"COPY {table} ({', '.join(columns)}) FROM STDIN") as copy:
        for row in rows:
            await copy.write_row(row)

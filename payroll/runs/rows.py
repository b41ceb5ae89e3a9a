"""Writes many rows at once, past the ORM, whose bookkeeping takes as long as the database itself."""

from collections.abc import Mapping, Sequence
from typing import Any, cast

from sqlalchemy import Table, insert
from sqlalchemy.ext.asyncio import AsyncSession

from casework.db import Base


async def insert_rows(session: AsyncSession, table: type[Base], rows: Sequence[Mapping[str, Any]]) -> None:
    """Insert rows, each of which has the same columns; none is fine."""
    if rows:
        await session.execute(insert(cast("Table", table.__table__)), rows)

"""Saves conversations on SQLite: while one commit is under way the next ones gather, so that one serves them all."""

import asyncio
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from sqlalchemy.dialects import sqlite

from casework.db import Database
from casework.sqlite_rows import StandingInsert

_COLUMNS = ("id", "language", "tracker", "version", "last_sequence", "begun_at", "changed_at")


class GatheredSaves:
    """The newest state of each conversation that waits for its commit; whoever saves one waits with it."""

    def __init__(self, database: Database, table: Any) -> None:
        """Take the table of conversations."""
        self._database = database
        insert = sqlite.insert(table)
        changed = {name: insert.excluded[name] for name in ("tracker", "changed_at")}
        self._save = StandingInsert(insert.on_conflict_do_update(index_elements=["id"], set_=changed), _COLUMNS)
        self._waiting: dict[str, Mapping[str, Any]] = {}
        self._next: asyncio.Task[None] | None = None
        self._one_commits = asyncio.Lock()

    async def save(self, conversation_id: str, tracker: str, now: datetime) -> None:
        """Return when this state is on the disk; raises what a transaction raises."""
        row = {"id": conversation_id, "language": "", "tracker": tracker, "version": 0, "last_sequence": 0}
        self._waiting[conversation_id] = {**row, "begun_at": now, "changed_at": now}
        if self._next is None:
            self._next = asyncio.create_task(self._commit())
        await asyncio.shield(self._next)

    async def _commit(self) -> None:
        async with self._one_commits:
            rows, self._waiting, self._next = [*self._waiting.values()], {}, None
            await self._database.put_rows(self._save, rows)

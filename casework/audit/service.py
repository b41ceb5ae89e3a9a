"""Writes the audit log; nothing here changes or removes a row.

Entries are gathered while a transaction lasts and written at its very end, sealed onto the last entry of the log.
Whoever writes holds the head of the chain from there to their commit: some milliseconds, in which they wait for
nobody, so that writers can only ever wait in one line and the ids of entries follow the order of the commits.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from sqlalchemy import event, insert, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Session, SessionTransaction

from casework import past_session
from casework.audit import chain, words
from casework.audit.models import AuditEntry, AuditHead
from casework.db import at_the_end
from casework.people.models import Actor
from casework.sqlite_rows import StandingInsert

GATHERED = "audit"
_TABLE = AuditEntry.metadata.tables[AuditEntry.__tablename__]
_INSERT = StandingInsert(insert(_TABLE), _TABLE.columns.keys())


@dataclass(frozen=True)
class _Gathered:
    """An entry that waits for the end of its transaction, and the savepoints with which it would be lost."""

    columns: dict[str, Any]
    words: str
    savepoints: tuple[SessionTransaction, ...] = field(default=())


def record(
    session: AsyncSession,
    *,
    at: datetime,
    action: str,
    actor: Actor,
    channel: str,
    case_id: int | None = None,
    details: dict[str, Any] | None = None,
    said: str = "",
) -> None:
    """Add one entry; it is kept or lost with the transaction that it speaks of.

    `said` can be searched for and is not kept in the log itself: it stands in a table of its own.
    """
    gathered = session.info.get(GATHERED)
    if gathered is None:
        gathered = session.info[GATHERED] = []
        event.listen(session.sync_session, "after_soft_rollback", _forget)
        at_the_end(session, _write)
    columns: dict[str, Any] = {
        "at": at,
        "action": str(action),
        "actor_id": actor.person_id,
        "actor": actor.name,
        "channel": str(channel),
        "case_id": case_id,
        "details": details or {},
    }
    found_by = words.words_of(actor.name, columns["details"], said)
    gathered.append(_Gathered(columns, found_by, tuple(_savepoints(session.sync_session))))


def _savepoints(session: Session) -> Iterator[SessionTransaction]:
    open_ = session.get_nested_transaction()
    while open_ is not None:
        if open_.nested:
            yield open_
        open_ = open_.parent


def _forget(session: Session, ended: SessionTransaction) -> None:
    """Lose what was gathered within a savepoint that is rolled back."""
    gathered = session.info.get(GATHERED)
    if gathered:
        gathered[:] = [each for each in gathered if ended not in each.savepoints]


async def _write(session: AsyncSession) -> None:
    gathered = session.info.pop(GATHERED)
    if not gathered:
        return
    head = (await session.execute(select(AuditHead.entry_id, AuditHead.seal).with_for_update())).one()
    entry_id, seal = head.entry_id, head.seal
    rows = []
    for each in gathered:
        entry_id += 1
        seal = chain.seal(seal, id=entry_id, **each.columns)
        rows.append({"id": entry_id, "seal": seal, **each.columns})
    await past_session.insert_all(session, _INSERT, rows)
    await words.index(session, {row["id"]: each.words for row, each in zip(rows, gathered, strict=True)})
    await session.execute(update(AuditHead).values(entry_id=entry_id, seal=seal))

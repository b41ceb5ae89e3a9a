"""Puts mails on the disk before anybody says 250, many connections' mails in one commit."""

import asyncio
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import insert, select
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.ext.asyncio import AsyncSession

from casework.clock import Clock
from casework.db import Database
from casework.messages.service import storable
from casework.sqlite_rows import StandingInsert
from mail_gateway.inbound.fingerprint import take_fingerprint
from mail_gateway.models import Envelope
from mail_gateway.store import DATABASE_IS_AWAY, MailContent, MailState, ReceivedMail

MAILS_PER_COMMIT = 100
BYTES_PER_COMMIT = 16 * 1024 * 1024
_TABLE = ReceivedMail.metadata.tables[ReceivedMail.__tablename__]
_INSERT = {
    dialect: insert_of(_TABLE)
    .on_conflict_do_nothing(index_elements=["dedupe_key"])
    .returning(_TABLE.c.dedupe_key, _TABLE.c.id)
    for dialect, insert_of in (("sqlite", sqlite.insert), ("postgresql", postgresql.insert))
}
_INSERT_CONTENT = insert(MailContent)
_COLUMNS = (
    "dedupe_key", "sha256", "size", "envelope_from", "rcpt_tos", "remote", "helo", "received_at", "message_id",
    "from_address", "subject", "state", "released", "claims",
)  # fmt: skip
_INSERT_ON_SQLITE = StandingInsert(
    sqlite.insert(_TABLE).on_conflict_do_nothing(index_elements=["dedupe_key"]),
    _COLUMNS,
    f"INSERT INTO {MailContent.__tablename__} (mail_id, raw) VALUES (?, ?)",  # noqa: S608 -- the name of a table
)


@dataclass(frozen=True, slots=True)
class _Arrival:
    row: dict[str, Any]
    raw: bytes
    kept: asyncio.Future[None]


class MailKeeper:
    """Keeps received mails: whoever calls `keep` waits for the commit that holds their mail.

    While one commit is under way the next mails gather, so that the disk is asked once for all of them.
    """

    def __init__(self, database: Database, clock: Clock) -> None:
        self._database = database
        self._clock = clock
        self._waiting: deque[_Arrival] = deque()
        self._committing: asyncio.Task[None] | None = None

    async def keep(self, envelope: Envelope, raw: bytes, remote: str) -> None:
        """Return once the mail is on the disk; a mail that was sent again joins the first one's row.

        Raises what the database raises when it cannot be kept.
        """
        arrival = _Arrival(self._row(envelope, raw, remote), raw, asyncio.get_running_loop().create_future())
        self._waiting.append(arrival)
        if self._committing is None:
            self._committing = asyncio.create_task(self._commit_all())
        await arrival.kept

    async def close(self) -> None:
        """Return once everything that was handed in is decided."""
        while self._committing is not None:
            await asyncio.wait({self._committing})

    def _row(self, envelope: Envelope, raw: bytes, remote: str) -> dict[str, Any]:
        print_ = take_fingerprint(raw, envelope.mail_from)
        return {
            "dedupe_key": print_.dedupe_key,
            "sha256": print_.sha256,
            "size": len(raw),
            "envelope_from": storable(envelope.mail_from),
            "rcpt_tos": [storable(address) for address in envelope.rcpt_tos],
            "remote": remote,
            "helo": storable(envelope.helo),
            "received_at": self._clock.now(),
            "message_id": print_.message_id and storable(print_.message_id),
            "from_address": storable(print_.from_address),
            "subject": "",
            "state": MailState.RECEIVED.value,
            "released": False,
            "claims": 0,
        }

    async def _commit_all(self) -> None:
        try:
            while self._waiting:
                if self._database.is_sqlite:
                    await self._commit_in_a_row()
                else:
                    await self._commit(self._next_batch())
        finally:
            self._committing = None

    def _next_batch(self) -> list[_Arrival]:
        """Take the mails of the next commit; also in another thread, since only one takes and only the loop adds."""
        batch: list[_Arrival] = []
        size = 0
        while self._waiting and len(batch) < MAILS_PER_COMMIT:
            size += self._waiting[0].row["size"]
            if batch and size > BYTES_PER_COMMIT:
                break
            batch.append(self._waiting.popleft())
        return batch

    async def _commit_in_a_row(self) -> None:
        """Keep new mails the short way; a batch in which one was sent again, or that fails, goes the long way."""
        try:
            undone = await self._database.insert_batches(_INSERT_ON_SQLITE, self._next_batch, _accept)
        except Exception as error:  # noqa: BLE001 -- each sender must get an answer, whatever happened
            _decide(self._next_batch(), error)
            return
        if undone is not None and isinstance(undone.error, DATABASE_IS_AWAY):
            _decide(undone.rows, undone.error)
        elif undone is not None:
            await self._commit(undone.rows)

    async def _commit(self, batch: Sequence[_Arrival]) -> None:
        try:
            async with self._database.transaction() as session:
                await _write(session, batch)
        except DATABASE_IS_AWAY as error:
            _decide(batch, error)
        except Exception as error:  # noqa: BLE001 -- each sender must get an answer, whatever happened
            if len(batch) == 1:
                _decide(batch, error)
                return
            for arrival in batch:  # one mail that cannot be stored must not refuse the others
                await self._commit([arrival])
        else:
            _decide(batch, None)


def _accept(batch: Iterable[_Arrival]) -> None:
    _decide(batch, None)


def _decide(batch: Iterable[_Arrival], error: Exception | None) -> None:
    for arrival in batch:
        if arrival.kept.done():
            continue  # the sender hung up
        if error is None:
            arrival.kept.set_result(None)
        else:
            arrival.kept.set_exception(error)


async def _write(session: AsyncSession, batch: Iterable[_Arrival]) -> None:
    """Insert new mails; one that was sent again adds its recipients to the row that is there."""
    first: dict[str, _Arrival] = {}
    for arrival in batch:
        merged = first.setdefault(arrival.row["dedupe_key"], arrival).row
        merged["rcpt_tos"] = _united(merged["rcpt_tos"], arrival.row["rcpt_tos"])
    connection = await session.connection()
    rows = [arrival.row for arrival in first.values()]
    inserted = {key: mail_id for key, mail_id in await connection.execute(_INSERT[connection.dialect.name], rows)}
    if inserted:
        contents = [{"mail_id": mail_id, "raw": first[key].raw} for key, mail_id in inserted.items()]
        await connection.execute(_INSERT_CONTENT, contents)
    for key in first.keys() - inserted.keys():
        await _unite(session, first[key].row)


async def _unite(session: AsyncSession, row: dict[str, Any]) -> None:
    """Add the recipients of a mail that was sent again; one of them may prove who wrote a mail that is held."""
    query = select(ReceivedMail).where(ReceivedMail.dedupe_key == row["dedupe_key"]).with_for_update()
    stored = (await session.execute(query)).scalar_one()
    united = _united(stored.rcpt_tos, row["rcpt_tos"])
    if united != stored.rcpt_tos:
        stored.rcpt_tos = united
        if stored.state == MailState.HELD:
            stored.state = MailState.RECEIVED


def _united(some: Iterable[str], others: Iterable[str]) -> list[str]:
    return list(dict.fromkeys([*some, *others]))

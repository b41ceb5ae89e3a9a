"""Keeps the end of the log in a second place, signed: whoever cuts the log in the database cannot cut it there too."""

import asyncio
import hashlib
import hmac
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

from casework.audit.models import AuditHead
from casework.clock import Clock
from casework.db import Database
from casework.errors import CaseworkError

FILE = "audit-checkpoint.json"
SECONDS = 2.0


class CheckpointUnusable(CaseworkError):
    """The checkpoint of the audit log was changed, or was signed with another key."""


@dataclass(frozen=True)
class Checkpoint:
    """At this moment the log ended with this entry, which had this seal."""

    entry_id: int
    seal: str
    at: datetime


def _signature(key: bytes, entry_id: int, seal: str, at: str) -> str:
    return hmac.new(key, f"audit checkpoint {entry_id} {seal} {at}".encode(), hashlib.sha256).hexdigest()


def write(folder: Path, key: bytes, checkpoint: Checkpoint) -> None:
    """Keep a checkpoint in place of the former one; a kill leaves one or the other."""
    at = checkpoint.at.astimezone(UTC).isoformat()
    signature = _signature(key, checkpoint.entry_id, checkpoint.seal, at)
    content = {"entry_id": checkpoint.entry_id, "seal": checkpoint.seal, "at": at, "signature": signature}
    fresh = folder / f"{FILE}.{os.getpid()}"
    fresh.write_text(json.dumps(content) + "\n")
    fresh.replace(folder / FILE)


def read(folder: Path, key: bytes) -> Checkpoint | None:
    """Return the checkpoint that is kept in a folder, if there is one. Raises `CheckpointUnusable`."""
    path = folder / FILE
    if not path.exists():
        return None
    try:
        kept = json.loads(path.read_text())
        entry_id, seal, at = int(kept["entry_id"]), str(kept["seal"]), str(kept["at"])
        moment = datetime.fromisoformat(at)
        good = hmac.compare_digest(str(kept["signature"]), _signature(key, entry_id, seal, at))
    except (ValueError, KeyError, TypeError) as error:
        raise CheckpointUnusable(f"{path} cannot be read: {error}") from error
    if not good:
        raise CheckpointUnusable(f"{path} was changed, or was signed with another key than BALIE_SECRET_KEY")
    return Checkpoint(entry_id, seal, moment)


class CheckpointKeeper:
    """Writes down where the log ends, soon after it grew, for as long as a process lasts."""

    def __init__(self, database: Database, clock: Clock, folder: Path, key: bytes) -> None:
        self._database = database
        self._clock = clock
        self._folder = folder
        self._key = key
        self._kept = 0

    async def run(self, stop: asyncio.Event) -> None:
        """Keep checkpoints until `stop` is set, and a last one then."""
        while not stop.is_set():
            await self.keep()
            try:
                await asyncio.wait_for(stop.wait(), SECONDS)
            except TimeoutError:
                continue
        await self.keep()

    async def keep(self) -> None:
        """Write a checkpoint if the log has grown."""
        async with self._database.reading() as session:
            head = (await session.execute(select(AuditHead.entry_id, AuditHead.seal))).one()
        if head.entry_id <= self._kept:
            return
        checkpoint = Checkpoint(head.entry_id, head.seal, self._clock.now())
        await asyncio.to_thread(write, self._folder, self._key, checkpoint)
        self._kept = head.entry_id

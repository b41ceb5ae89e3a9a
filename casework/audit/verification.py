"""Walks the whole chain of the log and says where it does not hold."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Row, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.audit import chain
from casework.audit.checkpoints import Checkpoint
from casework.audit.models import AuditEntry, AuditHead

CHUNK = 2_000
MOST_FAULTS = 100
LOWEST_ID = -(2**31)

Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Fault:
    """A place at which the log is not what the desk wrote; `entry_id` is where to look."""

    entry_id: int
    what: str


@dataclass(frozen=True)
class Verdict:
    """What a walk over the log found; no fault means that every entry is as it was written, and none is gone."""

    entries: int
    head: str
    faults: Sequence[Fault]


class _Walk:
    """Compares each entry with the seals around it; one that does not fit is named once."""

    def __init__(self, checkpoint_id: int) -> None:
        self.seal_at_checkpoint = chain.BEGINNING if checkpoint_id == 0 else ""
        self._checkpoint_id = checkpoint_id
        self.last_id = 0
        self.seal = chain.BEGINNING
        self.entries = 0
        self.faults: list[Fault] = []
        self._before_fault: str | None = None

    def step(self, row: Row[Any]) -> None:
        fits = row.seal == _seal(self.seal, row)
        # After a row that does not fit: if this one follows the row before that, the row between was put there.
        skips = not fits and self._before_fault is not None and row.seal == _seal(self._before_fault, row)
        if skips:
            self.faults[-1] = Fault(self.last_id, "was not written by the desk: somebody put it there")
        elif not fits:
            self._explain(row)
        self._before_fault = None if fits or skips else self.seal
        self.last_id, self.seal = row.id, row.seal
        if row.id == self._checkpoint_id:
            self.seal_at_checkpoint = row.seal
        self.entries += 1

    def _explain(self, row: Row[Any]) -> None:
        if row.id > self.last_id + 1:
            gone = f"{self.last_id + 1}" if row.id == self.last_id + 2 else f"{self.last_id + 1} to {row.id - 1}"
            self.faults.append(
                Fault(row.id, f"does not follow entry {self.last_id}: {gone} missing, or it was changed")
            )
        else:
            self.faults.append(Fault(row.id, "was changed or moved, or was not written by the desk"))


def _seal(previous: str, row: Row[Any]) -> str:
    return chain.seal(
        previous,
        id=row.id,
        at=row.at,
        action=row.action,
        actor_id=row.actor_id,
        actor=row.actor,
        channel=row.channel,
        case_id=row.case_id,
        details=row.details,
    )


async def verify(session: AsyncSession, checkpoint: Checkpoint | None, progress: Progress) -> Verdict:
    """Walk the log from its first entry to its last, and compare its end with the head and with a checkpoint.

    The desk may go on writing meanwhile. `progress` is told how many entries were seen, and of how many.
    """
    total = (await session.execute(select(func.count()).select_from(AuditEntry))).scalar_one()
    walk = _Walk(0 if checkpoint is None else checkpoint.entry_id)
    head = await _walk_to_the_end(session, walk, lambda seen: progress(seen, max(total, seen)))
    faults = walk.faults[:MOST_FAULTS]
    if checkpoint is not None and walk.seal_at_checkpoint != checkpoint.seal:
        moment = checkpoint.at.isoformat(timespec="seconds")
        what = f"was the end of the log at {moment}, as the checkpoint says, and is gone or another now"
        faults.append(Fault(checkpoint.entry_id, what))
    if head is None:
        faults.append(Fault(walk.last_id, "is where the log ends, and the row that should say so is gone"))
    elif head != (walk.last_id, walk.seal):
        faults.append(Fault(head[0], f"should be the end of the log, which ends with entry {walk.last_id}"))
    return Verdict(walk.entries, walk.seal, faults)


async def _walk_to_the_end(
    session: AsyncSession, walk: _Walk, progress: Callable[[int], None]
) -> tuple[int, str] | None:
    """Walk until nothing more is there, and return what the head then says."""
    after = LOWEST_ID
    while True:
        query = select(*AuditEntry.__table__.columns).where(AuditEntry.id > after).order_by(AuditEntry.id).limit(CHUNK)
        rows = (await session.execute(query)).all()
        for row in rows:
            walk.step(row)
        progress(walk.entries)
        if rows:
            after = rows[-1].id
            continue
        found = (await session.execute(select(AuditHead.entry_id, AuditHead.seal))).one_or_none()
        head = None if found is None else (found.entry_id, found.seal)
        newest = (await session.execute(select(func.max(AuditEntry.id)))).scalar_one()
        if newest is None or newest == after:  # else something was written between the two looks
            return head

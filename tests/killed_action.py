"""Carries out an action of the desk on copies of one database, killed one step later each time: FOLDER ACTION.

A step is a statement, or the beginning of the commit. Prints a line of JSON for each try: how it ended, what the
database holds afterwards, and the digest of that.
"""

import asyncio
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import sys
from collections.abc import Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from factories import make_case
from hierarchy import bring_staff, file_reduction
from sqlalchemy import event
from sqlalchemy.ext.asyncio import AsyncSession

from casework.attachments.storage import FolderStorage
from casework.cases import handling, service
from casework.cases import store as cases
from casework.catalogue.service import load_catalogue
from casework.clock import SettableClock
from casework.db import Base, Database
from casework.desk import Desk
from casework.messages.models import Channel, MessageKind
from casework.messages.service import Words
from casework.people import store as people
from casework.settings import DeskSettings
from runtime import tables

SETTINGS = DeskSettings("hr@balie.example", "https://desk.balie.example", b"a secret that only tests know")
CLOCK = SettableClock(datetime(2026, 9, 15, 8, 0, tzinfo=UTC))
MOST_STEPS = 300


def opened(file: Path) -> Database:
    return Database(f"sqlite+aiosqlite:///{file}")


async def furnish(file: Path, desk: Desk) -> None:
    """Leave people, and a case that is answered."""
    database = opened(file)
    async with database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    async with database.transaction() as session:
        staff = await bring_staff(session)
        case = await make_case(session, desk, staff.an)
        said = Words(text="Ten days.", channel=Channel.WEB)
        await handling.write_to_requester(session, desk, case, staff.hanne, said, kind=MessageKind.ANSWER)
    await database.close()


async def act(session: AsyncSession, desk: Desk, action: str) -> None:
    by = {name: await people.person_by_address(session, f"{name}@health.example") for name in ("an", "lou")}
    an, lou = [await people.actor(session, person.id) for person in by.values() if person is not None]
    if action == "file":
        await file_reduction(session, desk, an, filed_by=lou)
    else:
        case = await cases.by_number(session, "HRB0000001")
        accepted = action == "accept"
        await service.decide(session, desk, case, an, accepted=accepted, comment="Words", channel=Channel.WEB)


async def act_until(file: Path, desk: Desk, action: str, step: int) -> None:
    """Act, and die at a step."""
    database, left = opened(file), iter(range(step - 1, -1, -1))

    def count(*_: object) -> None:
        if next(left) == 0:
            os.kill(os.getpid(), signal.SIGKILL)

    event.listen(database.engine.sync_engine, "before_cursor_execute", count)
    event.listen(database.engine.sync_engine, "commit", count)
    async with database.transaction() as session:
        await act(session, desk, action)
    os._exit(0)


def aside(work: Coroutine[Any, Any, None]) -> int:
    """Do something in a process of its own, so that this one never has a thread that a fork would lose."""
    child = os.fork()
    if child == 0:
        asyncio.run(work)
        os._exit(0)
    work.close()
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


def held(file: Path) -> tuple[dict[str, int], str]:
    """Return how many rows each table holds, and the digest of them all."""
    with sqlite3.connect(file) as connection:
        names = [name for (name,) in connection.execute("SELECT name FROM sqlite_master WHERE type = 'table'")]
        rows = {name: connection.execute(f"SELECT * FROM {name}").fetchall() for name in sorted(names)}
    digest = hashlib.sha256(repr(rows).encode()).hexdigest()
    return {name: len(found) for name, found in rows.items()}, digest


def main(folder: Path, action: str) -> None:
    tables.load()
    desk = Desk(SETTINGS, CLOCK, load_catalogue(), FolderStorage(folder / "files"))
    before, work = folder / "before.db", folder / "work.db"
    assert aside(furnish(before, desk)) == 0
    print(json.dumps((0, *held(before))), flush=True)  # noqa: T201 -- the test reads it
    for step in range(1, MOST_STEPS):
        shutil.copy(before, work)
        code = aside(act_until(work, desk, action, step))
        print(json.dumps((code, *held(work))), flush=True)  # noqa: T201
        for left in folder.glob("work.db*"):
            left.unlink()
        if code == 0:
            return


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2])

"""A desk that is killed while it hands tickets to payroll: the next one goes on, and each ticket becomes facts once."""

import asyncio
import os
import signal
import sys
from pathlib import Path

import pytest
from factories import close_case, make_cast
from sqlalchemy import func, select

from casework.clock import SettableClock
from casework.db import Database
from casework.desk import Desk
from casework.messages.models import Event, EventKind
from payroll.effects.models import CaseEffect
from payroll.effects.service import apply_closed_cases
from payroll.engine import parameters
from payroll.facts import importing
from payroll.facts.models import Fact, FactSource
from payroll.settings import PayrollSettings

ROWS = f"{','.join(importing.COLUMNS)}\nE100,2026-01-01,,3000.00,1,single,none,0,0,hired\n"
CASES, KILLED_AFTER = 12, 2
WORKER = """
import asyncio, sys
from datetime import datetime
from casework.catalogue.service import load_catalogue
from casework.clock import SettableClock
from casework.db import Database
from payroll.effects.service import apply_closed_cases
from payroll.engine import parameters
from payroll.settings import PayrollSettings
from runtime import tables

tables.load()
clock = SettableClock(datetime.fromisoformat(sys.argv[2]))
work = apply_closed_cases(Database(sys.argv[1]), clock, load_catalogue(), parameters.packaged(), PayrollSettings())
asyncio.run(work)
"""


async def _close_tickets(database: Database, desk: Desk, clock: SettableClock) -> None:
    """Close tickets that each state another number of children."""
    read, _ = importing.read_facts(ROWS)
    async with database.transaction() as session:
        cast = await make_cast(session)
        await importing.import_facts(session, clock, read, "Ada Bakker")
        for children in range(1, CASES + 1):
            answers = {"kind": "change", "effective": "2026-09-01", "children": str(children)}
            await close_case(session, desk, cast, "household", answers)


async def _count(database: Database, what: object, *having: object) -> int:
    async with database.reading() as session:
        return (await session.execute(select(func.count(what)).where(*having))).scalar_one()  # type: ignore[arg-type]


@pytest.mark.timeout(180)
async def test_kill_while_tickets_are_handed_over_loses_none_and_doubles_none(
    database: Database, database_url: str, desk: Desk, clock: SettableClock
) -> None:
    await _close_tickets(database, desk, clock)
    worker = await asyncio.create_subprocess_exec(
        sys.executable, "-c", WORKER, database_url, clock.now().isoformat(),
        cwd=Path(__file__).parents[2], env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    while worker.returncode is None and await _count(database, CaseEffect.id) < KILLED_AFTER:  # noqa: ASYNC110 -- no event
        await asyncio.sleep(0.01)
    worker.send_signal(signal.SIGKILL)
    assert await worker.wait() == -signal.SIGKILL
    assert KILLED_AFTER <= await _count(database, CaseEffect.id) <= CASES

    for _ in range(2):
        await apply_closed_cases(database, clock, desk.catalogue, parameters.packaged(), PayrollSettings())

    assert await _count(database, CaseEffect.id) == CASES
    assert await _count(database, Fact.id, Fact.source == FactSource.CASE) == CASES
    assert await _count(database, Event.id, Event.kind == EventKind.PAY_EFFECT) == CASES

"""Works off mails as the served desk does: for each line SIZE COUNT it prints the CPU milliseconds a mail."""

import asyncio
import itertools
import sqlite3
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

import psutil
from sqlalchemy import func, make_url, select

from bench import mails
from casework.cases.models import Case
from casework.db import Base
from casework.people import importing
from mail_gateway.inbound.authentication import Border
from mail_gateway.inbound.filing import Mailroom
from mail_gateway.inbound.intake import Intake
from mail_gateway.inbound.keeping import MailKeeper
from mail_gateway.inbound.parsing_pool import ParsingPool
from mail_gateway.inbound.screening import OwnIdentity
from mail_gateway.models import Envelope
from mail_gateway.outbound.reply_address import Signer
from runtime import event_loop, tables, wiring
from runtime.settings import read_settings
from runtime.wiring import House

PEOPLE = f"""{",".join(importing.COLUMNS)}
E100,,An,Peeters,an.peeters@health.example,nl,Health,contractual,employee,,,
E101,,Luc,Martin,luc.martin@health.example,fr,Health,statutory,employee,,,
H200,,Hanne,Claes,hanne.claes@balie.example,nl,Balie,statutory,employee;handler,Files,,
"""


async def _house(folder: Path) -> House:
    house = wiring.build(read_settings({"BALIE_DATA_DIR": str(folder)}, folder))
    tables.load()
    async with house.database.engine.begin() as connection:
        await connection.run_sync(Base.metadata.create_all)
    rows, problems = importing.read_people(PEOPLE)
    assert not problems
    async with house.database.transaction() as session:
        await importing.import_people(session, rows, house.clock.now())
    return house


async def _keep(house: House, raws: Sequence[bytes]) -> None:
    keeper = MailKeeper(house.database, house.clock)
    envelope = Envelope("an.peeters@health.example", ("hr@balie.example",), "192.0.2.1")
    await asyncio.gather(*(keeper.keep(envelope, raw, "192.0.2.1") for raw in raws))
    await asyncio.to_thread(_write_back, make_url(house.database.url).database or "")


def _write_back(database: str) -> None:
    """Bring what was kept into the file: that belongs to receiving, and would go on while mails are filed."""
    connection = sqlite3.connect(database)
    try:
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    finally:
        connection.close()


def _cpu_seconds() -> float:
    """Return the processor time of this process and the ones that it keeps for parsing."""
    me = psutil.Process()
    return sum(times.user + times.system for times in (each.cpu_times() for each in (me, *me.children())))


async def _work_off(intake: Intake) -> float:
    """Return the CPU seconds until nothing waits."""
    began = _cpu_seconds()
    while await intake.work_off():
        pass
    return _cpu_seconds() - began


async def measure() -> None:
    """Answer how long it took from a kept mail to a case with its letters in the outbox, until nobody asks more."""
    with tempfile.TemporaryDirectory() as folder:
        house = await _house(Path(folder))
        settings = wiring.mail_settings(house)
        signer = Signer(settings.secret_key, settings.desk_address)
        own = OwnIdentity(settings.own_addresses, settings.instance_id)
        room = Mailroom(house.desk, own, signer, Border(settings.authserv_id, settings.authserv_peers))
        numbers = itertools.count()
        done = 0
        async with ParsingPool() as parser:
            intake = Intake(house.database, room, settings, parser.parse, owner="bench")
            for line in sys.stdin:
                size, count = map(int, line.split())
                await _keep(house, [mails.request(next(numbers), size) for _ in range(count)])
                spent = await _work_off(intake)
                done += count
                async with house.database.reading() as session:
                    cases = (await session.execute(select(func.count()).select_from(Case))).scalar_one()
                assert cases == done, f"{cases} cases of {done} mails"
                print(spent / count * 1000, flush=True)
        await house.database.close()


if __name__ == "__main__":
    event_loop.run(measure())

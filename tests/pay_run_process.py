"""A process that fills a database with people or takes its run as far as it comes: started by tests, and killed.

Usage: python pay_run_process.py URL run PART_SIZE [workers] [halting] | work
It says when it begins, each state that its run came to and, after a run, the digest; halting, it rests after each
of these states, so that a test can break it off there.
"""

import asyncio
import hashlib
import random
import sys
from datetime import UTC, date, datetime

from sqlalchemy import func, insert, select

from casework.clock import SettableClock
from casework.db import Database
from casework.people.models import Actor, Organisation, Person, PersonRole
from payroll import paying
from payroll.declarations import outputs
from payroll.employers.models import PayEmployer
from payroll.engine import parameters
from payroll.engine.periods import PayMonth
from payroll.facts.models import Fact, Knowledge
from payroll.payments.models import PayPayment
from payroll.payslips.models import PaySlip
from payroll.runs import fan_out, store
from payroll.runs.models import PayResult, PayRun, RunState
from payroll.runs.service import Order, carry_out, do_part, resume
from payroll.settings import PayrollSettings

KNOWN = datetime(2026, 9, 1, 8, tzinfo=UTC)
CLOCK = SettableClock(datetime(2026, 9, 22, 8, tzinfo=UTC))
LAW = parameters.packaged()
OFFICER, PAYER = Actor(1, "Ada Bakker"), Actor(2, "Omar Diallo")
IBAN = "BE68539007547034"
HALT = 0.4


async def fill(database: Database, count: int) -> None:
    """Write people with pay and a household each into empty tables; the same count gives the same people."""
    chance = random.Random(2026)
    async with database.transaction() as session:
        session.add(Organisation(id=1, name="FOD Zon"))
        await session.flush()
        session.add(PayEmployer(organisation_id=1, name="FOD Zon", enterprise_number="0308357159", street="Zonlaan",
                                building="1", postcode="1000", town="Brussel", country="BE", iban=IBAN,
                                cutoff_days=5))  # fmt: skip
        session.add(Knowledge(id=1, latest_at=KNOWN))
    for first in range(1, count + 1, 10_000):
        numbers = range(first, min(first + 10_000, count + 1))
        async with database.transaction() as session:
            await session.execute(insert(Person), [_person(number) for number in numbers])
            await session.execute(insert(Fact), [fact for number in numbers for fact in _facts(number, chance)])
    async with database.transaction() as session:
        session.add(PersonRole(person_id=1, role="payroll"))


def _person(number: int) -> dict[str, object]:
    statute = "contractual" if number % 3 else "statutory"
    return {"id": number, "employee_number": f"E{number:06d}", "first_name": "An", "last_name": f"Peeters {number}",
            "language": "nl", "organisation_id": 1, "statute": statute, "iban": IBAN, "active": True}  # fmt: skip


def _facts(number: int, chance: random.Random) -> list[dict[str, object]]:
    statute = "contractual" if number % 3 else "statutory"
    numerator, denominator = chance.choice(((1, 1), (4, 5)))
    pay = {"gross_month": chance.randrange(220_000, 600_000), "fraction_numerator": numerator,
           "fraction_denominator": denominator, "statute": statute}  # fmt: skip
    household = {"civil_status": "single", "spouse_income": "none", "children": chance.randrange(4),
                 "other_dependants": 0}  # fmt: skip
    rest = {"person_id": number, "valid_from": date(2025, 1, 1), "valid_to": None, "known_from": KNOWN,
            "source": "import", "author": "bench", "reason": "hired"}  # fmt: skip
    return [{**rest, "kind": "pay", "values": pay}, {**rest, "kind": "household", "values": household}]


async def run(database: Database, part: int = 500, *, with_workers: bool = False, halt: float = 0) -> int:
    """Take the run of September from wherever it stands to paid, resting so many seconds after each state."""
    settings = PayrollSettings(people_per_part=part, fan_out=with_workers)
    await resume(database, CLOCK, LAW)
    async with database.reading() as session:
        made = (await store.all_runs(session)) or None
    run_id = made[0].id if made else await carry_out(database, CLOCK, LAW, settings, Order(PayMonth(2026, 9)))
    if await _said_state(database, run_id, halt) == RunState.CALCULATED:
        await paying.approve(database, CLOCK, run_id, OFFICER, "web")
    if await _said_state(database, run_id, halt) == RunState.APPROVED:
        await paying.pay(database, CLOCK, run_id, PAYER, "web")
    await _said_state(database, run_id, halt)
    return run_id


async def _said_state(database: Database, run_id: int, halt: float) -> str:
    async with database.reading() as session:
        reached = str((await session.execute(select(PayRun.state).where(PayRun.id == run_id))).scalar_one())
    sys.stdout.write(f"{reached}\n")
    sys.stdout.flush()
    await asyncio.sleep(halt)
    return reached


async def digest(database: Database) -> str:
    """Return how much there is of everything, and one digest of every output and result."""
    async with database.reading() as session:
        counts = [
            (await session.execute(select(func.count()).select_from(table))).scalar_one()
            for table in (PayRun, PayResult, PayPayment, PaySlip)
        ]
        mark = hashlib.sha256()
        for one in await outputs.of_run(session, 1):
            mark.update(f"{one.filename} {one.sha256}\n".encode())
        results = select(PayResult.person_id, PayResult.amounts).order_by(PayResult.person_id)
        for person_id, amounts in await session.execute(results):
            mark.update(f"{person_id} {sorted(amounts.items())}\n".encode())
        slips = select(PaySlip.person_id, PaySlip.content).order_by(PaySlip.person_id)
        for person_id, content in await session.execute(slips):
            mark.update(f"{person_id} {content['months']}\n".encode())
    return f"{' '.join(map(str, counts))} {mark.hexdigest()}"


async def work(database: Database) -> None:
    """Work off parts that were offered until the process is killed."""
    await fan_out.work(database.url, lambda run_id, part: do_part(database, CLOCK, LAW, run_id, part))


async def main(url: str, what: str, *arguments: str) -> None:
    database = Database(url)
    sys.stdout.write("begins\n")
    sys.stdout.flush()
    if what == "run":
        halt = HALT if "halting" in arguments else 0
        await run(database, int(arguments[0]), with_workers="workers" in arguments, halt=halt)
        sys.stdout.write(await digest(database) + "\n")
    else:
        await work(database)
    await database.close()


if __name__ == "__main__":
    asyncio.run(main(*sys.argv[1:]))

"""A pay office in a test: people with accounts, an employer, facts, and runs taken to where a test needs them."""

from datetime import datetime

from factories import Cast, make_cast
from sqlalchemy import select, update

from casework.clock import Clock, SettableClock
from casework.db import Database
from casework.people.models import Actor, Person
from payroll import paying
from payroll.employers import importing as employers
from payroll.engine import parameters
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.facts import door, importing
from payroll.runs.service import Order, carry_out
from payroll.settings import PayrollSettings

LAW = parameters.packaged()
SETTINGS = PayrollSettings(people_per_part=2)
SEPTEMBER = PayMonth(2026, 9)
HEADING = ",".join(importing.COLUMNS)
AN = "E100,2026-01-01,,3000.00,1,single,none,0,0,hired"
LUC = "E101,2026-01-01,,3000.00,1,single,none,0,0,hired"
GRETA = "E102,2026-01-01,,5000.00,0.8,married,none,1,0,hired"
IBANS = {"E100": "BE68539007547034", "E101": "BE71096123456769", "E102": "NL91ABNA0417164300"}
EMPLOYERS = f"""{",".join(employers.COLUMNS)}
FOD Gezondheid,FOD Gezondheid,0308357159,Galileelaan,5 bus 2,1210,Sint-Joost-ten-Node,BE,BE68 5390 0754 7034,5
FOD Justitie,FOD Justitie,0308357753,Waterloolaan,115,1000,Brussel,BE,BE71 0961 2345 6769,5
"""


async def hire(database: Database, clock: Clock, *rows: str) -> None:
    """Import facts about people."""
    read, refused = importing.read_facts("\n".join((HEADING, *rows)))
    assert refused == []
    async with database.transaction() as session:
        imported = await importing.import_facts(session, clock, read, "Ada Bakker")
    assert imported.problems == ()


async def enter(database: Database, clock: Clock, what: str, *rows: str) -> None:
    """Import rows of another system, such as absences."""
    doorway = door.DOORWAYS[what]
    entries, unreadable = doorway.read("\n".join((",".join(doorway.columns), *rows)))
    assert unreadable == []
    async with database.transaction() as session:
        assert (await door.enter(session, clock, doorway, entries, "Ada Bakker")).problems == ()


async def equip(database: Database) -> None:
    """Give the people their accounts and the organisations their employers."""
    async with database.transaction() as session:
        for number, iban in IBANS.items():
            await session.execute(update(Person).where(Person.employee_number == number).values(iban=iban))
        kept, problems = await employers.import_employers(session, EMPLOYERS)
    assert (kept, problems) == (2, [])


async def open_office(database: Database, clock: SettableClock, at: datetime) -> Cast:
    """Let it be a moment, and return the people of a test with their accounts and employers."""
    clock.at = at
    async with database.transaction() as session:
        cast = await make_cast(session)
    await equip(database)
    return cast


async def run(
    database: Database,
    clock: Clock,
    month: PayMonth = SEPTEMBER,
    ordered_by: Actor | None = None,
    law: ParameterSet = LAW,
) -> int:
    """Run a month, in somebody's name: Omar's unless somebody else is named."""
    async with database.reading() as session:
        omar = (await session.execute(select(Person.id).where(Person.employee_number == "H201"))).scalar_one()
    order = Order(month, ordered_by_id=ordered_by.person_id if ordered_by else omar)
    return await carry_out(database, clock, law, SETTINGS, order)


async def settle(database: Database, clock: Clock, run_id: int, actor: Actor, payer: Actor | None = None) -> None:
    """Approve and pay a run; one that nobody ordered is paid by somebody else."""
    await paying.approve(database, clock, run_id, actor, "web")
    await paying.pay(database, clock, run_id, payer or actor, "web")

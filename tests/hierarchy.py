"""An organisation with a chart: An, her manager Mia, Mia's manager Tom, local HR Lou, and the handlers of the desk."""

from dataclasses import dataclass
from typing import Any

from factories import HEADING, bring_people
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.approvals import store as approvals
from casework.approvals.models import Approval
from casework.attachments.models import IncomingFile
from casework.cases import service as cases
from casework.cases.models import Case
from casework.db import Database
from casework.desk import Desk
from casework.messages.models import Channel
from casework.messages.service import Words
from casework.outbox.models import OutboxMail
from casework.people import store as people
from casework.people.models import Actor

STAFF = f"""{HEADING}
E110,,Tom,Willems,tom@health.example,nl,FOD Gezondheid,statutory,employee,,,
E111,,Mia,Lambert,mia@health.example,fr,FOD Gezondheid,statutory,employee,,E110,
E112,,An,Peeters,an@health.example,nl,FOD Gezondheid,contractual,employee,,E111,
E113,,Lou,Hermans,lou@health.example,nl,FOD Gezondheid,statutory,employee;local_hr,,E110,
E114,,Sam,Maes,sam@health.example,en,FOD Gezondheid,statutory,employee,,E110,
E115,,Ine,Aerts,ine@lab.example,nl,Labo,contractual,employee,,E111,
E116,,Gil,Roels,gil@justice.example,de,FOD Justitie,contractual,employee;local_hr,,,
H210,,Hanne,Claes,hanne@balie.example,nl,Balie,statutory,employee;handler,Dossierbeheer,,
H211,,Omar,Diallo,omar@balie.example,fr,Balie,contractual,employee;handler,Dossierbeheer,,
A310,,Ada,Bakker,ada@balie.example,en,Balie,statutory,employee;admin,,,
"""
REDUCTION = {"regime": "four_day_week", "start": "2026-10-01", "statute": "contractual"}
TIMETABLE = IncomingFile("rooster.txt", "text/plain", b"Monday to Thursday", "approved_timetable")


@dataclass(frozen=True)
class Staff:
    """The people, as actors."""

    tom: Actor
    mia: Actor
    an: Actor
    lou: Actor
    sam: Actor
    ine: Actor
    gil: Actor
    hanne: Actor
    omar: Actor
    ada: Actor


async def bring_staff(session: AsyncSession) -> Staff:
    await bring_people(session, STAFF)
    found = []
    for line in STAFF.splitlines()[1:]:
        person = await people.person_by_address(session, line.split(",")[4])
        assert person is not None
        found.append(await people.actor(session, person.id))
    return Staff(*found)


async def file_reduction(
    session: AsyncSession, desk: Desk, requester: Actor, *, filed_by: Actor | None = None, **fields: Any
) -> Case:
    """File a request for fewer hours that lacks nothing but the manager's agreement."""
    request = cases.Request(
        subject="Vermindering van werkregime",
        words=Words("I would like to work less.", Channel.WEB),
        files=[TIMETABLE],
        form_key="work_regime_reduction",
        fields=REDUCTION | fields,
        filed_by=filed_by,
    )
    return await cases.open_case(session, desk, requester, request)


async def approvals_of(database: Database, case: Case) -> list[Approval]:
    async with database.reading() as session:
        return list(await approvals.of_case(session, case.id))


async def mails(database: Database) -> list[tuple[str, str]]:
    """Return the kind and the address of every mail, in their order."""
    async with database.reading() as session:
        rows = await session.execute(select(OutboxMail.kind, OutboxMail.to_address).order_by(OutboxMail.id))
        return [(kind, address) for kind, address in rows]


def only(kind: str, told: list[tuple[str, str]]) -> list[str]:
    return [address for one, address in told if one == kind]

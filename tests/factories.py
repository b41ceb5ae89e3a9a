"""Makes valid things by default, without surprises: invented people and their cases."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases import handling
from casework.cases import service as cases
from casework.cases.models import Case
from casework.desk import Desk
from casework.messages.models import Channel, MessageKind
from casework.messages.service import Words
from casework.people import importing, store
from casework.people.models import Actor

HEADING = ",".join(importing.COLUMNS)
PEOPLE = f"""{HEADING}
E100,,An,Peeters,an.peeters@health.example;an@home.example,nl,FOD Gezondheid,contractual,employee,,,
E101,,Luc,Martin,luc.martin@health.example,fr,FOD Gezondheid,statutory,employee,,,
E102,,Greta,Vogel,greta.vogel@justice.example,de,FOD Justitie,contractual,employee,,,
H200,,Hanne,Claes,hanne.claes@balie.example,nl,Balie,statutory,employee;handler,Dossierbeheer,,
H201,,Omar,Diallo,omar.diallo@balie.example,fr,Balie,contractual,employee;handler,Dossierbeheer,,
A300,,Ada,Bakker,ada.bakker@balie.example,en,Balie,statutory,employee;admin;payroll,,,
"""


@dataclass(frozen=True)
class Cast:
    """The people of a test, as actors."""

    an: Actor
    luc: Actor
    greta: Actor
    hanne: Actor
    omar: Actor
    ada: Actor


async def bring_people(session: AsyncSession, text: str = PEOPLE) -> None:
    """Import people; the file must be good."""
    rows, problems = importing.read_people(text)
    assert problems == []
    await importing.import_people(session, rows, datetime(2026, 9, 1, tzinfo=UTC))


async def make_cast(session: AsyncSession) -> Cast:
    """Import the people of a test and return them."""
    await bring_people(session)
    actors = []
    for address in (
        "an.peeters@health.example", "luc.martin@health.example", "greta.vogel@justice.example",
        "hanne.claes@balie.example", "omar.diallo@balie.example", "ada.bakker@balie.example",
    ):  # fmt: skip
        person = await store.person_by_address(session, address)
        assert person is not None
        actors.append(await store.actor(session, person.id))
    return Cast(*actors)


async def make_case(
    session: AsyncSession, desk: Desk, requester: Actor, *, text: str = "How many days do I have left?"
) -> Case:
    """Open a case as a mail would."""
    words = Words(text=text, channel=Channel.MAIL, mail_message_id="<first@health.example>")
    return await cases.open_case(session, desk, requester, cases.Request(subject="My leave", words=words))


async def close_case(
    session: AsyncSession,
    desk: Desk,
    cast: Cast,
    form: str,
    answers: Mapping[str, str],
    requester: Actor | None = None,
) -> Case:
    """Open a case of An, or of whoever asks, put it on a form, answer it and have the answer accepted."""
    who = requester or cast.an
    case = await make_case(session, desk, who)
    await handling.classify(session, desk, case, cast.hanne, form, answers, Channel.WEB)
    words = Words(text="Done.", channel=Channel.WEB)
    await handling.write_to_requester(session, desk, case, cast.hanne, words, kind=MessageKind.ANSWER)
    await cases.decide(session, desk, case, who, accepted=True, comment="", channel=Channel.WEB)
    return case

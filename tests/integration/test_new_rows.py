"""A row that is put has its id at once while all else waits; on SQLite and on PostgreSQL."""

from datetime import UTC, datetime

from factories import make_case, make_cast
from sqlalchemy import select

from casework import new_rows
from casework.cases.models import Case, CaseLink, Status
from casework.db import Database
from casework.desk import Desk
from casework.outbox import service as outbox
from casework.outbox.models import OutboxMail

AT = datetime(2026, 9, 1, 8, tzinfo=UTC)


def _case(number: str, requester_id: int, organisation_id: int, desk: Desk) -> Case:
    return Case(
        number=number, subject="Leave", requester_id=requester_id, organisation_id=organisation_id, channel="mail",
        opened_at=desk.clock.now(),
    )  # fmt: skip


async def test_a_row_that_is_put_knows_its_id_and_its_defaults_and_is_the_sessions_own(
    database: Database, desk: Desk
) -> None:
    async with database.transaction() as session:
        cast = await make_cast(session)
        case = _case("HRB0000700", cast.an.person_id or 0, cast.an.organisation_id or 0, desk)
        await new_rows.put(session, case)
        known = (case.status, case.fields, case.version, case.closed_at, case in session.dirty)
        was_put = [new_rows.was_put(session, "cases", one) for one in (case.id, case.id + 1, None)]
        case.subject = "Leave of this year"

    async with database.reading() as session:
        kept = (await session.execute(select(Case).where(Case.id == case.id))).scalar_one()
    assert known == (Status.OPEN, {}, 1, None, False)
    assert was_put == [True, False, False]
    assert (kept.number, kept.subject, kept.version, kept.opened_at) == (
        "HRB0000700", "Leave of this year", 2, desk.clock.now(),
    )  # fmt: skip


async def test_a_row_that_is_put_brings_out_nothing_else(database: Database, desk: Desk) -> None:
    async with database.transaction() as session:
        cast = await make_cast(session)
        first = await make_case(session, desk, cast.an)
        await session.flush()
        link = CaseLink(case_id=first.id, earlier_id=first.id)
        session.add(link)
        await new_rows.put(session, _case("HRB0000700", first.requester_id, first.organisation_id, desk))
        still_waits = link in session.new

    async with database.reading() as session:
        links = (await session.execute(select(CaseLink.case_id))).scalars().all()
    assert (still_waits, links) == (True, [first.id])


async def test_what_is_put_within_a_savepoint_is_lost_with_it(database: Database, desk: Desk) -> None:
    async with database.transaction() as session:
        cast = await make_cast(session)
        requester = (cast.an.person_id or 0, cast.an.organisation_id or 0)
        await new_rows.put(session, _case("HRB0000701", *requester, desk))
        savepoint = await session.begin_nested()
        await new_rows.put(session, _case("HRB0000702", *requester, desk))
        await savepoint.rollback()
        await new_rows.put(session, _case("HRB0000703", *requester, desk))

    async with database.reading() as session:
        numbers = (await session.execute(select(Case.number).order_by(Case.id))).scalars().all()
    assert numbers == ["HRB0000701", "HRB0000703"]


async def test_rows_that_are_put_together_stand_in_their_order_with_their_defaults(
    database: Database, desk: Desk
) -> None:
    async with database.transaction() as session:
        cast = await make_cast(session)
        first = await make_case(session, desk, cast.an)
        await session.flush()
        for number in range(3):
            links = {"case_id": first.id, "text": str(number), "html": "", "subject": "", "kind": "update"}
            session.add(OutboxMail(to_address="x@y.example", created_at=AT, due_at=AT, **links))
        await new_rows.put_together(session, OutboxMail)
        waits = [one for one in session.new if isinstance(one, OutboxMail)]

    async with database.reading() as session:
        mails = [one for one in await outbox.all_mails(session) if one.to_address == "x@y.example"]
    assert waits == []
    assert [(mail.text, mail.state, mail.attempts, mail.sent_at) for mail in mails] == [
        ("0", "queued", 0, None), ("1", "queued", 0, None), ("2", "queued", 0, None),
    ]  # fmt: skip

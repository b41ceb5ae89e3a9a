"""However a loop begins, the desk stops writing to one address about one case; nothing else is slowed down by that."""

from datetime import timedelta

import factories
import pytest

from casework.cases import service as cases
from casework.cases import store as case_store
from casework.clock import SettableClock
from casework.db import Database
from casework.desk import Desk
from casework.messages import store as messages
from casework.messages.models import Channel, EventKind
from casework.messages.service import Words
from casework.outbox import service as outbox
from casework.outbox.ceilings import CEILINGS
from casework.outbox.models import OutboxMail, OutboxState
from casework.people import store as people

HANNE = "hanne.claes@balie.example"
only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def _states(database: Database, address: str) -> list[str]:
    return [mail.state for mail in await _mails(database, address)]


async def _mails(database: Database, address: str) -> list[OutboxMail]:
    async with database.reading() as session:
        return [mail for mail in await outbox.all_mails(session) if mail.to_address == address]


async def _writes(database: Database, desk: Desk, number: int, times: int) -> None:
    """Have An write on her case, so that each handler gets a mail each time."""
    async with database.transaction() as session:
        case = await case_store.by_id(session, number)
        an = await people.actor(session, case.requester_id)
        for count in range(times):
            await cases.add_message(session, desk, case, an, Words(f"and {count}", Channel.MAIL))


@pytest.fixture
async def opened(database: Database, desk: Desk) -> None:
    async with database.transaction() as session:
        cast = await factories.make_cast(session)
        await factories.make_case(session, desk, cast.an)
        await factories.make_case(session, desk, cast.an)


async def test_eleventh_mail_within_ten_minutes_is_held_with_its_reason(database: Database, desk: Desk, opened: None):
    await _writes(database, desk, 1, 12)

    first = [mail for mail in await _mails(database, HANNE) if mail.case_id == 1]
    assert [mail.state for mail in first] == [OutboxState.QUEUED] * 10 + [OutboxState.HELD] * 3
    assert {mail.reason for mail in first} == {
        None, "10 mails went to this address about this case within 10 minutes",
    }  # fmt: skip
    async with database.transaction() as session:
        claimed = await outbox.claim(session, owner="w", now=desk.clock.now(), limit=100)
        assert {mail.state for mail in claimed} == {OutboxState.SENDING}


@only_sqlite
async def test_other_case_and_other_recipient_are_not_slowed_down(database: Database, desk: Desk, opened: None):
    await _writes(database, desk, 1, 12)
    await _writes(database, desk, 2, 5)

    assert [mail.state for mail in await _mails(database, HANNE) if mail.case_id == 2] == [OutboxState.QUEUED] * 6
    assert await _states(database, "an.peeters@health.example") == [OutboxState.QUEUED] * 2


@only_sqlite
async def test_handler_with_many_cases_gets_every_mail(database: Database, desk: Desk):
    async with database.transaction() as session:
        cast = await factories.make_cast(session)
        for _ in range(60):
            await factories.make_case(session, desk, cast.an)

    assert set(await _states(database, HANNE)) == {OutboxState.QUEUED}
    assert await _states(database, "an.peeters@health.example") == [OutboxState.QUEUED] * 60


@only_sqlite
async def test_flood_is_told_once_to_handlers_and_never_to_the_requester(database: Database, desk: Desk, opened: None):
    await _writes(database, desk, 1, 14)

    async with database.reading() as session:
        seen = await messages.timeline(session, 1, with_notes=True)
        public = await messages.timeline(session, 1, with_notes=False)
    held = [entry.data for entry in seen if entry.kind is EventKind.MAIL_HELD]
    assert held == [
        {"address": HANNE, "reason": "too_many"},
        {"address": "omar.diallo@balie.example", "reason": "too_many"},
    ]
    assert [entry.kind for entry in public if entry.kind is EventKind.MAIL_HELD] == []


@only_sqlite
async def test_steady_stream_stays_below_every_ceiling_in_every_span(
    database: Database, desk: Desk, clock: SettableClock, opened: None
):
    for _ in range(150):
        await _writes(database, desk, 1, 1)
        clock.advance(timedelta(minutes=1))

    mails = [mail for mail in await _mails(database, HANNE) if mail.case_id == 1]
    left = [mail.created_at for mail in mails if mail.state != OutboxState.HELD]
    for most, span in CEILINGS:
        assert max(sum(at <= other < at + span for other in left) for at in left) <= most
    assert len(left) >= 40


@only_sqlite
async def test_after_the_span_mails_leave_again(database: Database, desk: Desk, clock: SettableClock, opened: None):
    await _writes(database, desk, 1, 10)
    clock.advance(timedelta(minutes=10))
    await _writes(database, desk, 1, 1)

    states = [mail.state for mail in await _mails(database, HANNE) if mail.case_id == 1]
    assert states == [OutboxState.QUEUED] * 10 + [OutboxState.HELD, OutboxState.QUEUED]

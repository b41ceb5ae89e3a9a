"""The turns of the schedule: approvals move, answers are followed up, overdue cases told; a fault stops no other."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import hierarchy
import pytest
from factories import make_case
from hierarchy import file_reduction, mails, only
from sqlalchemy import update

from casework.clock import SettableClock
from casework.people.models import EmailAddress, Person
from runtime import schema, wiring
from runtime.schedule import Schedule
from runtime.settings import Settings


@pytest.fixture
async def house(tmp_path: Path):
    settings = Settings(data_dir=tmp_path, database_url=f"sqlite+aiosqlite:///{tmp_path / 'balie.db'}")
    built = wiring.build(settings, SettableClock(datetime(2026, 9, 15, 8, tzinfo=UTC)))
    await schema.upgrade(built.database)
    yield built
    await built.database.close()


async def test_each_turn_does_what_is_due_and_one_that_breaks_stops_no_other(house):
    async with house.database.transaction() as session:
        staff = await hierarchy.bring_staff(session)
        first = await file_reduction(session, house.desk, staff.an)
        await file_reduction(session, house.desk, staff.ine)
        await make_case(session, house.desk, staff.lou)
        sam = staff.sam.person_id
        await session.execute(update(Person).where(Person.id == staff.ine.person_id).values(manager_id=sam))
        # An's new manager has no address to write to, which nothing in the desk can make happen.
        await session.execute(
            update(Person).where(Person.id == staff.an.person_id).values(manager_id=staff.ada.person_id)
        )
        await session.execute(
            update(EmailAddress).where(EmailAddress.person_id == staff.ada.person_id).values(is_primary=False)
        )
    schedule = Schedule(house)
    await schedule.reroute_approvals()
    house.clock.advance(timedelta(days=20))
    await schedule.follow_up_answers()
    await schedule.escalate()
    await schedule.escalate()

    told = await mails(house.database)
    assert only("approval_request", told) == ["mia@health.example", "mia@health.example", "sam@health.example"]
    assert sorted(only("overdue", told)) == ["hanne@balie.example", "omar@balie.example"]
    assert [one.state for one in await hierarchy.approvals_of(house.database, first)] == ["open"]

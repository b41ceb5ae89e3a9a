"""By when a case is to be answered, whose time has passed, and that its handlers are told once."""

import asyncio
from datetime import UTC, date, datetime, time, timedelta

import hierarchy
import pytest
from factories import make_case
from hierarchy import Staff, file_reduction, mails, only
from hypothesis import given, settings
from hypothesis import strategies as st

from casework.approvals import service as approvals
from casework.calendars.models import ClosedDay, OpeningHours
from casework.calendars.working_time import WorkingCalendar
from casework.cases import handling, store
from casework.cases.models import Status
from casework.catalogue.errors import CatalogueError
from casework.messages.models import Channel, EventKind, MessageKind
from casework.messages.service import Words
from casework.people import organisations
from casework.service_levels import levels, running, service
from casework.service_levels.running import Happening, Whose

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
ORDINARY = WorkingCalendar()
OPENED = datetime(2026, 9, 14, 6, tzinfo=UTC)  # Monday, eight o'clock in Belgium
DAY = ORDINARY.day


def at(day: int, hour: int) -> datetime:
    return datetime(2026, 9, day, hour, tzinfo=UTC)


def test_the_clock_of_the_desk_stands_still_while_somebody_else_has_to_act():
    happenings = [
        Happening(at(14, 9), EventKind.STATUS, Status.AWAITING_INFO),  # three hours of the desk
        Happening(at(15, 9), EventKind.STATUS, Status.WORK_IN_PROGRESS),  # a day of the requester
        Happening(at(15, 11), EventKind.APPROVAL_ASKED),  # two hours of the desk
        Happening(at(15, 14), EventKind.APPROVAL_GIVEN),  # three hours of the approver
    ]
    stands = running.stand(OPENED, happenings, at(15, 15), ORDINARY, DAY)

    hours = {whose.value: spent / timedelta(hours=1) for whose, spent in stands.spent.items()}
    assert hours == {"desk": 6, "requester": 9, "approver": 3, "nobody": 0, "adviser": 0}
    # Nine hours were promised and five were used before it went on at 14:00: four remain, one of which is on Tuesday.
    assert (stands.whose, stands.due_at, stands.left) == (Whose.DESK, at(16, 9), timedelta(hours=3))


@pytest.mark.parametrize(
    ("happening", "whose"),
    [
        (Happening(at(14, 9), EventKind.STATUS, Status.AWAITING_INFO), Whose.REQUESTER),
        (Happening(at(14, 9), EventKind.APPROVAL_ASKED), Whose.APPROVER),
        (Happening(at(14, 9), EventKind.STATUS, Status.AWAITING_ACCEPTANCE), Whose.NOBODY),
    ],
)
def test_there_is_no_day_to_name_while_the_clock_stands_still(happening, whose):
    stands = running.stand(OPENED, [happening], at(30, 9), ORDINARY, DAY)

    assert (stands.whose, stands.due_at, stands.is_overdue) == (whose, None, False)


STEPS = st.lists(
    st.tuples(
        st.timedeltas(timedelta(), timedelta(days=4)),
        st.sampled_from(
            [
                (EventKind.STATUS, Status.AWAITING_INFO), (EventKind.STATUS, Status.WORK_IN_PROGRESS),
                (EventKind.STATUS, Status.AWAITING_ACCEPTANCE), (EventKind.APPROVAL_ASKED, ""),
                (EventKind.APPROVAL_GIVEN, ""), (EventKind.APPROVAL_REFUSED, ""),
            ]
        ),
    ),
    max_size=8,
)  # fmt: skip


@settings(deadline=None)
@given(STEPS, st.timedeltas(timedelta(), timedelta(days=9)))
def test_every_working_hour_is_somebodys_and_only_once(steps, rest):
    moment, happenings = OPENED, []
    for after, (kind, to) in steps:
        moment += after
        happenings.append(Happening(moment, kind, to))
    stands = running.stand(OPENED, happenings, moment + rest, ORDINARY, 3 * DAY)

    assert sum(stands.spent.values(), timedelta()) == ORDINARY.hours_between(OPENED, moment + rest)
    assert stands.left == 3 * DAY - stands.spent[Whose.DESK]
    if stands.due_at is not None:
        assert (stands.due_at < moment + rest) is stands.is_overdue or ORDINARY.hours_between(
            stands.due_at, moment + rest
        ) == timedelta()


async def standing(database, desk, case):
    async with database.reading() as session:
        return await service.standing(session, desk, await store.by_id(session, case.id))


@only_sqlite
async def test_a_case_is_due_by_the_calendar_of_its_organisation_and_of_those_above_it(database, desk, cast):
    async with database.transaction() as session:
        case = await make_case(session, desk, cast.an)
    assert (await standing(database, desk, case)).due_at == datetime(2026, 9, 29, 8, tzinfo=UTC)

    async with database.transaction() as session:
        await organisations.put_below(session, "FOD Gezondheid", "Balie")
        above = cast.hanne.organisation_id
        session.add(ClosedDay(organisation_id=above, on=date(2026, 9, 16), name="In lieu"))
        own = cast.an.organisation_id
        session.add(OpeningHours(organisation_id=own, opens="10:00", closes="12:00", weekdays="12345"))
    assert (await standing(database, desk, case)).due_at == datetime(2026, 9, 29, 10, tzinfo=UTC)


@only_sqlite
async def test_waiting_for_an_approver_and_for_information_is_counted_to_them(database, desk, clock):
    async with database.transaction() as session:
        staff: Staff = await hierarchy.bring_staff(session)
        case = await file_reduction(session, desk, staff.an)
    clock.advance(timedelta(days=1))
    stands = await standing(database, desk, case)
    assert (stands.whose, stands.spent[Whose.APPROVER], stands.spent[Whose.DESK]) == (Whose.APPROVER, DAY, timedelta())

    [one] = await hierarchy.approvals_of(database, case)
    async with database.transaction() as session:
        await approvals.decide(session, desk, one.id, staff.mia, approved=True, reason="", channel=Channel.WEB)
        found = await store.by_id(session, case.id)
        question = Words("Which days?", Channel.WEB)
        await handling.write_to_requester(session, desk, found, staff.hanne, question, kind=MessageKind.QUESTION)
    clock.advance(timedelta(days=1))
    stands = await standing(database, desk, case)
    assert (stands.whose, stands.spent[Whose.REQUESTER]) == (Whose.REQUESTER, DAY)


async def test_an_overdue_case_is_told_once_whoever_looks(database, desk, clock, cast):
    async with database.transaction() as session:
        case = await make_case(session, desk, cast.an)

    async def look():
        async with database.reading() as session:
            found = await service.to_look_at(session)
        for one in found:
            async with database.transaction() as session:
                await service.escalate(session, desk, one)

    await look()
    assert only("overdue", await mails(database)) == []
    clock.advance(timedelta(days=15))
    await asyncio.gather(look(), look(), look())
    await look()

    assert sorted(only("overdue", await mails(database))) == ["hanne.claes@balie.example", "omar.diallo@balie.example"]
    assert (await standing(database, desk, case)).is_overdue


@pytest.mark.parametrize(
    ("now", "month", "at_"),
    [
        (datetime(2026, 5, 18, 9, 59, tzinfo=UTC), date(2026, 5, 1), datetime(2026, 5, 18, 10, tzinfo=UTC)),
        (datetime(2026, 5, 18, 10, 0, tzinfo=UTC), date(2026, 6, 1), datetime(2026, 6, 18, 10, tzinfo=UTC)),
        # 18 July and 18 October 2026 are in a weekend: the Friday before it.
        (datetime(2026, 7, 1, tzinfo=UTC), date(2026, 7, 1), datetime(2026, 7, 17, 10, tzinfo=UTC)),
        (datetime(2026, 12, 31, 23, 30, tzinfo=UTC), date(2027, 1, 1), datetime(2027, 1, 18, 11, tzinfo=UTC)),
    ],
)
def test_the_cutoff_of_payroll_is_the_next_one_on_a_working_day(now, month, at_):
    found = levels.packaged().next_cutoff(now, ORDINARY)

    assert (found.month_on, found.at) == (month, at_)


def test_every_promise_that_is_packaged_is_about_a_form(desk):
    known = {form.key for form in desk.catalogue.forms}

    assert set(levels.packaged().by_form) <= known


GOOD = """default: {days: 10}
forms:
  household: {days: 5, opens: "07:00", closes: "12:00"}
payroll_cutoff: {day: 18, at: "12:00"}
"""


def test_a_form_may_have_hours_of_its_own():
    level = levels.load(GOOD, "levels.yaml").of_form("household")

    assert level.calendar(ORDINARY) == WorkingCalendar(opens=time(7), closes=time(12))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("days: 10", "days: 0"), ("days: 10", "days: 1.5"), ("days: 10", "weeks: 2"),
        ('closes: "12:00"', 'closes: "06:00"'),
        (', closes: "12:00"', ""), ("day: 18", "day: 31"), ('at: "12:00"', 'at: "noon"'), ("default", "other"),
    ],
)  # fmt: skip
def test_a_promise_that_cannot_be_kept_is_refused_with_its_line(old, new):
    with pytest.raises(CatalogueError, match=r"levels\.yaml"):
        levels.load(GOOD.replace(old, new, 1), "levels.yaml")

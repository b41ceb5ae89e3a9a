"""Nobody says yes or no: two reminders, a closing, a window in which one can come back, and payroll only after it."""

import asyncio
from datetime import UTC, date, datetime, timedelta

import pytest
from mail_story import AN, SECRET, Story
from mailroom import Bench, letter, mail_settings
from sqlalchemy import select

from casework.calendars.models import ClosedDay
from casework.cases import handling, store, unanswered
from casework.cases import service as cases
from casework.cases.models import Case
from casework.errors import NotFound, TransitionNotAllowed
from casework.messages import store as messages
from casework.messages.models import Channel, MessageKind
from casework.messages.service import Words
from casework.outbox.models import MailKind, OutboxMail
from payroll.effects import store as effects

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
LATER = datetime(2030, 1, 1, tzinfo=UTC)


@pytest.fixture
async def case(database, desk, cast) -> Case:
    """A case about pay, answered on Tuesday 15 September 2026."""
    async with database.transaction() as session:
        fields = {"kind": "change", "effective": "2026-09-01", "children": 2}
        words = Words("We are four now.", Channel.WEB)
        request = cases.Request(subject="Household", words=words, form_key="household", fields=fields)
        case = await cases.open_case(session, desk, cast.an, request)
        answer = Words("It is done.", Channel.WEB)
        await handling.write_to_requester(session, desk, case, cast.hanne, answer, kind=MessageKind.ANSWER)
        return case


async def follow_up(database, desk):
    async with database.reading() as session:
        waiting = await unanswered.waiting(session)
    for one in waiting:
        async with database.transaction() as session:
            await unanswered.follow_up(session, desk, one)


async def days_pass(database, desk, clock, count):
    """Let days go by, and look several times on each."""
    for _ in range(count):
        clock.advance(timedelta(days=1))
        await follow_up(database, desk)
        await follow_up(database, desk)


async def told(database) -> list[tuple[str, date]]:
    """Return each mail to An since the answer, and the day on which it was written."""
    async with database.reading() as session:
        query = select(OutboxMail).where(OutboxMail.to_address == AN).order_by(OutboxMail.id)
        mails = (await session.execute(query)).scalars().all()
    return [(mail.kind, mail.created_at.date()) for mail in mails if mail.kind not in {"summary", "link"}]


async def now_is(database, case) -> Case:
    async with database.reading() as session:
        return await store.by_id(session, case.id)


async def due_for_payroll(database, clock) -> list[int]:
    async with database.reading() as session:
        return list(
            await effects.due(
                session, forms_without_effect=[], mapped=["tax_status"], tried_before=LATER, now=clock.now()
            )
        )


async def test_two_reminders_a_closing_and_a_window_each_on_its_working_day(database, desk, clock, cast, case):
    await days_pass(database, desk, clock, 20)

    # From Tuesday 15 September: the 4th, the 8th and the day after the 10th working day.
    assert await told(database) == [
        ("reminder", date(2026, 9, 21)), ("reminder", date(2026, 9, 25)), ("closed_unanswered", date(2026, 9, 30)),
    ]  # fmt: skip
    found = await now_is(database, case)
    # Ten working days from 30 September: up to and including 14 October, Belgian time.
    assert (found.status.value, found.final_at) == ("closed_complete", datetime(2026, 10, 14, 22, tzinfo=UTC))
    async with database.reading() as session:
        last = (await messages.timeline(session, case.id, with_notes=False))[-1]
    assert last.data["final_at"] == "2026-10-15T00:00:00+02:00"


@only_sqlite
async def test_a_bridge_day_of_the_organisation_puts_everything_off_by_a_day(database, desk, clock, cast, case):
    async with database.transaction() as session:
        session.add(ClosedDay(organisation_id=cast.an.organisation_id, on=date(2026, 9, 18), name="Bridge day"))
    await days_pass(database, desk, clock, 20)

    assert [on for _, on in await told(database)] == [date(2026, 9, 22), date(2026, 9, 28), date(2026, 10, 1)]


@only_sqlite
async def test_a_reminder_holds_neither_the_answer_nor_a_name(database, desk, clock, cast, case):
    await days_pass(database, desk, clock, 20)

    async with database.reading() as session:
        query = select(OutboxMail).where(OutboxMail.kind.in_([MailKind.REMINDER, MailKind.CLOSED_UNANSWERED]))
        for mail in (await session.execute(query)).scalars():
            everything = mail.subject + mail.text + mail.html
            assert [word for word in ("It is done", "An", "Peeters", "Household") if word in everything.split()] == []
            assert "It is done" not in everything


@only_sqlite
async def test_a_second_answer_starts_the_count_anew(database, desk, clock, cast, case):
    await days_pass(database, desk, clock, 7)
    async with database.transaction() as session:
        found = await store.by_id(session, case.id)
        again = Words("Corrected.", Channel.WEB)
        await handling.write_to_requester(session, desk, found, cast.hanne, again, kind=MessageKind.ANSWER)
    await days_pass(database, desk, clock, 9)

    assert [kind for kind, _ in await told(database)] == ["reminder", "reminder"]
    assert not (await now_is(database, case)).is_closed


async def test_payroll_takes_it_only_once_the_window_is_over(database, desk, clock, cast, case):
    await days_pass(database, desk, clock, 15)
    assert (await now_is(database, case)).is_closed
    assert await due_for_payroll(database, clock) == []

    clock.at = datetime(2026, 10, 14, 21, 59, tzinfo=UTC)
    assert await due_for_payroll(database, clock) == []
    clock.at = datetime(2026, 10, 14, 22, 0, tzinfo=UTC)
    assert await due_for_payroll(database, clock) == [case.id]


async def come_back(database, desk, case, actor, comment="Not so"):
    async with database.transaction() as session:
        found = await store.by_id(session, case.id)
        await unanswered.come_back(session, desk, found, actor, comment=comment, channel=Channel.WEB)


async def test_the_requester_comes_back_within_the_window_and_payroll_sees_nothing(database, desk, clock, cast, case):
    await days_pass(database, desk, clock, 16)
    await come_back(database, desk, case, cast.an)

    found = await now_is(database, case)
    assert (found.status.value, found.final_at, found.closed_at) == ("work_in_progress", None, None)
    clock.at = LATER
    assert await due_for_payroll(database, clock) == []


@only_sqlite
async def test_nobody_comes_back_after_the_window_or_for_somebody_else(database, desk, clock, cast, case):
    await days_pass(database, desk, clock, 16)
    with pytest.raises(NotFound):
        await come_back(database, desk, case, cast.luc)
    clock.at = datetime(2026, 10, 14, 22, tzinfo=UTC)
    with pytest.raises(TransitionNotAllowed):
        await come_back(database, desk, case, cast.an)


@only_sqlite
async def test_an_accepted_case_cannot_be_opened_again(database, desk, clock, cast, case):
    async with database.transaction() as session:
        found = await store.by_id(session, case.id)
        await cases.decide(session, desk, found, cast.an, accepted=True, comment="", channel=Channel.WEB)

    with pytest.raises(TransitionNotAllowed):
        await come_back(database, desk, case, cast.an)
    assert await due_for_payroll(database, clock) == [case.id]


async def test_several_processes_remind_and_close_once(database, desk, clock, cast, case):
    clock.advance(timedelta(days=6))
    await asyncio.gather(*(follow_up(database, desk) for _ in range(4)))
    clock.advance(timedelta(days=30))
    await asyncio.gather(*(follow_up(database, desk) for _ in range(4)))

    assert [kind for kind, _ in await told(database)] == ["reminder", "closed_unanswered"]


@pytest.fixture
def story(database, desk, cast, tmp_path) -> Story:
    return Story(Bench(database, desk, mail_settings(tmp_path, SECRET)))


@only_sqlite
@pytest.mark.parametrize(
    ("words", "status", "last"),
    [
        ("Nee\nHet klopt niet", "work_in_progress", "reopened"),
        ("Ja", "closed_complete", "accepted"),
        ("Wait, I have a question", "work_in_progress", "message"),
    ],
)
async def test_a_reply_to_the_closing_comes_back_or_agrees(
    story, database, desk, clock, cast, case, words, status, last
):
    await days_pass(database, desk, clock, 16)
    to = await story.reply_address(MailKind.CLOSED_UNANSWERED, AN)
    await story.arrives(letter(AN, words), mail_from=AN, to=to)

    found = await now_is(database, case)
    assert (found.status.value, len(await story.cases())) == (status, 1)
    assert [kind for kind, _, _ in await story.timeline(case.number)][-1] == last
    # A yes makes it final at once; after a no payroll has nothing to take.
    assert await due_for_payroll(database, clock) == ([case.id] if words == "Ja" else [])


@only_sqlite
async def test_a_reply_after_the_window_opens_a_new_case(story, database, desk, clock, cast, case):
    await days_pass(database, desk, clock, 16)
    to = await story.reply_address(MailKind.CLOSED_UNANSWERED, AN)
    clock.at = datetime(2026, 10, 15, 8, tzinfo=UTC)
    await story.arrives(letter(AN, "Nee"), mail_from=AN, to=to)

    assert [one.number for one in await story.cases()] == ["HRB0000001", "HRB0000002"]
    assert (await now_is(database, case)).is_closed

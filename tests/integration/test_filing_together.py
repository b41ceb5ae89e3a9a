"""Mails that are filed in one transaction must not show it: each sees what those before it did."""

from pathlib import Path

import factories
import pytest
from mail_story import AN, SECRET, Story
from mailroom import Bench, letter, mail_settings
from sqlalchemy import update

from casework.db import Database
from casework.desk import Desk
from casework.outbox.models import MailKind, OutboxState
from casework.people import store as people
from casework.people.models import Person
from mail_gateway.store import MailState


@pytest.fixture
async def story(database: Database, desk: Desk, tmp_path: Path) -> Story:
    async with database.transaction() as session:
        await factories.bring_people(session)
    return Story(Bench(database, desk, mail_settings(tmp_path, SECRET)))


async def test_two_questions_of_one_person_are_two_cases_with_a_summary_each(story: Story):
    await story.bench.receive(letter(AN, "One", subject="One"))
    await story.bench.receive(letter(AN, "Two", subject="Two"))
    await story.bench.work()

    assert [(case.number, case.subject) for case in await story.cases()] == [
        ("HRB0000001", "One"), ("HRB0000002", "Two"),
    ]  # fmt: skip
    assert [mail.to_address for mail in await story.told(MailKind.SUMMARY)] == [AN, AN]


async def test_answer_to_a_mail_that_is_filed_with_it_joins_its_case(story: Story):
    await story.bench.receive(letter(AN, "A question", subject="Leave", message_id="first@health.example"))
    await story.bench.receive(
        letter(AN, "I forgot something", subject="Re: Leave", in_reply_to="<first@health.example>")
    )
    await story.bench.work()

    [case] = await story.cases()
    assert [(mail.state, mail.case_id) for mail in await story.bench.mails()] == [(MailState.PROCESSED, case.id)] * 2
    assert len(await story.told(MailKind.SUMMARY)) == 1


async def test_flood_that_is_filed_together_meets_the_ceiling_of_its_case(story: Story):
    await story.arrives(letter(AN, "A question", subject="Leave", message_id="first@health.example"))
    for number in range(12):
        await story.bench.receive(
            letter(AN, f"More: {number}", subject="Re: Leave", in_reply_to="<first@health.example>")
        )
    await story.bench.work()

    handlers = {mail.to_address for mail in await story.told(MailKind.UPDATE)}
    for handler in handlers:
        states = [mail.state for mail in await story.told() if mail.to_address == handler]
        assert (states.count(OutboxState.QUEUED), states.count(OutboxState.HELD)) == (10, 3)
    assert handlers


async def test_person_who_changed_between_two_groups_is_written_to_in_the_new_language(story: Story):
    await story.arrives(letter(AN, "One", subject="One"))
    async with story.bench.database.transaction() as session:
        an = await people.person_by_address(session, AN)
        assert an is not None
        await session.execute(update(Person).where(Person.id == an.id).values(language="de"))
    await story.arrives(letter(AN, "Two", subject="Two"))

    before, after = await story.told(MailKind.SUMMARY)
    assert "Guten Tag" not in before.text
    assert "Guten Tag" in after.text


async def test_session_that_remembers_asks_for_each_person_once_and_another_asks_again(story: Story):
    async with story.bench.database.transaction() as session:
        people.remember(session)
        first = await people.person_by_address(session, AN)
        assert first is not None
        await session.execute(update(Person).where(Person.id == first.id).values(active=False))
        assert await people.person_by_address(session, f" {AN.upper()} ") is first
    async with story.bench.database.reading() as session:
        assert await people.person_by_address(session, AN) is None

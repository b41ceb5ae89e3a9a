"""Mails that are filed in one transaction come out as if each had come alone, in their order."""

import asyncio
import logging
import random
from email.message import EmailMessage

import factories
import pytest
from mail_story import AN, HANNE, LUC, OMAR, STRANGER, Story
from mailroom import letter
from sqlalchemy import insert, text

from casework.audit.chain import BEGINNING
from casework.audit.models import AuditHead
from casework.db import Base, Database
from casework.outbox.models import MailKind
from mail_gateway.store import MailState


def with_file(mail: EmailMessage) -> EmailMessage:
    mail.add_attachment(b"the same bytes", maintype="text", subtype="plain", filename="note.txt")
    return mail


async def eight_at_once(story: Story) -> list[tuple[EmailMessage, str]]:
    """Two cases exist; what follows comes at once, and all of it has to do with each other."""
    await story.arrives(letter(AN, "How many days do I have left?", message_id="q1@health.example"))
    await story.arrives(letter(LUC, "When do I get my payslip?", message_id="q2@health.example"))
    first, second = [mail.case_id for mail in await story.told(MailKind.SUMMARY)]
    to = {
        (mail.case_id, mail.to_address): story.reply_address_of(mail)
        for mail in await story.told()
        if mail.case_id in {first, second}
    }
    desk = "hr@balie.example"
    return [
        (letter(HANNE, "#mine\n\nTwelve days.", subject="Re: a"), to[first, HANNE]),
        (letter(AN, "And next year, how many then?", subject="Re: a", message_id="q3@health.example"), to[first, AN]),
        (letter(OMAR, "#mine\n\nI take this one over.", subject="Re: a"), to[first, OMAR]),
        (with_file(letter(AN, "A new question of mine", subject="New", message_id="n1@health.example")), desk),
        (with_file(letter(AN, "It goes on", subject="Re: New", In_Reply_To="<n1@health.example>")), desk),
        (letter(AN, "Another text with that Message-ID", subject="New", message_id="n1@health.example"), desk),
        (letter(STRANGER, "Who are you, dear desk?"), desk),
        (letter(STRANGER, "I ask again, who are you?"), desk),
        (letter(OMAR, "#note\nOnly for us, about Luc.", subject="Re: b"), to[second, OMAR]),
        (letter(HANNE, "#nonsense\nwords", subject="Re: b"), to[second, HANNE]),
        (letter(LUC, "Thank you for your help with this.", subject="Re: b", Cc=AN), to[second, LUC]),
        (letter(LUC, "Thank you for your help with this.", subject="Re: b", Cc=AN), to[second, LUC]),
        (letter(AN, "I write to an address of Luc", subject="Re: b"), to[second, LUC]),
        (letter(HANNE, "Twelve days.", subject="Re: a"), to[first, HANNE]),
    ]


async def what_became(story: Story) -> list[object]:
    cases = await story.cases()
    return [
        [(case.number, case.subject, case.status, case.handler_id, case.requester_id) for case in cases],
        [await story.timeline(case.number) for case in cases],
        [(mail.kind, mail.to_address, mail.case_id, mail.state) for mail in await story.told()],
        [(mail.state, mail.reason, mail.case_id, mail.trust) for mail in await story.bench.mails()],
    ]


async def test_groups_of_several_workers_that_cross_each_other_lose_nothing(
    story: Story, caplog: pytest.LogCaptureFixture
):
    """Some would wait for the next number while they hold a case, others the other way round."""
    caplog.set_level(logging.INFO, "mail_gateway")
    await story.arrives(letter(AN, "How many days do I have left?", message_id="q1@health.example"))
    to = {mail.to_address: story.reply_address_of(mail) for mail in await story.told()}
    for number in range(12):
        names = [f"{kind}{number}@health.example" for kind in "nah"]
        await story.bench.receive(letter(AN, f"Question {number}", subject="New", message_id=names[0]))
        await story.bench.receive(letter(AN, f"More {number}", message_id=names[1]), rcpt_tos=(to[AN],))
        note = letter(HANNE, f"#note\nNote {number}", message_id=names[2])
        await story.bench.receive(note, rcpt_tos=(to[HANNE],))
    workers = [story.bench.intake(owner=f"w{number}") for number in range(3)]
    while any(await asyncio.gather(*(worker.work_off() for worker in workers))):
        pass

    cases = await story.cases()
    texts = [text for _, _, text in await story.timeline(cases[0].number)]
    assert [case.number for case in cases] == [f"HRB{number:07d}" for number in range(1, 14)]
    said = [f"{kind} {number}" for kind in ("More", "Note") for number in range(12)]
    assert [texts.count(each) for each in said] == [1] * 24
    assert {mail.state for mail in await story.bench.mails()} == {MailState.PROCESSED}
    assert [line for line in caplog.messages if "one by one" in line] == []


async def forget_everything(database: Database) -> None:
    """Empty every table, the log among them: for that its guards are taken away."""
    place = "" if database.is_sqlite else " ON audit_entries"
    async with database.transaction() as session:
        for guard in ("audit_entries_keep", "audit_entries_hold"):
            await session.execute(text(f"DROP TRIGGER {guard}{place}"))
        for table in reversed(Base.metadata.sorted_tables):
            await session.execute(table.delete())
        if not database.is_sqlite:
            names = ", ".join(table.name for table in Base.metadata.sorted_tables)
            await session.execute(text(f"TRUNCATE {names}, audit_words RESTART IDENTITY CASCADE"))
        await session.execute(insert(AuditHead).values(id=1, entry_id=0, seal=BEGINNING))


@pytest.mark.parametrize("seed", range(4))
async def test_mails_filed_together_become_what_they_become_one_by_one(
    story: Story, seed: int, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.INFO, "mail_gateway")
    outcomes = []
    for together in (False, True):
        mails = await eight_at_once(story)
        random.Random(seed).shuffle(mails)
        for mail, to in mails:
            await story.bench.receive(mail, rcpt_tos=(to,))
            if not together:
                await story.bench.work()
        await story.bench.work()
        outcomes.append(await what_became(story))
        if not together:
            await forget_everything(story.bench.database)
            async with story.bench.database.transaction() as session:
                await factories.bring_people(session)

    assert outcomes[0] == outcomes[1]
    assert [record.message for record in caplog.records if "one by one" in record.message] == []

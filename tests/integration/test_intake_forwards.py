"""A handler passes on a mail with `#for address`: the case is the original sender's."""

from pathlib import Path

import factories
import pytest
from mail_story import AN, HANNE, LUC, SECRET, Story
from mailroom import Bench, letter, mail_settings

from casework.db import Database
from casework.desk import Desk
from casework.messages.models import EventKind
from casework.outbox.models import MailKind
from casework.people import store as people
from mail_gateway.store import MailState

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PASS = "mx.balie.example; dmarc=pass header.from=balie.example"
BELOW = f"""
---------- Forwarded message ---------
From: An Peeters <{AN}>
To: Hanne Claes <{HANNE}>
Cc: Luc Martin <{LUC}>
Subject: My leave

How many days do I have left?
"""


@pytest.fixture
async def story(database: Database, desk: Desk, tmp_path: Path) -> Story:
    async with database.transaction() as session:
        await factories.bring_people(session)
    return Story(Bench(database, desk, mail_settings(tmp_path, SECRET, authserv_id="mx.balie.example")))


async def test_case_is_the_original_senders_and_nobody_else_is_told(story: Story):
    mail = letter(
        HANNE,
        f"#for {AN}\nShe called as well.\n{BELOW}",
        subject="Fwd: My leave",
        Cc=f"{LUC}, ada.bakker@balie.example",
        Authentication_Results=PASS,
    )
    mail.add_attachment(b"%PDF-1.4\n", maintype="application", subtype="pdf", filename="letter.pdf")

    received = await story.arrives(mail)

    [case] = await story.cases()
    async with story.bench.database.reading() as session:
        requester = await people.primary_address(session, case.requester_id)
    timeline = await story.timeline(case.number)
    told = await story.told()
    assert (received.state, received.case_id) == (MailState.PROCESSED, case.id)
    assert (requester, case.subject, case.sender_proven) == (AN, "My leave", False)
    assert (EventKind.OPENED, "An Peeters", BELOW.strip()) in timeline
    assert (EventKind.NOTE, "Hanne Claes", "She called as well.") in timeline
    assert {mail.to_address for mail in told} == {AN, HANNE, "omar.diallo@balie.example"}
    assert ["She called as well." in mail.text for mail in told if mail.to_address == AN] == [False]


async def test_handler_who_is_not_proven_waits_for_an_admin(story: Story):
    received = await story.arrives(letter(HANNE, f"#for {AN}\n{BELOW}"))

    [told] = await story.told()
    assert (received.state, await story.cases()) == (MailState.HELD, [])
    assert (told.kind, told.to_address, AN in told.text) == (MailKind.UNPROVEN, HANNE, False)
    assert (received.reason or "").startswith("a mail forwarded with #for, but ")


@pytest.mark.parametrize(
    ("command", "said"),
    [
        ("#for nobody@health.example", "We kennen niemand met het adres nobody@health.example."),
        ("#for An", "Na #for hoort één e-mailadres"),
    ],
)
async def test_handler_is_told_why_nothing_was_done(story: Story, command: str, said: str):
    received = await story.arrives(letter(HANNE, f"{command}\n{BELOW}", Authentication_Results=PASS))

    [told] = await story.told()
    assert (received.state, await story.cases()) == (MailState.PROCESSED, [])
    assert (told.kind, told.to_address, said in told.text) == (MailKind.COMMAND_PROBLEM, HANNE, True)


async def test_employee_who_writes_the_command_writes_words(story: Story):
    await story.arrives(letter(AN, f"#for {LUC}\nA question", Authentication_Results=PASS.replace("balie", "health")))

    [case] = await story.cases()
    async with story.bench.database.reading() as session:
        assert await people.primary_address(session, case.requester_id) == AN


async def test_case_that_exists_keeps_its_requester(story: Story):
    await story.arrives(letter(AN, "How many days do I have left?"))

    await story.arrives(letter(HANNE, f"#for {LUC}"), to=await story.reply_address(MailKind.HANDLER, HANNE))

    [case] = await story.cases()
    [told] = await story.told(MailKind.COMMAND_PROBLEM)
    assert "Dit ticket heeft al een aanvrager." in told.text
    async with story.bench.database.reading() as session:
        assert await people.primary_address(session, case.requester_id) == AN

"""A request by mail alone: the form that a mail names, its answers, and what is asked for in the one summary."""

from pathlib import Path

import factories
import pytest
from mail_story import AN, SECRET, Story
from mailroom import Bench, letter, mail_settings
from sqlalchemy import select

from casework.attachments.models import Attachment
from casework.cases.models import Status
from casework.db import Database
from casework.desk import Desk
from casework.outbox.models import MailKind

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def story(database: Database, desk: Desk, tmp_path: Path) -> Story:
    async with database.transaction() as session:
        await factories.bring_people(session)
    return Story(Bench(database, desk, mail_settings(tmp_path, SECRET)))


async def documents(story: Story) -> list[tuple[str, str | None]]:
    async with story.bench.database.reading() as session:
        rows = await session.execute(select(Attachment).order_by(Attachment.id))
        return [(file.filename, file.document_key) for file in rows.scalars()]


async def test_summary_asks_for_what_is_missing_and_the_reply_fills_it(story: Story):
    await story.arrives(
        letter(AN, "formulier: telewerk\nSoort telewerk: Regulier (structureel)", subject="Thuiswerken")
    )
    [summary] = await story.told(MailKind.SUMMARY)
    reply = letter(AN, "Begindatum: 1/10/2026\nSoort telewerk: incidenteel", subject=f"Re: {summary.subject}")
    reply.add_attachment(b"%PDF-1.4\n", maintype="application", subtype="pdf", filename="akkoord telewerk.pdf")

    await story.arrives(reply, to=await story.reply_address(MailKind.SUMMARY, AN))

    [case] = await story.cases()
    assert (case.form_key, case.status) == ("telework", Status.OPEN)
    assert dict(case.fields) == {"kind": "regular", "start": "2026-10-01"}
    assert await documents(story) == [("akkoord telewerk.pdf", "telework_agreement")]
    assert [mail.kind for mail in await story.told() if mail.to_address == AN] == [MailKind.SUMMARY]
    wanted = summary.text.partition("Nog nodig:\n")[2].partition("\nBeantwoord")[0].splitlines()
    assert len(wanted) == 2
    assert ["Begindatum" in wanted[0], "Akkoord van telewerk" in wanted[1]] == [True, True]
    assert "<h2>Nog nodig</h2>" in summary.html


async def test_free_text_has_no_form_and_its_summary_asks_for_nothing(story: Story):
    await story.arrives(letter(AN, "Hoeveel dagen verlof heb ik nog?", subject="Verlof"))

    [case] = await story.cases()
    [summary] = await story.told(MailKind.SUMMARY)
    assert (case.form_key, dict(case.fields)) == (None, {})
    assert "Nog nodig" not in summary.text


async def test_sender_without_proof_adds_words_and_fills_nothing(story: Story):
    await story.arrives(letter(AN, "form: telework\nkind: regular", message_id="t@health.example"))

    await story.arrives(letter(AN, "start: 1/10/2026", In_Reply_To="<t@health.example>"))

    [case] = await story.cases()
    assert dict(case.fields) == {"kind": "regular"}


async def test_form_is_closed_to_the_requester_once_there_is_an_answer(story: Story):
    await story.arrives(letter(AN, "form: telework\nkind: regular"))
    handler = await story.reply_address(MailKind.HANDLER, "hanne.claes@balie.example")
    await story.arrives(letter("hanne.claes@balie.example", "Agreed.", subject="Re"), to=handler)

    await story.arrives(letter(AN, "start: 1/10/2026"), to=await story.reply_address(MailKind.LINK, AN))

    [case] = await story.cases()
    assert (dict(case.fields), case.status) == ({"kind": "regular"}, Status.AWAITING_ACCEPTANCE)

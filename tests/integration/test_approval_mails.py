"""An approver answers by mail: what decides, what is only a message, and what nobody believes."""

from pathlib import Path

import hierarchy
import pytest
from hierarchy import Staff, file_reduction
from mail_story import SECRET, Story
from mailroom import Bench, letter, mail_settings

from casework.cases.models import Case
from casework.messages import store as messages
from casework.outbox.models import MailKind
from mail_gateway import store as received
from mail_gateway.store import MailState

MIA = "mia@health.example"
only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def bench(database, desk, tmp_path: Path) -> Bench:
    return Bench(database, desk, mail_settings(tmp_path, SECRET, authserv_id="mx.balie.example"))


@pytest.fixture
async def staff(database) -> Staff:
    async with database.transaction() as session:
        return await hierarchy.bring_staff(session)


@pytest.fixture
async def case(database, desk, staff) -> Case:
    async with database.transaction() as session:
        return await file_reduction(session, desk, staff.an)


@pytest.fixture
def story(bench, case) -> Story:
    return Story(bench)


async def state(story: Story, case: Case) -> list[str]:
    return [one.state for one in await hierarchy.approvals_of(story.bench.database, case)]


async def said(story: Story, case: Case) -> list[tuple[str, str]]:
    async with story.bench.database.reading() as session:
        return [(one.kind.value, one.actor) for one in await messages.timeline(session, case.id, with_notes=True)]


@pytest.mark.parametrize(
    ("words", "outcome"),
    [
        ("JA", "given"), ("Oui.", "given"), ("yes!", "given"), ("Ja\n\nGraag zelfs.", "given"),
        ("NEE", "refused"), ("Neen,", "refused"), ("non", "refused"), ("Nein", "refused"),
        ("No\nNot in October", "refused"),
    ],
)  # fmt: skip
@only_sqlite
async def test_one_word_in_any_language_decides(story, case, words, outcome):
    to = await story.reply_address(MailKind.APPROVAL_REQUEST, MIA)
    mail = await story.arrives(letter(MIA, words, subject="Re: approval"), mail_from=MIA, to=to)

    assert (mail.state, mail.reason, mail.case_id) == (MailState.PROCESSED, None, case.id)
    assert await state(story, case) == [outcome]
    [one] = await hierarchy.approvals_of(story.bench.database, case)
    assert one.reason == words.partition("\n")[2].strip()


@only_sqlite
async def test_what_stands_below_the_word_is_the_reason_that_the_requester_reads(story, case):
    to = await story.reply_address(MailKind.APPROVAL_REQUEST, MIA)
    quoted = "Nee\nNiet in oktober.\n\nOp 15 september 2026 schreef Balie:\n> Uw goedkeuring wordt gevraagd"
    await story.arrives(letter(MIA, quoted, subject="Re: approval"), mail_from=MIA, to=to)

    [one] = await hierarchy.approvals_of(story.bench.database, case)
    assert (one.state, one.reason) == ("refused", "Niet in oktober.")


@pytest.mark.parametrize("words", ["Ja, maar pas in november", "Can you tell me more?", "Jaja", "OK", "👍"])
@only_sqlite
async def test_any_other_text_is_a_message_and_decides_nothing(story, case, words):
    to = await story.reply_address(MailKind.APPROVAL_REQUEST, MIA)
    mail = await story.arrives(letter(MIA, words, subject="Re: approval"), mail_from=MIA, to=to)

    assert mail.state == MailState.PROCESSED
    assert await state(story, case) == ["open"]
    assert (await said(story, case))[-1] == ("message", "Mia Lambert")


async def test_the_same_reply_twice_decides_once(story, case):
    to = await story.reply_address(MailKind.APPROVAL_REQUEST, MIA)
    await story.arrives(letter(MIA, "Ja"), mail_from=MIA, to=to)
    before = await said(story, case)
    again = await story.arrives(letter(MIA, "Nee"), mail_from=MIA, to=to)

    assert (again.state, again.reason) == (
        MailState.PROCESSED, "nothing was done: this approval is decided, or somebody else's by now",
    )  # fmt: skip
    assert await state(story, case) == ["given"]
    assert await said(story, case) == before


@pytest.mark.parametrize(
    ("headers", "mail_from"), [({"Auto-Submitted": "auto-replied"}, MIA), ({}, ""), ({"X-Autoreply": "yes"}, MIA)]
)
@only_sqlite
async def test_automatic_mail_never_approves(story, case, headers, mail_from):
    to = await story.reply_address(MailKind.APPROVAL_REQUEST, MIA)
    await story.arrives(letter(MIA, "Ja", **headers), mail_from=mail_from, to=to)

    assert await state(story, case) == ["open"]


@pytest.mark.parametrize(
    "sender", ["tom@health.example", "an@health.example", "hanne@balie.example", "x@elsewhere.example"]
)
@only_sqlite
async def test_the_reply_address_of_an_approver_is_worth_nothing_to_somebody_else(story, case, sender):
    to = await story.reply_address(MailKind.APPROVAL_REQUEST, MIA)
    mail = await story.arrives(letter(sender, "Ja"), mail_from=sender, to=to)

    assert mail.state == MailState.HELD
    assert await state(story, case) == ["open"]


@only_sqlite
async def test_another_reply_address_of_the_approver_does_not_approve(story, case, database, desk, staff):
    """The address of the mail about one request is worth nothing for another one."""
    async with database.transaction() as session:
        other = await file_reduction(session, desk, staff.ine)
    to = await story.reply_address(MailKind.APPROVAL_REQUEST, MIA)
    await story.arrives(letter(MIA, "Ja", subject=f"Re: [{case.number}]"), mail_from=MIA, to=to)

    assert (await state(story, case), await state(story, other)) == (["open"], ["given"])


async def message_id(story: Story) -> str:
    await story.bench.deliver()
    return (await story.told(MailKind.APPROVAL_REQUEST))[-1].message_id


@pytest.mark.parametrize(
    ("results", "outcome", "held"),
    [
        ("mx.balie.example; dmarc=pass header.from=health.example", "given", False),
        ("mx.balie.example; dmarc=fail header.from=health.example", "open", True),
        ("mx.elsewhere.example; dmarc=pass header.from=health.example", "open", True),
        ("", "open", True),
    ],
)
@only_sqlite
async def test_without_the_reply_address_the_sender_has_to_be_aligned(story, case, results, outcome, held):
    answered = f"<{await message_id(story)}>"
    headers = {"In-Reply-To": answered} | ({"Authentication-Results": results} if results else {})
    mail = await story.arrives(letter(MIA, "Ja", **headers), mail_from=MIA)

    assert await state(story, case) == [outcome]
    assert (mail.state == MailState.HELD) is held


@only_sqlite
async def test_an_admin_who_releases_a_mail_does_not_approve_with_it(story, case, database):
    headers = {"In-Reply-To": f"<{await message_id(story)}>"}
    mail = await story.arrives(letter(MIA, "Ja", **headers), mail_from=MIA)
    async with database.transaction() as session:
        await received.release(session, mail.id)
    await story.bench.work()

    assert await state(story, case) == ["open"]


@only_sqlite
async def test_the_mail_names_neither_the_requester_nor_what_is_asked(story, case):
    [asked] = await story.told(MailKind.APPROVAL_REQUEST)

    everything = asked.subject + asked.text + asked.html
    personal = ["An", "Peeters", "Vermindering", "Réduction", "four_day_week", "work less"]
    assert [word for word in personal if word in everything.replace(",", " ").split()] == []
    assert "https://desk.balie.example/approvals/" in asked.text

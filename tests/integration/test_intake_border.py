"""What the mail server in front of the desk found out about a sender, and what that lets a mail do."""

from pathlib import Path

import factories
import pytest
from mail_story import AN, HANNE, SECRET, STRANGER, Story
from mailroom import Bench, letter, mail_settings

from casework.cases.models import Status
from casework.db import Database
from casework.desk import Desk
from mail_gateway.inbound.identity import TrustLevel
from mail_gateway.store import MailState

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

PASS = "mx.balie.example; dmarc=pass header.from=health.example"
HANDLER_PASS = "mx.balie.example; dmarc=pass header.from=balie.example"


@pytest.fixture
async def story(database: Database, desk: Desk, tmp_path: Path) -> Story:
    bench = Bench(database, desk, mail_settings(tmp_path, SECRET, authserv_id="mx.balie.example"))
    async with database.transaction() as session:
        await factories.bring_people(session)
    return Story(bench)


async def test_aligned_sender_accepts_without_the_reply_address(story: Story):
    await story.is_answered()

    accepted = await story.arrives(letter(AN, "ja", subject="Re: [HRB0000001] My leave", Authentication_Results=PASS))

    assert (accepted.trust, [case.status for case in await story.cases()]) == (
        TrustLevel.PROVEN,
        [Status.CLOSED_COMPLETE],
    )
    assert (accepted.evidence or "").startswith(
        f"{AN} is known, and mx.balie.example found dmarc=pass for health.example"
    )


@pytest.mark.parametrize(
    "forged",
    [
        "mx.elsewhere.example; dmarc=pass header.from=health.example",
        "mx.balie.example; dmarc=pass header.from=evil.example",
        "mx.balie.example; dmarc=fail header.from=health.example",
    ],
)
async def test_results_of_others_or_about_others_do_not_let_a_mail_decide(story: Story, forged: str):
    await story.is_answered()

    received = await story.arrives(letter(AN, "ja", subject="Re: [HRB0000001] My leave", Authentication_Results=forged))

    assert (received.trust, [case.status for case in await story.cases()]) == (
        TrustLevel.UNPROVEN,
        [Status.AWAITING_ACCEPTANCE],
    )


async def test_aligned_handler_commands_by_the_number_of_a_case_that_is_theirs(story: Story):
    to = await story.is_answered()
    await story.arrives(letter(AN, "nee\nThere must be more.", subject="Re"), to=to)
    command = letter(HANNE, "#note\nStrange.", subject="Re: HRB0000001", Authentication_Results=HANDLER_PASS)

    received = await story.arrives(command)

    assert (received.state, received.trust) == (MailState.PROCESSED, TrustLevel.PROVEN)
    assert ("note", "Hanne Claes", "Strange.") in await story.timeline("HRB0000001")


async def test_aligned_stranger_stays_a_stranger(story: Story):
    result = PASS.replace("health", "elsewhere")

    received = await story.arrives(letter(STRANGER, "Who am I?", Authentication_Results=result))

    assert (received.state, received.trust, await story.cases()) == (MailState.HELD, TrustLevel.UNKNOWN, [])


async def test_header_that_did_not_come_by_the_border_proves_nothing(story: Story):
    await story.bench.receive(letter(AN, "A question", Authentication_Results=PASS), remote="203.0.113.5")
    await story.bench.work()

    [mail] = await story.bench.mails()
    [case] = await story.cases()
    assert (mail.trust, case.sender_proven) == (TrustLevel.UNPROVEN, False)

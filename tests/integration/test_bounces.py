"""A mail that comes back finds its case by what it carries, is seen there, and never does anything else."""

from datetime import timedelta
from email.message import EmailMessage

import pytest
from mail_story import AN, HANNE, OMAR, STRANGER, Story
from mailroom import greeted, letter, other_server, serving, wire
from sqlalchemy import select

from casework.audit.models import AuditEntry
from casework.cases.models import Status
from casework.clock import SettableClock
from casework.messages import store as messages
from casework.messages.models import EventKind
from casework.outbox import store as outbox
from casework.outbox.models import BouncingAddress, MailKind, OutboxMail, OutboxState
from mail_gateway.outbound.compose import envelope_sender
from mail_gateway.store import MailState

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
UNKNOWN = "550 5.1.1 <an.peeters@health.example>: Recipient address rejected: User unknown"


@pytest.fixture
async def summary(story: Story) -> OutboxMail:
    """The summary that An got of her first question."""
    await story.arrives(letter(AN, "How many days do I have left?", message_id="q@health.example"))
    async with other_server() as other:
        await story.bench.deliver(port=other.port)
    return (await story.told(MailKind.SUMMARY))[-1]


def dsn(
    original: str, *, status: str = "5.1.1", action: str = "failed", said: str = UNKNOWN, sender: str = "mx.example"
) -> EmailMessage:
    """A report as RFC 3464 wants it."""
    fields = f"""Reporting-MTA: dns; mx.example\r\n\r\nFinal-Recipient: rfc822; an.peeters@health.example\r
Action: {action}\r\nStatus: {status}\r\nDiagnostic-Code: smtp;\r\n  {said}\r\n"""
    raw = (
        f"From: Mail Delivery System <MAILER-DAEMON@{sender}>\r\nTo: hr@balie.example\r\n"
        "Subject: Undelivered Mail Returned to Sender\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
        "--b\r\nContent-Type: text/plain\r\n\r\nThis is the mail system at host mx.example.\r\n"
        f"--b\r\nContent-Type: message/delivery-status\r\n\r\n{fields}"
        f"--b\r\nContent-Type: text/rfc822-headers\r\n\r\nSubject: x\r\nMessage-ID:\r\n <{original}>\r\n\r\n--b--\r\n"
    )
    return _as_mail(raw)


def _as_mail(raw: str) -> EmailMessage:
    mail = EmailMessage()
    mail.as_bytes = lambda *_args, **_more: raw.encode()  # type: ignore[method-assign] -- sent as it stands
    return mail


async def comes_back(story: Story, report: EmailMessage, to: str = "hr@balie.example"):
    return await story.arrives(report, mail_from="", to=to)


async def now_is(story: Story, mail_id: int) -> OutboxMail:
    async with story.bench.database.reading() as session:
        return await outbox.mail(session, mail_id)


async def events(story: Story, *, with_notes: bool = True) -> list[tuple[str, dict]]:
    shown = {EventKind.MAIL_BOUNCED, EventKind.MAIL_FAILED, EventKind.MAIL_HELD}
    async with story.bench.database.reading() as session:
        entries = await messages.timeline(session, 1, with_notes=with_notes)
    return [(entry.kind, entry.data) for entry in entries if entry.kind in shown]


async def score(story: Story, address: str = AN) -> int:
    async with story.bench.database.reading() as session:
        query = select(BouncingAddress.score).where(BouncingAddress.address == address)
        return (await session.execute(query)).scalar_one_or_none() or 0


@pytest.mark.parametrize("way", ["address", "message_id"])
async def test_report_finds_its_mail_by_either_name_through_a_real_socket(story: Story, summary: OutboxMail, way: str):
    bench = story.bench
    to = envelope_sender(summary, bench.signer) if way == "address" else "hr@balie.example"
    original = summary.message_id if way == "message_id" else "unknown@elsewhere.example"
    async with serving(bench.keeper, bench.settings) as server, greeted(server.port) as client:
        reply = await client.send(wire(dsn(original or "")), mail_from="", rcpt_to=to)
    await bench.work()

    mail = await now_is(story, summary.id)
    received = (await bench.mails())[-1]
    assert reply.startswith("250")
    assert (mail.state, mail.bounce, mail.reason) == (OutboxState.BOUNCED, "hard", UNKNOWN)
    assert (received.state, received.reason, received.case_id) == (MailState.IGNORED, "delivery report", 1)
    assert await events(story) == [
        (EventKind.MAIL_BOUNCED, {"address": AN, "mail": summary.id, "comment": UNKNOWN, "bounce": "hard"})
    ]
    assert await events(story, with_notes=False) == []
    async with bench.database.reading() as session:
        logged = select(AuditEntry.case_id).where(AuditEntry.action == EventKind.MAIL_BOUNCED)
        assert (await session.execute(logged)).scalars().all() == [1]


@only_sqlite
async def test_handlers_are_told_and_nobody_else(story: Story, summary: OutboxMail):
    await comes_back(story, dsn(summary.message_id or ""))

    notices = await story.told(MailKind.UNDELIVERED)
    assert [mail.to_address for mail in notices] == [HANNE, OMAR]
    assert UNKNOWN in notices[0].text
    assert [case.status for case in await story.cases()] == [Status.OPEN]
    assert len(await story.told()) == 5


@only_sqlite
async def test_notice_that_comes_back_itself_is_seen_and_told_to_nobody(story: Story, summary: OutboxMail):
    await comes_back(story, dsn(summary.message_id or ""))
    async with other_server() as other:
        await story.bench.deliver(port=other.port)
    before = len(await story.told())
    notice = (await story.told(MailKind.UNDELIVERED))[0]

    await comes_back(story, dsn(notice.message_id or ""))

    assert len(await story.told()) == before
    assert [data["address"] for _, data in await events(story)] == [AN, HANNE]


@only_sqlite
async def test_report_that_comes_twice_counts_once(story: Story, summary: OutboxMail):
    for _ in range(2):
        await comes_back(story, dsn(summary.message_id or ""))

    assert (await score(story), len(await events(story))) == (2, 1)


@only_sqlite
@pytest.mark.parametrize(
    ("status", "action", "said", "state", "points"),
    [
        ("4.2.2", "failed", "452 4.2.2 mailbox full", OutboxState.BOUNCED, 1),
        ("5.0.0", "failed", "550 no", OutboxState.BOUNCED, 2),
        ("", "failed", "551 not here", OutboxState.BOUNCED, 2),
        ("", "", "nothing to read", OutboxState.BOUNCED, 1),
        ("4.4.1", "delayed", "connection timed out", OutboxState.SENT, 0),
        ("2.0.0", "delivered", "250 taken", OutboxState.SENT, 0),
    ],
)
async def test_status_says_how_final_it_is(
    story: Story, summary: OutboxMail, status: str, action: str, said: str, state: OutboxState, points: int
):
    received = await comes_back(story, dsn(summary.message_id or "", status=status, action=action, said=said))

    assert (await now_is(story, summary.id)).state == state
    assert (await score(story), received.state, received.case_id) == (points, MailState.IGNORED, 1)


@only_sqlite
@pytest.mark.parametrize(
    ("headers", "text", "severity"),
    [
        ({}, "Hi. This is the qmail-send program. Sorry, no mailbox here by that name. (#5.1.1)", "hard"),
        ({}, "The recipient's mailbox is over its quota, 452 try later", "soft"),
        ({}, "Your message could not be delivered.", "soft"),
    ],
)
async def test_old_report_without_parts_counts_by_the_address_it_comes_to(
    story: Story, summary: OutboxMail, headers: dict[str, str], text: str, severity: str
):
    to = envelope_sender(summary, story.bench.signer)
    await comes_back(story, letter("postman@elsewhere.example", text, subject="Your mail", **headers), to=to)

    assert (await now_is(story, summary.id)).bounce == severity


@only_sqlite
@pytest.mark.parametrize(
    ("sender", "subject", "headers"),
    [
        (AN, "Automatisch antwoord: My leave", {"Auto-Submitted": "auto-replied"}),
        (AN, "I am away", {}),
        ("an@home.example", "Afwezig: My leave", {}),
        ("reception@health.example", "I am away", {"X-Autoreply": "yes"}),
        ("reception@health.example", "Read: My leave", {"Auto-Submitted": "auto-generated"}),
    ],
)
async def test_holiday_note_with_a_null_sender_is_no_bounce(
    story: Story, summary: OutboxMail, sender: str, subject: str, headers: dict[str, str]
):
    note = letter(sender, "Back on Monday; for urgent delivery call 550 12 34.", subject=subject, **headers)
    await comes_back(story, note, to=envelope_sender(summary, story.bench.signer))

    assert ((await now_is(story, summary.id)).state, await score(story)) == (OutboxState.SENT, 0)


@only_sqlite
@pytest.mark.parametrize("original", ["q@health.example", "m.aaaaaaaaaaaaaaaaaaaaaaaa@balie.example", ""])
async def test_report_on_a_mail_that_is_not_ours_does_nothing(story: Story, summary: OutboxMail, original: str):
    received = await comes_back(story, dsn(original))

    assert (received.state, received.case_id) == (MailState.IGNORED, None)
    assert ((await now_is(story, summary.id)).state, await events(story)) == (OutboxState.SENT, [])


@only_sqlite
async def test_report_of_our_own_exchange_server_counts(story: Story, summary: OutboxMail):
    report = dsn(summary.message_id or "")
    raw = report.as_bytes().replace(b"MAILER-DAEMON@mx.example", b"postmaster@balie.example")
    await comes_back(story, _as_mail(raw.decode()))

    assert (await now_is(story, summary.id)).state == OutboxState.BOUNCED


@only_sqlite
async def test_closed_case_is_not_reopened(story: Story):
    to = await story.is_answered()
    await story.arrives(letter(AN, "ja", subject="Re"), to=to)
    async with other_server() as other:
        await story.bench.deliver(port=other.port)
    link = (await story.told(MailKind.LINK))[-1]

    await comes_back(story, dsn(link.message_id or ""))

    assert [case.status for case in await story.cases()] == [Status.CLOSED_COMPLETE]
    assert [kind for kind, _ in await events(story)] == [EventKind.MAIL_BOUNCED]


@only_sqlite
async def test_address_is_stopped_at_four_points_and_taken_up_again_after_thirty_days(
    story: Story, summary: OutboxMail, clock: SettableClock
):
    await comes_back(story, dsn(summary.message_id or ""))
    assert await _next_summary(story) == (OutboxState.SENT, None)
    await comes_back(story, dsn((await story.told(MailKind.SUMMARY))[-1].message_id or ""))

    held = (OutboxState.HELD, "mails to this address came back too often")
    assert (await score(story), await _next_summary(story)) == (4, held)
    async with story.bench.database.reading() as session:
        entries = await messages.timeline(session, 3, with_notes=True)
    assert [entry.data for entry in entries if entry.kind is EventKind.MAIL_HELD] == [
        {"address": AN, "reason": "address_stopped"}
    ]
    clock.advance(timedelta(days=29, hours=23))
    assert await _next_summary(story) == held
    clock.advance(timedelta(hours=1))
    assert await _next_summary(story) == (OutboxState.SENT, None)
    await comes_back(story, dsn((await story.told(MailKind.SUMMARY))[-1].message_id or "", status="4.2.2"))
    assert await score(story) == 1


async def _next_summary(story: Story) -> tuple[str, str | None]:
    await story.arrives(letter(AN, f"Question {len(await story.cases())}, about something else", subject="New"))
    async with other_server() as other:
        await story.bench.deliver(port=other.port)
    mail = (await story.told(MailKind.SUMMARY))[-1]
    return mail.state, mail.reason


@only_sqlite
async def test_mail_that_left_without_a_clear_end_and_came_back_is_not_sent_again(story: Story, clock: SettableClock):
    await story.arrives(letter(AN, "How many days do I have left?", message_id="q@health.example"))
    async with other_server() as other:
        other.on_mail = lambda _count: "hang up"
        await story.bench.deliver(port=other.port)
        summary = (await story.told(MailKind.SUMMARY))[-1]
        await comes_back(story, dsn(summary.message_id or ""))
        other.on_mail = lambda _count: "250 OK"
        clock.advance(timedelta(hours=2))
        await story.bench.deliver(port=other.port)

    assert [mail.rcpt_tos for mail in other.arrived].count([AN]) == 1
    assert (await now_is(story, summary.id)).state == OutboxState.BOUNCED


@only_sqlite
async def test_forged_report_in_a_strangers_hands_is_only_words(story: Story, summary: OutboxMail):
    said = "550 5.1.1 <script>alert(1)</script>\x00 \u202e" + "x" * 3000
    report = dsn(summary.message_id or "", said=said)
    await story.arrives(report, mail_from=STRANGER)

    mail = await now_is(story, summary.id)
    assert mail.reason is not None
    assert (len(mail.reason) <= 300, "\x00" in mail.reason) == (True, False)
    assert "<script>" not in (await story.told(MailKind.UNDELIVERED))[0].html

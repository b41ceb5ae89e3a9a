"""Everybody is on holiday at once, and every mailbox answers whatever comes in: the desk stays calm."""

from collections import Counter
from collections.abc import Callable
from datetime import timedelta
from email import message_from_bytes, policy
from email.message import EmailMessage
from itertools import count

import pytest
from mail_story import AN, HANNE, OMAR, STRANGER, Story
from mailroom import DESK, Arrived, greeted, letter, other_server, serving, wire

from casework.cases.models import Status
from casework.clock import SettableClock
from casework.outbox.models import OutboxState
from mail_gateway.inbound.server import MailServer

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
AWAY = "I am away until Monday. Ik ben afwezig tot maandag."


def by_the_book(owner: str, got: EmailMessage) -> tuple[str, EmailMessage]:
    """RFC 3834: a null sender, and a mark on the mail."""
    answer = letter(owner, AWAY, subject=f"Auto: {got['Subject']}", Auto_Submitted="auto-replied (vacation)")
    return "", answer


def as_exchange_does(owner: str, got: EmailMessage) -> tuple[str, EmailMessage]:
    """An out-of-office reply with its owner's address, marked in Microsoft's way."""
    marks = {"X-Auto-Response-Suppress": "All", "X-MS-Exchange-Inbox-Rules-Loop": owner}
    return owner, letter(owner, AWAY, subject=f"Automatisch antwoord: {got['Subject']}", **marks)


def by_subject_alone(owner: str, got: EmailMessage) -> tuple[str, EmailMessage]:
    """A program that marks nothing but writes a subject that people know."""
    return owner, letter(owner, AWAY, subject=f"Out of Office: {got['Subject']}")


def by_precedence(owner: str, got: EmailMessage) -> tuple[str, EmailMessage]:
    """An old program."""
    return owner, letter(owner, AWAY, subject=f"Re: {got['Subject']}", Precedence="auto_reply")


Responder = Callable[[str, EmailMessage], tuple[str, EmailMessage]]
KNOWN = [by_the_book, as_exchange_does, by_subject_alone, by_precedence]


async def answers(server: MailServer, mail: Arrived, responder: Responder) -> None:
    """Have the mailbox that got a mail answer it by SMTP, to where an answer belongs; so does the desk's own."""
    got = message_from_bytes(mail.raw, policy=policy.default)
    assert isinstance(got, EmailMessage)
    sender, answer = responder(mail.rcpt_tos[0], got)
    to = mail.mail_from if sender == "" else str(got["Reply-To"] or got["From"]).rpartition("<")[2].strip("<>")
    async with greeted(server.port) as client:
        if to:
            await client.send(wire(answer), mail_from=sender, rcpt_to=to)
        sender, note = responder(DESK, answer)
        await client.send(wire(note), mail_from=sender, rcpt_to=DESK)


async def a_day_passes(story: Story, clock: SettableClock, responder: Responder) -> Counter[str]:
    """Let 24 hours pass in steps of ten minutes, and return how many mails left to whom."""
    bench, answered = story.bench, 0
    async with serving(bench.keeper, bench.settings) as server, other_server() as relay:
        for _ in range(24 * 6):
            while True:
                await bench.work()
                await bench.deliver(port=relay.port)
                if len(relay.arrived) == answered:
                    break
                for mail in relay.arrived[answered:]:
                    await answers(server, mail, responder)
                    answered += 1
            clock.advance(timedelta(minutes=10))
        return Counter(mail.rcpt_tos[0] for mail in relay.arrived)


@pytest.mark.parametrize("responder", KNOWN)
async def test_responders_everywhere_cost_one_automatic_mail_each(
    story: Story, clock: SettableClock, responder: Responder
):
    await story.bench.receive(letter(AN, "How many days do I have left?", message_id="q@health.example"))
    sent = await a_day_passes(story, clock, responder)

    [case] = await story.cases()
    assert sent == {AN: 1, HANNE: 1, OMAR: 1}
    assert (case.status, case.handler_id) == (Status.OPEN, None)
    assert [kind for kind, _, _ in await story.timeline(case.number)] == ["opened"]


@pytest.mark.parametrize("responder", KNOWN)
async def test_stranger_with_a_responder_is_answered_once(story: Story, clock: SettableClock, responder: Responder):
    await story.bench.receive(letter(STRANGER, "Hello, could you please tell me about my leave?"))

    assert await a_day_passes(story, clock, responder) == {STRANGER: 1}
    assert await story.cases() == []


NOTES = {
    "short": [AWAY],
    "fr": ["Bonjour,\n\nJe suis absente jusqu'au 3 mars. En cas d'urgence, contactez mes collègues."],
    "de": ["Guten Tag, ich bin bis zum 3. März nicht im Büro. Ihre Nachricht wird nicht weitergeleitet."],
    "never the same": [f"I am out of office until {day} March. Reference {day}" for day in range(1, 31)],
    "unknown words": ["Minulla on vapaata, palaan maanantaina. Hyvää kesää kaikille!"],
}


@pytest.mark.parametrize("notes", NOTES.values(), ids=NOTES)
async def test_responders_that_look_like_people_cost_one_automatic_mail_each(
    story: Story, clock: SettableClock, notes: list[str]
):
    numbers = count()

    def unmarked(owner: str, got: EmailMessage) -> tuple[str, EmailMessage]:
        """The worst: a reply like any person's, to every mail, at once and for ever."""
        number = next(numbers)
        headers = {"In_Reply_To": got["Message-ID"], "Message_ID": f"<{number}@away.example>"}
        return owner, letter(owner, notes[number % len(notes)], subject=f"Re: {got['Subject']}", **headers)

    await story.bench.receive(letter(AN, "How many days do I have left?", message_id="q@health.example"))
    sent = await a_day_passes(story, clock, unmarked)

    # Nobody can know a note whose words nobody knows before it comes again.
    assert (set(sent), max(sent.values())) == ({AN, HANNE, OMAR}, 3 if notes is NOTES["unknown words"] else 1)
    assert {mail.state for mail in await story.told()} == {OutboxState.SENT}

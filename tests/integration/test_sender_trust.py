"""Who wrote a mail, from the socket to the case: signatures, sending servers, forgeries, and old mails sent again."""

from collections.abc import AsyncIterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path

import factories
import pytest
from mail_story import AN, AN_AT_HOME, HANNE, LUC, SECRET, Story
from mailroom import DESK, Bench, connected, greeted, letter, mail_settings, serving, wire
from name_server import Zone, name_server
from signed_mail import published, signed
from sqlalchemy import select

from casework.cases.models import Status
from casework.db import Database
from casework.desk import Desk
from casework.messages.models import Message, MessageKind, SenderBasis, SenderEvidence
from casework.outbox.models import MailKind, OutboxMail
from casework.people.models import Person
from mail_gateway.inbound.identity import TrustLevel
from mail_gateway.inbound.sender_check import SenderChecker
from mail_gateway.settings import THIS_MACHINE
from mail_gateway.store import MailState, ReceivedMail

DATE = "Tue, 15 Sep 2026 10:00:00 +0200"
BY_HEALTH = SenderEvidence(SenderBasis.SIGNED, "health.example")
BY_BALIE = SenderEvidence(SenderBasis.SIGNED, "balie.example")
UNPROVEN = SenderEvidence(SenderBasis.NOTHING)

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
async def zone() -> AsyncIterator[Zone]:
    async with name_server() as started:
        for domain in ("health.example", "balie.example", "home.example"):
            started.text(f"_dmarc.{domain}", "v=DMARC1; p=none")
            started.text(f"s1._domainkey.{domain}", published())
        yield started


@pytest.fixture
async def story(database: Database, desk: Desk, tmp_path: Path, zone: Zone) -> Story:
    settings = mail_settings(tmp_path, SECRET)
    checker = SenderChecker(zone.servers, settings.own_addresses, THIS_MACHINE, 2.0)
    async with database.transaction() as session:
        await factories.bring_people(session)
    return Story(Bench(database, desk, settings, checker))


def a_mail(sender: str, text: str, message_id: str = "m1@health.example", **headers: str) -> EmailMessage:
    return letter(sender, text, message_id=message_id, Date=DATE, **headers)


async def arrives(story: Story, raw: bytes | EmailMessage, to: str = DESK) -> ReceivedMail:
    await story.bench.receive(raw, mail_from="somebody@elsewhere.example", rcpt_tos=(to,))
    await story.bench.work()
    return (await story.bench.mails())[-1]


async def messages(story: Story) -> list[Message]:
    async with story.bench.database.reading() as session:
        return list((await session.execute(select(Message).order_by(Message.id))).scalars())


async def our_id(story: Story, kind: MailKind, address: str) -> str:
    """Send what waits, and return the Message-ID of the newest mail of a kind to somebody."""
    await story.bench.deliver()
    async with story.bench.database.reading() as session:
        query = select(OutboxMail.message_id).where(OutboxMail.kind == kind, OutboxMail.to_address == address)
        return str((await session.execute(query.order_by(OutboxMail.id.desc()).limit(1))).scalar_one())


async def test_signed_mail_over_the_socket_opens_a_proven_case_and_says_why(story: Story):
    bench = story.bench
    async with serving(bench.keeper, bench.settings) as server, greeted(server.port) as client:
        assert (await client.send(signed(a_mail(AN, "How many days?")))).startswith("250 ")
        unsigned = wire(a_mail(LUC, "And I?", "m2@health.example"))
        assert (await client.send(unsigned)).startswith("250 ")
    await bench.work()

    first, second = await story.cases()
    assert (first.sender_proven, second.sender_proven) == (True, False)
    assert [message.sender for message in await messages(story)] == [BY_HEALTH, UNPROVEN]
    said = {(mail.case_id, mail.to_address): mail.text for mail in await story.told(MailKind.HANDLER)}
    assert "Afzender: bewezen: de e-mail is ondertekend door health.example (DKIM)" in said[first.id, HANNE]
    assert "Afzender: niet bewezen: iedereen kan dit adres in een e-mail schrijven" in said[second.id, HANNE]
    [one, _] = await bench.mails()
    assert (one.trust, one.helo) == (TrustLevel.PROVEN, "client.example")
    assert (one.evidence or "").endswith("is known, and the mail is signed by health.example (DKIM)")


async def test_server_behind_a_load_balancer_is_judged_by_its_own_address(story: Story, zone: Zone, tmp_path: Path):
    zone.text("health.example", "v=spf1 ip4:203.0.113.7 -all")
    settings = mail_settings(tmp_path, SECRET, proxy_peers=THIS_MACHINE)
    for number, client_address in enumerate(("203.0.113.7", "203.0.113.8")):
        async with serving(story.bench.keeper, settings) as server, connected(server.port) as client:
            client.writer.write(f"PROXY TCP4 {client_address} 192.0.2.1 40000 25\r\n".encode())
            assert (await client.reply()).startswith("220 ")
            raw = wire(a_mail(AN, f"Question {number}", f"s{number}@health.example"))
            assert (await client.send(raw, mail_from=AN)).startswith("250 ")
    await story.bench.work()

    by_server = SenderEvidence(SenderBasis.SENT_BY_ITS_SERVER, "health.example")
    assert [message.sender for message in await messages(story)] == [by_server, UNPROVEN]
    assert [mail.remote for mail in await story.bench.mails()] == ["203.0.113.7", "203.0.113.8"]


async def test_every_address_of_a_person_is_proven_by_its_own_domain(story: Story):
    await arrives(story, signed(a_mail(AN_AT_HOME, "From home", "h@home.example"), domain="home.example"))
    await arrives(story, signed(a_mail(AN_AT_HOME, "Not from home", "h2@home.example")))

    found = await messages(story)
    assert [message.sender for message in found] == [SenderEvidence(SenderBasis.SIGNED, "home.example"), UNPROVEN]
    assert len({message.author_id for message in found}) == 1


async def test_decision_by_a_signed_mail_counts_without_a_reply_address(story: Story):
    await story.is_answered()

    await arrives(story, signed(a_mail(AN, "ja", subject="Re: [HRB0000001] My leave")))

    assert [case.status for case in await story.cases()] == [Status.CLOSED_COMPLETE]


async def test_handler_works_by_a_signed_mail_and_an_unsigned_one_is_answered_with_what_to_do(story: Story):
    await arrives(story, a_mail(AN, "How many days do I have left?"))
    ours = await our_id(story, MailKind.HANDLER, HANNE)
    reply = a_mail(HANNE, "#mine\nTwelve days.", "r@balie.example", In_Reply_To=f"<{ours}>", subject="Re: My leave")

    refused = await arrives(story, reply)
    [told] = await story.told(MailKind.UNPROVEN)
    assert (refused.state, [case.status for case in await story.cases()]) == (MailState.HELD, [Status.OPEN])
    assert (told.to_address, told.subject) == (HANNE, "[HRB0000001] uw e-mail is niet uitgevoerd")
    assert ("beantwoord deze e-mail met uw tekst" in told.text, "Twelve" in told.text) == (True, False)

    again = a_mail(HANNE, "#mine\nTwelve days.", "r2@balie.example", In_Reply_To=f"<{ours}>", subject="Re: My leave")
    accepted = await arrives(story, signed(again, domain="balie.example"))
    assert (accepted.state, accepted.trust) == (MailState.PROCESSED, TrustLevel.PROVEN)
    assert [case.status for case in await story.cases()] == [Status.AWAITING_ACCEPTANCE]
    [answer] = [message for message in await messages(story) if message.kind == MessageKind.ANSWER]
    assert (answer.text.strip(), answer.sender) == ("Twelve days.", BY_BALIE)


async def test_reply_to_the_request_for_proof_is_proof(story: Story):
    await arrives(story, a_mail(AN, "How many days do I have left?"))
    ours = await our_id(story, MailKind.HANDLER, HANNE)
    await arrives(story, a_mail(HANNE, "Twelve days.", "r@balie.example", In_Reply_To=f"<{ours}>"))
    await story.bench.deliver()

    async with story.bench.database.reading() as session:
        sent = (await session.execute(select(OutboxMail.raw).where(OutboxMail.kind == MailKind.UNPROVEN))).scalar_one()
    to = message_from_bytes(sent or b"", policy=policy.default)["Reply-To"].addresses[0].addr_spec
    await arrives(story, a_mail(HANNE, "Twelve days.", "r2@balie.example"), to)

    assert [case.status for case in await story.cases()] == [Status.AWAITING_ACCEPTANCE]


async def test_handler_is_asked_for_proof_once_an_hour_however_often_somebody_writes_in_their_name(story: Story):
    await arrives(story, a_mail(AN, "How many days do I have left?"))
    ours = await our_id(story, MailKind.HANDLER, HANNE)
    for number in range(5):
        await arrives(story, a_mail(HANNE, "#mine", f"f{number}@evil.example", In_Reply_To=f"<{ours}>"))

    assert len(await story.told(MailKind.UNPROVEN)) == 1
    assert [mail.state for mail in (await story.bench.mails())[1:]] == [MailState.HELD] * 5


REPLAYS = {
    "as it was, by another way": b"Received: by evil.example\r\n",
    "with a header more": b"X-Note: again\r\n",
    "as an answer to another case": b"In-Reply-To: <other@balie.example>\r\n",
    "with the results of a check that nobody made": (
        b"Authentication-Results: mx.balie.example; dmarc=pass header.from=health.example\r\n"
    ),
}


@pytest.mark.parametrize("added", REPLAYS.values(), ids=REPLAYS.keys())
async def test_signed_decision_that_is_sent_again_decides_nothing_more(story: Story, added: bytes):
    await story.is_answered()
    refusal = signed(a_mail(AN, "nee", "no@health.example", subject="Re: [HRB0000001] My leave"))
    await arrives(story, refusal)
    assert [case.status for case in await story.cases()] == [Status.WORK_IN_PROGRESS]
    to = await story.reply_address(MailKind.HANDLER, HANNE)
    await arrives(story, a_mail(HANNE, "Thirteen days.", "r3@balie.example"), to)

    await arrives(story, added + refusal)

    assert (await story.cases())[0].status is Status.AWAITING_ACCEPTANCE


@pytest.mark.parametrize(
    ("sender", "domain"),
    [
        (HANNE, "health.example"),  # signed by somebody else's domain
        ("hanne.claes@ba1ie.example", "ba1ie.example"),  # looks alike
        ("hanne.claes@bаlie.example", "balie.example"),  # noqa: RUF001 -- with a Cyrillic a
        (f'"{HANNE}" <luc.martin@health.example>', "health.example"),  # her address as a name
    ],
)
async def test_forged_handler_commands_nothing(story: Story, zone: Zone, sender: str, domain: str):
    zone.text(f"s1._domainkey.{domain}", published())
    await arrives(story, a_mail(AN, "How many days do I have left?"))
    ours = await our_id(story, MailKind.HANDLER, HANNE)
    template = a_mail("SENDER", "#mine\nNone at all.", "x@evil.example", In_Reply_To=f"<{ours}>")
    raw = wire(template).replace(b"SENDER", sender.encode())

    await arrives(story, signed(raw, domain=domain))

    case = (await story.cases())[0]
    assert (case.status, case.handler_id) == (Status.OPEN, None)
    assert [message.kind for message in await messages(story) if message.case_id == case.id] == [MessageKind.REQUEST]


async def test_signature_does_not_open_the_reply_address_of_another_person(story: Story):
    to = await story.is_answered()

    received = await arrives(story, signed(a_mail(LUC, "ja")), to)

    assert (received.state, received.trust) == (MailState.HELD, TrustLevel.CONTESTED)
    assert [case.status for case in await story.cases()] == [Status.AWAITING_ACCEPTANCE]


async def test_domain_that_asks_to_refuse_false_mail_is_heard_and_the_case_is_opened_all_the_same(
    story: Story, zone: Zone
):
    zone.text("_dmarc.health.example", "v=DMARC1; p=reject")

    received = await arrives(story, a_mail(AN, "Change my account"))

    disowned = SenderEvidence(SenderBasis.DISOWNED, "health.example")
    assert (received.state, [message.sender for message in await messages(story)]) == (MailState.PROCESSED, [disowned])
    assert "health.example vraagt om zulke e-mails te wantrouwen" in (await story.told(MailKind.HANDLER))[0].text


async def test_dns_that_is_away_neither_holds_nor_trusts_a_mail(story: Story, zone: Zone):
    zone.broken |= {"_dmarc.health.example", "s1._domainkey.health.example"}

    received = await arrives(story, signed(a_mail(AN, "How many days?")))

    assert (received.state, received.trust) == (MailState.PROCESSED, TrustLevel.UNPROVEN)
    assert [message.sender for message in await messages(story)] == [SenderEvidence(SenderBasis.UNANSWERED)]


async def test_automatic_mail_costs_no_question(story: Story, zone: Zone):
    received = await arrives(story, signed(a_mail(AN, "I am away", Auto_Submitted="auto-replied")))

    assert (received.state, zone.asked) == (MailState.IGNORED, [])


async def test_person_who_left_is_nobody_however_well_signed(story: Story):
    async with story.bench.database.transaction() as session:
        person = (await session.execute(select(Person).where(Person.first_name == "An"))).scalar_one()
        person.active = False

    received = await arrives(story, signed(a_mail(AN, "How many days?")))

    assert (received.state, received.trust) == (MailState.HELD, TrustLevel.UNKNOWN)

import asyncio
import email
import email.policy
import mailbox
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import factories
import pytest
from hypothesis import given
from hypothesis import strategies as st
from mailroom import DESK, Bench, letter, mail_settings, other_server
from sqlalchemy import select

from casework.clock import SettableClock
from casework.messages.models import Channel
from casework.messages.service import Words
from casework.outbox import service as outbox
from casework.outbox.models import MailKind, OutboxAttempt, OutboxMail, OutboxState
from mail_gateway.outbound.compose import thread_headers
from mail_gateway.outbound.reply_address import Reference, Signer

SECRET = b"a secret that only tests know"


async def tell_stranger(bench: Bench, address: str, **changes: Any) -> int:
    """Queue the one mail that goes to somebody we do not know."""
    async with bench.database.transaction() as session:
        mail = outbox.tell_address(
            session, kind=MailKind.REGISTER, address=address, language="en", context={"desk_address": DESK},
            now=bench.desk.clock.now(), in_reply_to="<question@elsewhere.example>",
        )  # fmt: skip
        for name, value in changes.items():
            setattr(mail, name, value)
        await session.flush()
        return mail.id


async def outbox_mails(bench: Bench) -> list[OutboxMail]:
    async with bench.database.reading() as session:
        return list(await outbox.all_mails(session))


def read(raw: bytes) -> EmailMessage:
    return email.message_from_bytes(raw, policy=email.policy.default)


async def open_case(bench: Bench) -> factories.Cast:
    async with bench.database.transaction() as session:
        cast = await factories.make_cast(session)
        await factories.make_case(session, bench.desk, cast.an)
    return cast


async def test_summary_leaves_in_the_thread_of_the_request_with_a_reply_address_of_its_own(bench: Bench):
    cast = await open_case(bench)
    async with other_server() as other:
        await bench.deliver(port=other.port)

    arrived = next(mail for mail in other.arrived if mail.rcpt_tos == ["an.peeters@health.example"])
    mail = read(arrived.raw)
    reply_to = mail["Reply-To"].addresses[0].addr_spec
    reference = bench.signer.read_reply_address(reply_to)
    assert reference is not None
    assert reference.person_id == cast.an.person_id
    assert arrived.mail_from == reply_to
    assert (mail["In-Reply-To"], mail["References"]) == ("<first@health.example>", "<first@health.example>")
    assert bench.signer.read_message_id(mail["Message-ID"]) == reference
    assert (mail["Auto-Submitted"], mail["X-Auto-Response-Suppress"]) == ("auto-replied", "DR, RN, OOF, AutoReply")
    assert mail["X-Balie-Instance"] == bench.settings.instance_id
    assert (mail["From"], mail["To"]) == ("Balie <hr@balie.example>", "An Peeters <an.peeters@health.example>")
    assert [part.get_content_type() for part in mail.walk()] == ["multipart/alternative", "text/plain", "text/html"]


async def test_mail_to_a_handler_says_that_nobody_asked_for_it_and_is_workable_by_reply(bench: Bench):
    cast = await open_case(bench)
    async with other_server() as other:
        await bench.deliver(port=other.port)

    arrived = next(mail for mail in other.arrived if mail.rcpt_tos == ["hanne.claes@balie.example"])
    mail = read(arrived.raw)
    assert (mail["Auto-Submitted"], mail["In-Reply-To"]) == ("auto-generated", None)
    reference = bench.signer.read_reply_address(mail["Reply-To"].addresses[0].addr_spec)
    assert reference is not None
    assert reference.person_id == cast.hanne.person_id


async def test_answer_to_a_stranger_has_a_null_sender_and_no_reply_address(bench: Bench):
    await tell_stranger(bench, "who@elsewhere.example")
    async with other_server() as other:
        await bench.deliver(port=other.port)

    [arrived] = other.arrived
    mail = read(arrived.raw)
    assert (arrived.mail_from, mail["Reply-To"]) == ("", None)
    assert (mail["Auto-Submitted"], mail["In-Reply-To"]) == ("auto-replied", "<question@elsewhere.example>")


async def test_thread_goes_on_through_the_mails_of_both_sides(bench: Bench):
    await open_case(bench)
    async with other_server() as other:
        await bench.deliver(port=other.port)
        to_hanne = read(next(mail.raw for mail in other.arrived if mail.rcpt_tos == ["hanne.claes@balie.example"]))
        reply = letter(
            "hanne.claes@balie.example", "#mine", message_id="hanne-1@balie.example", subject="Re",
            In_Reply_To=to_hanne["Message-ID"],
        )  # fmt: skip
        await bench.receive(reply, rcpt_tos=(to_hanne["Reply-To"].addresses[0].addr_spec,))
        await bench.work()
        await bench.receive(letter("an.peeters@health.example", "And one more thing", subject="Re: HRB0000001"))
        await bench.work()
        await bench.deliver(port=other.port)

    update = read(other.arrived[-1].raw)
    assert other.arrived[-1].rcpt_tos == ["hanne.claes@balie.example"]
    assert update["In-Reply-To"] == "<hanne-1@balie.example>"
    assert update["References"].split() == [to_hanne["Message-ID"], "<hanne-1@balie.example>"]


async def test_subject_and_words_of_a_requester_cannot_become_headers_or_commands(bench: Bench):
    text = "Hello\r\n.\r\nMAIL FROM:<x@y.example>\rbare\nQUIT\r\n" + "é" * 2000
    await tell_stranger(
        bench,
        "who@elsewhere.example",
        subject="Re: x\r\nBcc: victim@elsewhere.example\u2028X-Evil: 1 =?utf-8?q?no?=",
        text=text,
    )
    async with other_server() as other:
        await bench.deliver(port=other.port)

    [arrived] = other.arrived
    mail = read(arrived.raw)
    assert mail["Subject"] == "Re: x Bcc: victim@elsewhere.example X-Evil: 1 =?utf-8?q?no?="
    assert set(mail.keys()) == {
        "From", "To", "Subject", "Date", "Message-ID", "Auto-Submitted", "X-Auto-Response-Suppress",
        "X-Balie-Instance", "In-Reply-To", "References", "Content-Type", "MIME-Version",
    }  # fmt: skip
    assert b"\r" not in arrived.raw.replace(b"\r\n", b"")
    assert b"\n" not in arrived.raw.replace(b"\r\n", b"")
    body = mail.get_body(("plain",))
    assert body is not None
    assert body.get_content().split() == text.split()


@pytest.mark.parametrize(
    "subject", ["x" * 1200, f"words {'x' * 1200} words", "\N{LATIN SMALL LETTER E WITH ACUTE}" * 600]
)
async def test_word_that_fills_a_line_by_itself_is_folded(bench: Bench, subject: str):
    await tell_stranger(bench, "who@elsewhere.example", subject=subject)
    async with other_server() as relay:
        await bench.deliver(port=relay.port)

    [arrived] = relay.arrived
    assert max(len(line) for line in arrived.raw.split(b"\r\n")) <= 998
    assert read(arrived.raw)["Subject"] == subject


@pytest.mark.parametrize(
    "address", ["who@elsewhere.example\r\nRCPT TO:<victim@x.example>", "who", "a b@x.example", "<a@x.example>"]
)
async def test_address_that_no_mail_can_go_to_fails_at_once_and_stops_no_other(bench: Bench, address: str):
    bad = await tell_stranger(bench, address)
    await tell_stranger(bench, "good@elsewhere.example")
    async with other_server() as other:
        await bench.deliver(port=other.port)

    assert [mail.rcpt_tos for mail in other.arrived] == [["good@elsewhere.example"]]
    states = {mail.id: mail.state for mail in await outbox_mails(bench)}
    assert states.pop(bad) == OutboxState.FAILED
    assert set(states.values()) == {OutboxState.SENT}


async def test_names_and_addresses_beyond_ascii_arrive(bench: Bench):
    await tell_stranger(bench, "jérôme@exämple.example", subject="Réponse à votre question: " + "für später " * 15)
    async with other_server() as other:
        await bench.deliver(port=other.port)

    [arrived] = other.arrived
    mail = read(arrived.raw)
    assert arrived.rcpt_tos == ["jérôme@exämple.example"]
    assert mail["Subject"] == ("Réponse à votre question: " + "für später " * 15).strip()


async def test_passing_failure_is_tried_again_later_as_the_same_mail(bench: Bench, clock: SettableClock):
    mail_id = await tell_stranger(bench, "who@elsewhere.example")
    async with other_server() as other:
        other.on_mail = lambda count: "hang up" if count == 1 else "250 2.0.0 Taken"
        await bench.deliver(port=other.port)
        await bench.deliver(port=other.port)
        assert len(other.arrived) == 1
        clock.advance(timedelta(minutes=5))
        await bench.deliver(port=other.port)

    assert other.arrived[0].raw == other.arrived[1].raw
    async with bench.database.reading() as session:
        attempts = (await session.execute(select(OutboxAttempt).where(OutboxAttempt.mail_id == mail_id))).scalars()
        assert [attempt.outcome for attempt in attempts] == ["deferred", "sent"]


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        ("550 5.1.1 unknown", OutboxState.FAILED),
        ("552 5.2.2 full", OutboxState.FAILED),
        ("450 4.2.1 greylisted", OutboxState.QUEUED),
        ("421 4.3.2 going down", OutboxState.QUEUED),
        ("gibberish", OutboxState.QUEUED),
    ],
)
async def test_refusal_is_final_only_with_a_permanent_reply(bench: Bench, reply: str, state: OutboxState):
    await tell_stranger(bench, "who@elsewhere.example")
    async with other_server() as other:
        other.on_recipient = lambda _address: reply
        await bench.deliver(port=other.port)

    [mail] = await outbox_mails(bench)
    assert (mail.state, mail.attempts) == (state, 1)


async def test_relay_that_never_greets_defers(bench: Bench):
    async def say_nothing(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read()
        writer.close()
        await writer.wait_closed()

    await tell_stranger(bench, "who@elsewhere.example")
    bench.settings = mail_settings(bench.settings.maildir, SECRET, send_seconds=0.2)
    silent = await asyncio.start_server(say_nothing, "127.0.0.1", 0)
    await bench.deliver(port=silent.sockets[0].getsockname()[1])
    silent.close()
    await asyncio.sleep(0.05)

    [mail] = await outbox_mails(bench)
    assert (mail.state, mail.last_reply) == (OutboxState.QUEUED, "no answer within 0.2 seconds")


async def test_relay_that_is_away_defers(bench: Bench):
    await tell_stranger(bench, "who@elsewhere.example")
    async with other_server() as other:
        gone = other.port
    await bench.deliver(port=gone)

    assert [mail.state for mail in await outbox_mails(bench)] == [OutboxState.QUEUED]


async def test_one_recipient_that_fails_stops_no_other(bench: Bench):
    for number in range(6):
        await tell_stranger(bench, f"p{number}@elsewhere.example")
    async with other_server() as other:
        other.on_recipient = lambda address: "550 5.1.1 no" if address[1] in "135" else None
        await bench.deliver(port=other.port)

    assert sorted(mail.rcpt_tos[0] for mail in other.arrived) == [f"p{n}@elsewhere.example" for n in (0, 2, 4)]


async def test_two_workers_send_each_mail_once(bench: Bench):
    for number in range(30):
        await tell_stranger(bench, f"p{number}@elsewhere.example")
    stop = asyncio.Event()
    async with other_server() as other:
        workers = [asyncio.create_task(bench.outbound(other.port, owner=f"w{n}").run(stop)) for n in range(2)]
        async with asyncio.timeout(20):
            await other.count_reaches(30)
        stop.set()
        await asyncio.gather(*workers)

    assert sorted(mail.rcpt_tos[0] for mail in other.arrived) == sorted(f"p{n}@elsewhere.example" for n in range(30))
    assert {mail.state for mail in await outbox_mails(bench)} == {OutboxState.SENT}


async def test_worker_wakes_at_a_commit_and_finishes_what_is_under_way_when_stopped(bench: Bench, tmp_path: Path):
    bench.settings = mail_settings(tmp_path, SECRET, outbox_poll_seconds=60.0)
    stop = asyncio.Event()
    async with other_server() as other:
        other.seconds = 0.3
        worker = asyncio.create_task(bench.outbound(other.port).run(stop))
        await asyncio.sleep(0.2)
        await tell_stranger(bench, "who@elsewhere.example")
        await asyncio.sleep(0.2)
        stop.set()
        await worker

    assert len(other.arrived) == 1
    assert [mail.state for mail in await outbox_mails(bench)] == [OutboxState.SENT]


async def test_idle_worker_writes_nothing(bench: Bench, tmp_path: Path):
    bench.settings = mail_settings(tmp_path, SECRET, outbox_poll_seconds=0.02)
    stop = asyncio.Event()
    woken = asyncio.create_task(bench.database.committed.wait(60))
    worker = asyncio.create_task(bench.outbound().run(stop))
    await asyncio.sleep(0.2)
    stop.set()
    await worker

    assert not woken.done()
    woken.cancel()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
async def test_without_a_relay_mail_lands_in_a_maildir_once(bench: Bench):
    await tell_stranger(bench, "who@elsewhere.example")
    await bench.deliver()
    async with bench.database.transaction() as session:
        mail = (await session.execute(select(OutboxMail))).scalar_one()
        mail.state, raw = OutboxState.QUEUED, mail.raw
    await bench.deliver()

    box = mailbox.Maildir(bench.settings.maildir, create=False)
    assert [box.get_bytes(key).replace(b"\r\n", b"\n") for key in box.iterkeys()] == [
        (raw or b"").replace(b"\r\n", b"\n")
    ]


ids = st.integers(min_value=0, max_value=2**35 - 1)
references = st.builds(Reference, ids, ids, ids)
signer = Signer(SECRET, DESK)


@given(references)
def test_signed_names_lead_back_in_any_letter_case_and_fit(reference: Reference):
    address = signer.reply_address(reference)

    assert signer.read_reply_address(address.swapcase()) == reference
    assert signer.read_message_id(f"<{signer.message_id(reference)}>") == reference
    assert len(address.partition("@")[0]) <= 64


@given(references, st.data())
def test_changed_signed_name_leads_nowhere(reference: Reference, data: st.DataObject):
    token = signer.reply_address(reference).partition("+")[2].partition("@")[0]
    place = data.draw(st.integers(0, len(token) - 2))
    other = data.draw(st.sampled_from([c for c in "abcdefghijklmnopqrstuvwxyz234567" if c != token[place]]))

    assert signer.read_reply_address(f"hr+{token[:place]}{other}{token[place + 1 :]}@balie.example") is None


@given(references)
def test_message_id_never_serves_as_a_reply_address_nor_for_another_desk(reference: Reference):
    token = signer.message_id(reference).partition("m.")[2].partition("@")[0]

    assert signer.read_reply_address(f"hr+{token}@balie.example") is None
    assert Signer(b"another", DESK).read_reply_address(signer.reply_address(reference)) is None
    assert signer.read_reply_address(signer.reply_address(reference).replace("balie.example", "other.example")) is None


@given(st.text(max_size=80))
def test_any_text_can_be_asked_whether_it_is_a_signed_name(text: str):
    assert signer.read_reply_address(f"hr+{text}@balie.example") is None
    assert signer.read_message_id(text) is None


def test_desk_address_that_leaves_no_room_for_a_token_is_refused():
    with pytest.raises(ValueError, match="at most 23 characters"):
        Signer(SECRET, "a" * 24 + "@balie.example")


def test_references_are_the_first_and_the_newest_nine():
    thread = [f"{n}@x.example" for n in range(30)]

    headers = thread_headers(None, thread, 4000)

    assert headers["In-Reply-To"] == "<29@x.example>"
    assert headers["References"].split() == ["<0@x.example>", *(f"<{n}@x.example>" for n in range(21, 30))]


def test_references_end_with_the_mail_that_is_answered():
    assert thread_headers("<b@x>", ["a@x", "b@x", "c@x"], 4000)["References"].split() == ["<a@x>", "<c@x>", "<b@x>"]


@given(st.text(max_size=300), st.lists(st.text(max_size=300), max_size=20), st.integers(0, 4000))
def test_references_stay_within_their_room_and_hold_no_break(answered: str, thread: list[str], room: int):
    headers = thread_headers(answered, thread, room)

    block = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    assert len(block) <= max(room, 270)
    assert all(line.startswith((" <", "In-Reply-To: <", "References: <")) for line in block.split("\r\n")[:-1])


async def test_header_block_of_a_long_thread_stays_below_four_kilobytes(bench: Bench):
    async with bench.database.transaction() as session:
        cast = await factories.make_cast(session)
        case = await factories.make_case(session, bench.desk, cast.an)
        for number in range(12):
            words = Words(f"more {number}", Channel.MAIL, mail_message_id=f"{number:x>240}@h")
            await outbox.tell(
                session, kind=MailKind.DECISION, person_id=cast.an.person_id or 0, now=bench.desk.clock.now(),
                case_id=case.id, in_reply_to=words.mail_message_id,
                context={"case": case, "accepted": True, "comment": "", "link": "https://x.example"},
            )  # fmt: skip
        case.subject = "é" * 200
    async with other_server() as other:
        await bench.deliver(port=other.port)

    assert {len(mail.raw.partition(b"\r\n\r\n")[0]) < 4096 for mail in other.arrived} == {True}

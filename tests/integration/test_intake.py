import asyncio
from collections.abc import Awaitable, Callable
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import factories
import pytest
from mailroom import Bench, Client, greeted, letter, mail_settings, other_server, plainly, serving, wire
from sqlalchemy import select

from casework.attachments import service as attachments
from casework.cases import store as cases
from casework.cases.models import Case, Status
from casework.clock import SettableClock
from casework.db import Database
from casework.desk import Desk
from casework.errors import NotFound
from casework.messages import store as messages
from casework.messages.models import EventKind
from casework.outbox.models import MailKind, OutboxMail
from mail_gateway import replies, store
from mail_gateway.errors import MailUnreadable
from mail_gateway.inbound.identity import TrustLevel
from mail_gateway.models import ParsedMail
from mail_gateway.outbound.compose import envelope_sender
from mail_gateway.store import MailState

SECRET = b"a secret that only tests know"
AN = "an.peeters@health.example"
AN_AT_HOME = "an@home.example"
LUC = "luc.martin@health.example"
HANNE = "hanne.claes@balie.example"
OMAR = "omar.diallo@balie.example"
STRANGER = "who@elsewhere.example"


class Story:
    """A desk with its people, where mails arrive and are worked off at once."""

    def __init__(self, bench: Bench) -> None:
        self.bench = bench

    async def arrives(
        self, mail: EmailMessage, *, mail_from: str = "somebody@health.example", to: str = "hr@balie.example"
    ) -> store.ReceivedMail:
        await self.bench.receive(mail, mail_from=mail_from, rcpt_tos=(to,))
        await self.bench.work()
        return (await self.bench.mails())[-1]

    async def told(self, kind: MailKind | None = None) -> list[OutboxMail]:
        async with self.bench.database.reading() as session:
            query = select(OutboxMail).order_by(OutboxMail.id)
            return list(
                (await session.execute(query if kind is None else query.where(OutboxMail.kind == kind))).scalars()
            )

    async def reply_address(self, kind: MailKind, address: str) -> str:
        """The reply address of the newest mail of a kind to somebody."""
        newest = [mail for mail in await self.told(kind) if mail.to_address == address][-1]
        return envelope_sender(newest, self.bench.signer)

    async def states_become(self, states: list[MailState]) -> None:
        async with asyncio.timeout(30):
            while [mail.state for mail in await self.bench.mails()] != states:
                await self.bench.database.committed.wait(0.1)

    async def cases(self) -> list[Case]:
        async with self.bench.database.reading() as session:
            return list(await cases.all_cases(session))

    async def timeline(self, number: str) -> list[tuple[str, str, str]]:
        async with self.bench.database.reading() as session:
            case = await cases.by_number(session, number)
            entries = await messages.timeline(session, case.id, with_notes=True)
        return [(entry.kind, entry.actor, entry.text) for entry in entries]

    async def is_answered(self) -> str:
        """An asks, and Hanne answers by mail; returns An's reply address on the link mail."""
        await self.arrives(letter(AN, "How many days do I have left?", message_id="q@health.example"))
        to = await self.reply_address(MailKind.HANDLER, HANNE)
        await self.arrives(letter(HANNE, "Twelve days.", subject="Re: My leave"), to=to)
        return await self.reply_address(MailKind.LINK, AN)


@pytest.fixture
def bench(database: Database, desk: Desk, tmp_path: Path) -> Bench:
    return Bench(database, desk, mail_settings(tmp_path, SECRET))


@pytest.fixture
async def story(bench: Bench) -> Story:
    async with bench.database.transaction() as session:
        await factories.bring_people(session)
    return Story(bench)


only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


async def test_first_mail_of_a_colleague_opens_a_case_with_its_files_and_tells_both_sides(story: Story):
    mail = letter(AN, "Please see the form.\n\n> quoted by myself", message_id="q@health.example")
    mail.add_attachment(b"%PDF-1.4\n%hello", maintype="image", subtype="png", filename="form.pdf")

    received = await story.arrives(mail)

    [case] = await story.cases()
    assert (case.number, case.status, case.form_key, case.sender_proven) == ("HRB0000001", Status.OPEN, None, False)
    assert (received.state, received.case_id, received.trust) == (MailState.PROCESSED, case.id, TrustLevel.UNPROVEN)
    async with story.bench.database.reading() as session:
        [file] = await attachments.of_case(session, case.id, with_internal=True)
        request = await messages.request_of(session, case.id)
    assert (file.filename, file.declared_type, file.content_type) == ("form.pdf", "image/png", "application/pdf")
    assert (request.folded_from, request.mail_message_id) == (None, "q@health.example")
    assert {(mail.kind, mail.to_address) for mail in await story.told()} == {
        (MailKind.SUMMARY, AN), (MailKind.HANDLER, HANNE), (MailKind.HANDLER, OMAR),
    }  # fmt: skip


@only_sqlite
async def test_stranger_opens_nothing_and_is_answered_once_an_hour_in_their_language(
    story: Story, clock: SettableClock
):
    french = "Bonjour, je voudrais savoir combien de jours de congé il me reste. Merci pour votre réponse."
    first = await story.arrives(letter(STRANGER, french, message_id="s@elsewhere.example"))
    await story.arrives(letter(STRANGER, french + " Merci encore."))

    [answer] = await story.told()
    assert (first.state, first.trust) == (MailState.HELD, TrustLevel.UNKNOWN)
    assert first.reason == f"nobody here has the address {STRANGER}"
    assert (answer.kind, answer.to_address, answer.in_reply_to) == (MailKind.REGISTER, STRANGER, "s@elsewhere.example")
    assert "adresse" in answer.text
    assert await story.cases() == []
    clock.advance(timedelta(minutes=61))
    await story.arrives(letter(STRANGER, "Hello once more, could you please tell me about this?"))
    assert len(await story.told()) == 2


@only_sqlite
@pytest.mark.parametrize(
    ("mail_from", "headers"),
    [
        ("", {}),
        (AN, {"Auto-Submitted": "auto-replied"}),
        (AN, {"Auto-Submitted": "auto-generated; x=y"}),
        (AN, {"X-Balie-Instance": "anything"}),
    ],
)
@pytest.mark.parametrize("sender", [AN, STRANGER])
async def test_automatic_mail_changes_nothing_and_is_not_answered(
    story: Story, mail_from: str, headers: dict[str, str], sender: str
):
    mail = await story.arrives(letter(sender, "I am away", **headers), mail_from=mail_from)

    assert mail.state == MailState.IGNORED
    assert mail.reason
    assert (await story.cases(), await story.told()) == ([], [])


@only_sqlite
async def test_auto_submitted_no_is_a_person(story: Story):
    mail = await story.arrives(letter(AN, "A question", Auto_Submitted="no"))

    assert mail.state == MailState.PROCESSED


async def test_handler_answers_by_reply_and_the_quoted_part_is_folded(story: Story):
    await story.arrives(letter(AN, "How many days do I have left?", message_id="q@health.example"))
    to = await story.reply_address(MailKind.HANDLER, HANNE)
    quoted = "Twelve days.\n\nOn Tue, 15 Sep 2026 at 10:00, Balie wrote:\n> How many days do I have left?\n"

    received = await story.arrives(letter(HANNE, quoted, subject="Re: My leave", In_Reply_To="<x@y.example>"), to=to)

    [case] = await story.cases()
    assert (case.status, received.trust, received.state) == (
        Status.AWAITING_ACCEPTANCE, TrustLevel.PROVEN, MailState.PROCESSED,
    )  # fmt: skip
    answers = [entry for entry in await story.timeline(case.number) if entry[0] == EventKind.ANSWER]
    assert answers == [(EventKind.ANSWER, "Hanne Claes", "Twelve days.")]
    [link] = await story.told(MailKind.LINK)
    assert "Twelve" not in link.text


@only_sqlite
async def test_handler_without_a_reply_address_of_their_own_is_held_until_an_admin_releases(story: Story):
    await story.arrives(letter(AN, "How many days do I have left?", message_id="q@health.example"))
    handler_mail = (await story.told(MailKind.HANDLER))[0]
    await story.bench.deliver()
    async with story.bench.database.reading() as session:
        ours = (
            await session.execute(select(OutboxMail.message_id).where(OutboxMail.id == handler_mail.id))
        ).scalar_one()

    held = await story.arrives(letter(HANNE, "Twelve days.", In_Reply_To=f"<{ours}>"))
    assert (held.state, held.trust, (await story.cases())[0].status) == (
        MailState.HELD,
        TrustLevel.UNPROVEN,
        Status.OPEN,
    )
    async with story.bench.database.transaction() as session:
        await store.release(session, held.id)
    await story.bench.work()

    released = (await story.bench.mails())[-1]
    assert (released.state, released.trust) == (MailState.PROCESSED, TrustLevel.VOUCHED)
    assert [case.status for case in await story.cases()] == [Status.AWAITING_ACCEPTANCE]


@only_sqlite
async def test_unknown_command_is_explained_and_nothing_is_done(story: Story):
    await story.arrives(letter(AN, "How many days do I have left?", message_id="q@health.example"))
    to = await story.reply_address(MailKind.HANDLER, HANNE)

    received = await story.arrives(letter(HANNE, "#mnie\nTwelve days.", message_id="r@balie.example"), to=to)

    [problem] = await story.told(MailKind.COMMAND_PROBLEM)
    assert (problem.to_address, problem.in_reply_to) == (HANNE, "r@balie.example")
    assert "Twelve days." in problem.text
    assert (received.state, (await story.cases())[0].status) == (MailState.PROCESSED, Status.OPEN)
    assert (received.reason or "").startswith("nothing was done, and the handler was told why: ")


@pytest.mark.parametrize(
    ("word", "status"), [("Ja!", Status.CLOSED_COMPLETE), ("Nee\nik wil meer", Status.WORK_IN_PROGRESS)]
)
async def test_requester_decides_by_reply(story: Story, word: str, status: Status):
    to = await story.is_answered()

    received = await story.arrives(letter(AN, word, subject="Re: antwoord"), to=to)

    assert (received.trust, [case.status for case in await story.cases()]) == (TrustLevel.PROVEN, [status])


@only_sqlite
async def test_decision_keeps_the_files_that_came_with_it(story: Story):
    mail = letter(AN, "Oui")
    mail.add_attachment(b"%PDF-1.4\n%signed", maintype="application", subtype="pdf", filename="signed.pdf")

    await story.arrives(mail, to=await story.is_answered())

    async with story.bench.database.reading() as session:
        assert [file.filename for file in await attachments.of_case(session, 1, with_internal=True)] == ["signed.pdf"]


@only_sqlite
async def test_decision_without_proof_is_only_a_message(story: Story):
    await story.is_answered()

    received = await story.arrives(letter(AN, "ja", subject="Re: [HRB0000001] My leave"))

    [case] = await story.cases()
    assert (received.trust, case.status) == (TrustLevel.UNPROVEN, Status.AWAITING_ACCEPTANCE)
    assert (EventKind.MESSAGE, "An Peeters", "ja") in await story.timeline(case.number)


@only_sqlite
async def test_yes_but_is_a_message(story: Story):
    to = await story.is_answered()

    await story.arrives(letter(AN, "Ja, maar ik heb nog een vraag", subject="Re"), to=to)

    assert [case.status for case in await story.cases()] == [Status.AWAITING_ACCEPTANCE]


@only_sqlite
async def test_reply_to_a_closed_case_opens_a_linked_one(story: Story):
    to = await story.is_answered()
    await story.arrives(letter(AN, "ja", subject="Re"), to=to)

    received = await story.arrives(letter(AN, "One more thing", subject="Re: My leave"), to=to)

    closed, opened = await story.cases()
    assert (closed.status, opened.status, opened.subject, opened.sender_proven) == (
        Status.CLOSED_COMPLETE, Status.OPEN, "My leave", True,
    )  # fmt: skip
    assert received.case_id == opened.id
    async with story.bench.database.reading() as session:
        assert await cases.linked_numbers(session, opened.id) == [closed.number]


@only_sqlite
@pytest.mark.parametrize(
    "headers",
    [
        {"In-Reply-To": "<q@health.example>"},
        {"References": "<other@x.example> <q@health.example>"},
        {"Subject": "hrb0000001"},
    ],
)
async def test_requester_who_goes_on_without_a_reply_address_stays_on_the_case(story: Story, headers: dict[str, str]):
    await story.arrives(letter(AN, "How many days do I have left?", message_id="q@health.example"))
    more = letter(AN_AT_HOME, "And another thing")
    for name, value in headers.items():
        del more[name]
        more[name] = value

    received = await story.arrives(more)

    [case] = await story.cases()
    assert received.case_id == case.id
    assert [mail.to_address for mail in await story.told(MailKind.UPDATE)] == [HANNE, OMAR]


@only_sqlite
@pytest.mark.parametrize("subject", ["Re: [HRB0000001] My leave", "HRB0000001"])
async def test_colleague_who_is_not_on_a_case_opens_their_own_by_its_number(story: Story, subject: str):
    await story.arrives(letter(AN, "How many days do I have left?", message_id="q@health.example"))
    before = await story.timeline("HRB0000001")

    received = await story.arrives(letter(LUC, "ja", subject=subject, In_Reply_To="<q@health.example>"))

    first, second = await story.cases()
    assert (received.case_id, second.requester_id != first.requester_id) == (second.id, True)
    assert "perhaps about HRB0000001" in (received.evidence or "")
    assert await story.timeline("HRB0000001") == before


@only_sqlite
async def test_stranger_changes_nothing_by_a_number(story: Story):
    await story.arrives(letter(AN, "How many days do I have left?", message_id="q@health.example"))
    before = await story.timeline("HRB0000001")

    received = await story.arrives(letter(STRANGER, "ja", subject="[HRB0000001]", In_Reply_To="<q@health.example>"))

    assert (received.state, received.case_id) == (MailState.HELD, None)
    assert await story.timeline("HRB0000001") == before


@only_sqlite
@pytest.mark.parametrize("sender", [LUC, STRANGER, OMAR])
async def test_reply_address_in_somebody_elses_hands_is_held_with_the_reason(story: Story, sender: str):
    to = await story.is_answered()

    received = await story.arrives(letter(sender, "ja", subject="Re"), to=to)

    assert (received.state, received.trust) == (MailState.HELD, TrustLevel.CONTESTED)
    assert received.reason == f"{sender} wrote to the reply address of the mail 4, which somebody else has"
    assert [case.status for case in await story.cases()] == [Status.AWAITING_ACCEPTANCE]
    assert await story.told(MailKind.REGISTER) == []


@only_sqlite
async def test_released_reply_from_an_unregistered_address_counts_as_its_owners(story: Story):
    to = await story.is_answered()
    held = await story.arrives(letter(STRANGER, "ja", subject="Re"), to=to)

    async with story.bench.database.transaction() as session:
        await store.release(session, held.id)
    await story.bench.work()

    assert [case.status for case in await story.cases()] == [Status.CLOSED_COMPLETE]


@only_sqlite
async def test_message_id_that_a_colleague_copied_does_not_pull_a_mail_away(story: Story):
    await story.arrives(letter(LUC, "Mine", message_id="q@health.example"))
    await story.arrives(letter(AN, "How many days do I have left?", message_id="q@health.example"))

    received = await story.arrives(letter(AN, "More", In_Reply_To="<q@health.example>"))

    _, second = await story.cases()
    assert received.case_id == second.id


@only_sqlite
async def test_stranger_who_was_imported_meanwhile_gets_their_case_on_release(story: Story):
    held = await story.arrives(letter("new.colleague@health.example", "My first question"))
    async with story.bench.database.transaction() as session:
        await store.release(session, held.id)
    await story.bench.work()
    assert [mail.state for mail in await story.bench.mails()] == [MailState.HELD]

    async with story.bench.database.transaction() as session:
        await factories.bring_people(
            session,
            f"{factories.HEADING}\nE900,,New,Colleague,new.colleague@health.example,nl,X,contractual,employee,,,\n",
        )
        await store.release(session, held.id)
    await story.bench.work()

    assert len(await story.cases()) == 1
    assert len(await story.told(MailKind.REGISTER)) == 1


@only_sqlite
async def test_several_senders_are_held_and_a_release_skips_that(story: Story):
    raw = wire(letter(AN, "x", message_id="two@x.example")).replace(
        b"To:", b"From: luc.martin@health.example\r\nTo:", 1
    )
    await story.bench.receive(raw)
    await story.bench.work()
    [held] = await story.bench.mails()
    assert (held.state, held.reason) == (MailState.HELD, "several senders")

    async with story.bench.database.transaction() as session:
        await store.release(session, held.id)
    await story.bench.work()

    assert [mail.state for mail in await story.bench.mails()] == [MailState.PROCESSED]


@pytest.mark.parametrize("number", [1, 999])
async def test_release_of_a_mail_that_does_not_wait_is_refused(story: Story, number: int):
    await story.arrives(letter(AN, "Question"))

    with pytest.raises(NotFound, match=f"no held or shunted mail {number}"):
        async with story.bench.database.transaction() as session:
            await store.release(session, number)


async def test_mail_that_crashes_the_parser_is_shunted_and_delays_no_other(story: Story):
    async def fragile(raw: bytes) -> ParsedMail:
        if b"poison" in raw:
            raise RecursionError("too deep\nfor us")
        if b"unreadable" in raw:
            raise MailUnreadable("it took more than 20 seconds")
        return await plainly(raw)

    for text in ("poison", "unreadable", "a question"):
        await story.bench.receive(letter(AN, text))
    await story.bench.work(fragile)

    mails = await story.bench.mails()
    assert [mail.state for mail in mails] == [MailState.SHUNTED, MailState.SHUNTED, MailState.PROCESSED]
    assert [mail.reason for mail in mails[:2]] == [
        "RecursionError: too deep for us",
        "The mail could not be read: it took more than 20 seconds",
    ]
    async with story.bench.database.transaction() as session:
        await store.release(session, mails[0].id)
    await story.bench.work()
    assert len(await story.cases()) == 2


@only_sqlite
async def test_mail_that_is_slow_to_read_steps_aside(story: Story):
    reading, go_on = asyncio.Event(), asyncio.Event()

    async def slow(raw: bytes) -> ParsedMail:
        if b"slow" in raw:
            reading.set()
            await go_on.wait()
        return await plainly(raw)

    await story.bench.receive(letter(AN, "slow"))
    await story.bench.receive(letter(AN, "quick"))
    stop = asyncio.Event()
    intake = asyncio.create_task(story.bench.intake(slow).run(stop))
    await reading.wait()
    await story.states_become([MailState.RECEIVED, MailState.PROCESSED])
    stop.set()
    go_on.set()
    await intake

    assert {mail.state for mail in await story.bench.mails()} == {MailState.PROCESSED}


@only_sqlite
async def test_reply_does_not_overtake_the_mail_it_answers(story: Story):
    async def uneven(raw: bytes) -> ParsedMail:
        await asyncio.sleep(0.3 if b"first" in raw else 0)
        return await plainly(raw)

    await story.bench.receive(letter(AN, "first", message_id="q@health.example"))
    await story.bench.receive(letter(AN, "second", In_Reply_To="<q@health.example>"))
    await story.bench.work(uneven)

    assert len(await story.cases()) == 1


async def test_failure_of_the_desk_undoes_everything_and_shunts(story: Story):
    class Unwritable:
        async def put(self, content: bytes) -> str:
            raise ValueError("a bug of ours")

        async def get(self, sha256: str) -> bytes:
            raise NotFound(sha256)

    mail = letter(AN, "See the file")
    mail.add_attachment(b"x", maintype="text", subtype="plain", filename="x.txt")
    good = story.bench.desk
    story.bench.desk = Desk(good.settings, good.clock, good.catalogue, Unwritable())

    received = await story.arrives(mail)

    assert (received.state, received.reason) == (MailState.SHUNTED, "ValueError: a bug of ours")
    assert (await story.cases(), await story.told()) == ([], [])


@only_sqlite
async def test_passing_failure_leaves_the_mail_to_its_lease(story: Story, clock: SettableClock):
    class Away:
        async def put(self, content: bytes) -> str:
            raise OSError(28, "No space left on device")

        async def get(self, sha256: str) -> bytes:
            raise NotFound(sha256)

    mail = letter(AN, "See the file")
    mail.add_attachment(b"x", maintype="text", subtype="plain", filename="x.txt")
    good = story.bench.desk
    story.bench.desk = Desk(good.settings, good.clock, good.catalogue, Away())
    assert (await story.arrives(mail)).state == MailState.RECEIVED

    story.bench.desk = good
    clock.advance(store.LEASE + timedelta(seconds=1))
    await story.bench.work()

    assert [mail.state for mail in await story.bench.mails()] == [MailState.PROCESSED]


@only_sqlite
async def test_mail_on_which_the_desk_keeps_stopping_is_shunted(story: Story, clock: SettableClock):
    await story.bench.receive(letter(AN, "Question"))
    for _ in range(10):
        async with story.bench.database.transaction() as session:
            await store.claim(session, owner="dead", now=clock.now(), limit=1)
        clock.advance(store.LEASE + timedelta(seconds=1))

    await story.bench.work()

    [mail] = await story.bench.mails()
    assert (mail.state, mail.reason) == (MailState.SHUNTED, "the desk stopped 10 times while it worked on this mail")


async def test_two_workers_open_one_case_for_each_mail(story: Story):
    for number in range(12):
        await story.bench.receive(letter(AN, f"Question {number}", message_id=f"{number}@health.example"))
    stop = asyncio.Event()
    workers = [asyncio.create_task(story.bench.intake(owner=f"w{n}").run(stop)) for n in range(2)]
    await story.states_become([MailState.PROCESSED] * 12)
    stop.set()
    await asyncio.gather(*workers)

    assert [case.number for case in await story.cases()] == [f"HRB{number:07d}" for number in range(1, 13)]
    assert len(await story.told(MailKind.SUMMARY)) == 12


async def test_two_workers_answer_a_stranger_once(story: Story):
    for number in range(4):
        await story.bench.receive(letter(STRANGER, f"Question {number}"))
    await asyncio.gather(*(story.bench.intake(owner=f"w{n}").work_off() for n in range(2)))
    await story.bench.work()

    assert len(await story.told(MailKind.REGISTER)) == 1
    assert {mail.state for mail in await story.bench.mails()} == {MailState.HELD}


async def test_recipient_that_comes_with_a_resend_proves_a_held_mail(story: Story):
    await story.arrives(letter(AN, "How many days do I have left?", message_id="q@health.example"))
    to = await story.reply_address(MailKind.HANDLER, HANNE)
    reply = letter(
        HANNE, "Twelve days.", subject="Re: [HRB0000001]", message_id="r@balie.example", References="<q@health.example>"
    )
    await story.arrives(letter(HANNE, "#mine"), to=to)
    assert (await story.arrives(reply)).state == MailState.HELD

    received = await story.arrives(reply, to=to)

    assert (received.state, received.trust) == (MailState.PROCESSED, TrustLevel.PROVEN)
    assert [case.status for case in await story.cases()] == [Status.AWAITING_ACCEPTANCE]


async def test_list_of_mails_says_what_became_of_each(story: Story):
    await story.arrives(letter(AN, "Question", message_id="a@x.example", subject="Één vraag"))
    await story.arrives(letter(STRANGER, "Question", message_id="b@x.example"))

    async with story.bench.database.reading() as session:
        listed = await store.list_mails(session)
        held = await store.list_mails(session, states=[MailState.HELD])

    assert [(entry.mail.message_id, entry.mail.state, entry.case_number, entry.mail.subject) for entry in listed] == [
        ("a@x.example", MailState.PROCESSED, "HRB0000001", "Één vraag"),
        ("b@x.example", MailState.HELD, None, "My leave"),
    ]
    assert [entry.mail.message_id for entry in held] == ["b@x.example"]


async def test_bytes_of_an_unknown_mail_are_not_found(story: Story):
    async with story.bench.database.reading() as session:
        with pytest.raises(NotFound, match="no received mail 7"):
            await store.raw(session, 7)


@only_sqlite
async def test_whole_path_over_real_sockets(story: Story):
    bench = story.bench
    stop = asyncio.Event()
    async with other_server() as other, serving(bench.keeper, bench.settings) as server, greeted(server.port) as client:
        workers = [
            asyncio.create_task(bench.intake().run(stop)),
            asyncio.create_task(bench.outbound(other.port).run(stop)),
        ]
        await walk(client, other.count_reaches, story.reply_address)
        stop.set()
        await asyncio.gather(*workers)

    [case] = await story.cases()
    assert case.status is Status.CLOSED_COMPLETE
    assert [mail.rcpt_tos[0] for mail in other.arrived[3:]] == [AN, HANNE]


async def walk(
    client: Client,
    arrived: Callable[[int], Awaitable[None]],
    reply_address: Callable[[MailKind, str], Awaitable[str]],
) -> None:
    async with asyncio.timeout(20):
        assert await client.send(wire(letter(AN, "How many days?", message_id="q@health.example"))) == replies.KEPT
        await arrived(3)
        to = await reply_address(MailKind.HANDLER, HANNE)
        assert await client.send(wire(letter(HANNE, "#mine\nTwelve.")), rcpt_to=to) == replies.KEPT
        await arrived(4)
        to = await reply_address(MailKind.LINK, AN)
        assert await client.send(wire(letter(AN, "Ja.")), rcpt_to=to) == replies.KEPT
        await arrived(5)

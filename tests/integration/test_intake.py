import asyncio
from collections.abc import Awaitable, Callable

import pytest
from mail_story import AN, AN_AT_HOME, HANNE, OMAR, Story
from mailroom import Client, greeted, letter, other_server, serving, wire

from casework.attachments import service as attachments
from casework.cases import store as cases
from casework.cases.models import Status
from casework.messages import store as messages
from casework.messages.models import EventKind, MessageKind
from casework.outbox.models import MailKind
from mail_gateway import replies
from mail_gateway.inbound.identity import TrustLevel
from mail_gateway.store import MailState

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
        [request] = await messages.messages_of(session, case.id, [MessageKind.REQUEST])
    assert (file.filename, file.declared_type, file.content_type) == ("form.pdf", "image/png", "application/pdf")
    assert (request.folded_from, request.mail_message_id) == (None, "q@health.example")
    assert {(mail.kind, mail.to_address) for mail in await story.told()} == {
        (MailKind.SUMMARY, AN), (MailKind.HANDLER, HANNE), (MailKind.HANDLER, OMAR),
    }  # fmt: skip


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


BELOW = "On Tue, 15 Sep 2026 at 10:00, Balie <hr@balie.example> wrote:\n> How many days?\n> Thanks\n\n"


@only_sqlite
@pytest.mark.parametrize("quoted", [BELOW, "> How many days?\n\n", f"{BELOW}\n#mine\n"])
async def test_note_below_the_quote_stays_internal(story: Story, quoted: str):
    await story.arrives(letter(AN, "How many days do I have left?", message_id="q@health.example"))
    to = await story.reply_address(MailKind.HANDLER, HANNE)

    await story.arrives(letter(HANNE, f"{quoted}#note\nNot for An.\n", subject="Re: My leave"), to=to)

    [case] = await story.cases()
    notes = [entry for entry in await story.timeline(case.number) if entry[0] == EventKind.NOTE]
    assert (notes, await story.told(MailKind.LINK)) == ([(EventKind.NOTE, "Hanne Claes", "Not for An.")], [])


@only_sqlite
async def test_note_between_quoted_lines_stays_internal(story: Story):
    await story.arrives(letter(AN, "How many days do I have left?", message_id="q@health.example"))
    to = await story.reply_address(MailKind.HANDLER, HANNE)

    await story.arrives(letter(HANNE, "> How many?\n\n#note\nNot for An.\n\n> Thanks\n"), to=to)

    assert await story.told(MailKind.LINK) == []


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
    ("word", "status"),
    [
        ("Ja!", Status.CLOSED_COMPLETE),
        ("Nee\nik wil meer", Status.WORK_IN_PROGRESS),
        (f"{BELOW}ja\n", Status.CLOSED_COMPLETE),
    ],
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
        assert [one.number for one in await cases.linked(session, opened.id)] == [closed.number]


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

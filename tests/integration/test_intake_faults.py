import asyncio
from collections.abc import AsyncGenerator, Sequence
from contextlib import asynccontextmanager
from datetime import timedelta

import pytest
from mail_story import AN, SECRET, STRANGER, Story
from mailroom import letter, mail_settings, plainly
from sqlalchemy.ext.asyncio import AsyncSession

from casework.clock import SettableClock
from casework.db import Database
from casework.desk import Desk
from casework.errors import NotFound
from casework.outbox.models import MailKind
from mail_gateway import store
from mail_gateway.errors import MailUnreadable
from mail_gateway.inbound.intake import MOST_CLAIMS
from mail_gateway.models import ParsedMail
from mail_gateway.store import MailState

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


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
async def test_stopping_gives_back_what_was_not_begun(story: Story):
    reading = asyncio.Event()

    async def endless(raw: bytes) -> ParsedMail:
        reading.set()
        await asyncio.Event().wait()
        return await plainly(raw)

    story.bench.settings = mail_settings(story.bench.settings.maildir, SECRET, stop_seconds=0.1)
    for number in range(3):
        await story.bench.receive(letter(AN, f"Question {number}"))
    stop = asyncio.Event()
    intake = asyncio.create_task(story.bench.intake(endless).run(stop))
    await reading.wait()
    stop.set()
    await intake

    assert [(mail.lease_owner, mail.claims) for mail in await story.bench.mails()] == [(None, 0)] * 3
    await story.bench.work()
    assert len(await story.cases()) == 3


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
        async def put(self, contents: Sequence[bytes]) -> list[str]:
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


async def test_failure_on_one_mail_undoes_that_mail_alone_among_those_filed_together(story: Story):
    class Picky:
        async def put(self, contents: Sequence[bytes]) -> list[str]:
            raise ValueError("a bug of ours")

        async def get(self, sha256: str) -> bytes:
            raise NotFound(sha256)

    good = story.bench.desk
    story.bench.desk = Desk(good.settings, good.clock, good.catalogue, Picky())
    with_file = letter(AN, "See the file", subject="Second")
    with_file.add_attachment(b"x", maintype="text", subtype="plain", filename="x.txt")

    await story.bench.receive(letter(AN, "Question", subject="First"))
    await story.bench.receive(with_file)
    await story.bench.receive(letter(AN, "Question", subject="Third"))
    await story.bench.work()

    assert [mail.state for mail in await story.bench.mails()] == [
        MailState.PROCESSED, MailState.SHUNTED, MailState.PROCESSED,
    ]  # fmt: skip
    assert [(case.number, case.subject) for case in await story.cases()] == [
        ("HRB0000001", "First"), ("HRB0000002", "Third"),
    ]  # fmt: skip
    assert len(await story.told(MailKind.SUMMARY)) == 2


async def test_mails_that_wait_together_share_a_commit_and_keep_their_order(story: Story):
    for number in range(8):
        await story.bench.receive(letter(AN, "Question", subject=f"Question {number}"))
    commits = 0
    notify = story.bench.database.committed.notify

    def counted() -> None:
        nonlocal commits
        commits += 1
        notify()

    story.bench.database.committed.notify = counted  # type: ignore[method-assign]
    await story.bench.work()

    assert commits == 2  # one claims them, one files them
    assert [case.subject for case in await story.cases()] == [f"Question {number}" for number in range(8)]


@only_sqlite
async def test_passing_failure_leaves_the_mail_to_its_lease(story: Story, clock: SettableClock):
    class Away:
        async def put(self, contents: Sequence[bytes]) -> list[str]:
            raise OSError(28, "No space left on device")

        async def get(self, sha256: str) -> bytes:
            raise NotFound(sha256)

    mail = letter(AN, "See the file")
    mail.add_attachment(b"x", maintype="text", subtype="plain", filename="x.txt")
    good = story.bench.desk
    story.bench.desk = Desk(good.settings, good.clock, good.catalogue, Away())
    waiting = await story.arrives(mail)
    assert (waiting.state, waiting.claims) == (MailState.RECEIVED, 0)  # a disk that is full for days blames no mail

    story.bench.desk = good
    clock.advance(store.LEASE + timedelta(seconds=1))
    await story.bench.work()

    assert [mail.state for mail in await story.bench.mails()] == [MailState.PROCESSED]


class Leaving(Database):
    """A database that is away from one moment on, until it is told to come back."""

    def __init__(self, url: str) -> None:
        super().__init__(url)
        self.is_away = False

    @asynccontextmanager
    async def transaction(self) -> AsyncGenerator[AsyncSession]:
        if self.is_away:
            raise OSError(111, "Connection refused")
        async with super().transaction() as session:
            yield session


async def test_large_mails_are_read_after_a_database_that_was_away(story: Story, clock: SettableClock):
    leaving = Leaving(story.bench.database.url)

    async def unlucky(raw: bytes) -> ParsedMail:
        if b"unreadable" in raw:
            leaving.is_away = clock.now() == began_at
            raise MailUnreadable("it took more than 20 seconds")
        return await plainly(raw)

    began_at = clock.now()
    for text in ("unreadable", "a large one\n" + "words\n" * 200_000, "another large one\n" + "words\n" * 200_000):
        await story.bench.receive(letter(AN, text))
    story.bench.database = leaving
    intake = story.bench.intake(unlucky)
    await intake.work_off()
    leaving.is_away = False
    clock.advance(store.LEASE + timedelta(seconds=1))
    async with asyncio.timeout(20):
        await intake.work_off()

    states = [mail.state for mail in await story.bench.mails()]
    await leaving.close()
    assert states == [MailState.SHUNTED, MailState.PROCESSED, MailState.PROCESSED]


@only_sqlite
async def test_mail_on_which_the_desk_keeps_stopping_is_shunted(story: Story, clock: SettableClock):
    await story.bench.receive(letter(AN, "Question"))
    for _ in range(MOST_CLAIMS):
        async with story.bench.database.transaction() as session:
            await store.claim(session, owner="dead", now=clock.now(), limit=1)
        clock.advance(store.LEASE + timedelta(seconds=1))

    await story.bench.work()

    [mail] = await story.bench.mails()
    reason = f"the desk stopped {MOST_CLAIMS} times while it worked on this mail"
    assert (mail.state, mail.reason) == (MailState.SHUNTED, reason)


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

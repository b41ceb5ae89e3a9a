import asyncio
import sys

import pytest
from signed_mail import signed

from mail_gateway.errors import MailUnreadable
from mail_gateway.inbound.parse import parse_mail
from mail_gateway.inbound.parsing_process import ParsingProcess, start_child
from mail_gateway.inbound.parsing_worker import HEAD, PARSED

RAW = (
    b"From: an@home.example\nDate: Mon, 3 Feb 2025 10:05:00 +0100\n"
    b"Content-Type: multipart/mixed; boundary=b\n\n"
    b"--b\nContent-Type: text/html\n\n<p>Dag</p>\n--b\nContent-Type: text/calendar\n\n"
    b"BEGIN:VEVENT\nDTSTART:20250203T090000Z\nEND:VEVENT\n--b--\n"
)


async def test_child_gives_the_same_mail_as_the_function():
    async with ParsingProcess() as process:
        assert await process.parse(RAW) == parse_mail(RAW)
        assert await process.parse(b"") == parse_mail(b"")
        signed_mail = signed(RAW.replace(b"\n", b"\r\n"), domain="home.example")
        assert await process.parse(signed_mail) == parse_mail(signed_mail)
        assert len(parse_mail(signed_mail).signatures) == 1


async def test_mails_at_the_same_time_take_turns():
    raws = [b"From: an@home.example\nSubject: %d\n\nx" % number for number in range(10)]

    async with ParsingProcess() as process:
        mails = await asyncio.gather(*(process.parse(raw) for raw in raws))

    assert [mail.subject for mail in mails] == [str(number) for number in range(10)]


async def test_mail_over_the_time_is_unreadable_and_the_next_is_read():
    async with ParsingProcess(seconds=0.05) as process:
        slow = b"Content-Type: text/html\n\n" + b"<p>x<br>\n" * 200_000
        with pytest.raises(MailUnreadable, match=r"longer than 0\.05 seconds"):
            await process.parse(slow)

        assert (await process.parse(b"Subject: next\n\nx")).subject == "next"


async def test_mail_over_the_memory_is_unreadable_and_the_next_is_read():
    async with ParsingProcess(memory_bytes=400 << 20) as process:
        with pytest.raises(MailUnreadable):
            await process.parse(b"Content-Type: image/png\n\n" + b"x" * (200 << 20))

        assert (await process.parse(b"Subject: next\n\nx")).subject == "next"


async def test_child_that_cannot_start_is_said():
    async with ParsingProcess(memory_bytes=1 << 20) as process:
        with pytest.raises(MailUnreadable):
            await process.parse(RAW)


async def test_cancelled_wait_leaves_nothing_for_the_next_mail():
    async with ParsingProcess() as process:
        await process.parse(b"Subject: warm\n\nx")
        waiting = asyncio.create_task(process.parse(b"Subject: first\n\n" + b"x\n" * 2_000_000))
        await asyncio.sleep(0.01)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

        assert (await process.parse(b"Subject: next\n\nx")).subject == "next"


async def test_cancelled_start_leaves_nothing_for_the_next_mail():
    async with ParsingProcess() as process:
        waiting = asyncio.create_task(process.parse(RAW))
        await asyncio.sleep(0.05)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting

        assert (await process.parse(b"Subject: next\n\nx")).subject == "next"


async def test_child_that_died_while_nothing_was_read_costs_no_mail():
    async with ParsingProcess() as process:
        await process.parse(RAW)
        process._child.process.kill()
        await process._child.process.wait()

        assert (await process.parse(b"Subject: next\n\nx")).subject == "next"


async def test_child_that_dies_is_said_and_replaced():
    async with ParsingProcess() as process:
        await process.parse(RAW)
        process._child.process.kill()
        with pytest.raises(MailUnreadable, match="ended"):
            await process.parse(RAW)

        assert (await process.parse(b"Subject: next\n\nx")).subject == "next"


async def test_child_that_announces_more_than_a_mail_can_give_is_not_listened_to():
    async with ParsingProcess(seconds=5) as process:
        await process.parse(RAW)
        await process._child.end()
        lie = HEAD.pack(PARSED, 1 << 40)
        liar = f"import os, sys; os.write(1, {lie!r}); sys.stdin.buffer.read()"
        process._child = await start_child(sys.executable, "-c", liar)
        with pytest.raises(MailUnreadable, match="makes no sense"):
            await process.parse(RAW)

        assert (await process.parse(b"Subject: next\n\nx")).subject == "next"


async def test_closed_process_starts_again_when_asked():
    process = ParsingProcess()
    await process.parse(RAW)
    await process.close()
    await process.close()

    assert (await process.parse(b"Subject: again\n\nx")).subject == "again"
    await process.close()

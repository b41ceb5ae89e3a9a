"""A reply that a program may have written waits for a person, and nothing of a person's is taken for one."""

from datetime import timedelta

from mail_story import AN, HANNE, LUC, Story
from mailroom import letter

from casework.clock import SettableClock
from casework.outbox.models import MailKind
from mail_gateway import store
from mail_gateway.inbound.responders import ABSENCE_NOTE, SAID_BEFORE
from mail_gateway.store import MailState

NOTE = "Ik ben afwezig tot maandag. Voor dringende vragen belt u mijn collega's."
WORDS = "Is there any news of my question?"


async def test_note_of_a_handler_is_no_answer_until_an_admin_says_so(story: Story):
    await story.arrives(letter(AN, "How many days do I have left?"))
    to = await story.reply_address(MailKind.HANDLER, HANNE)
    held = await story.arrives(letter(HANNE, NOTE, subject="Re: My leave"), to=to)

    assert (held.state, held.reason) == (MailState.HELD, ABSENCE_NOTE)
    assert await story.told(MailKind.LINK) == []
    async with story.bench.database.transaction() as session:
        await store.release(session, held.id)
    await story.bench.work()
    assert [mail.to_address for mail in await story.told(MailKind.LINK)] == [AN]


async def test_first_mail_about_an_absence_opens_a_case(story: Story):
    received = await story.arrives(letter(AN, NOTE, subject="Ziek"))

    assert (received.state, len(await story.cases())) == (MailState.PROCESSED, 1)


async def test_same_words_of_a_requester_are_heard_again_the_day_after(story: Story, clock: SettableClock):
    await story.arrives(letter(AN, "How many days do I have left?"))
    to = await story.reply_address(MailKind.SUMMARY, AN)
    states = []
    for number, hours in enumerate((1, 1, 30)):
        clock.advance(timedelta(hours=hours))
        mail = letter(AN, WORDS, subject="Re: My leave", message_id=f"{number}@health.example")
        received = await story.arrives(mail, to=to)
        states.append((received.state, received.reason))

    assert states == [(MailState.PROCESSED, None), (MailState.HELD, SAID_BEFORE), (MailState.PROCESSED, None)]


async def test_handler_gives_many_people_the_same_answer(story: Story):
    for number, sender in enumerate((AN, LUC)):
        await story.arrives(letter(sender, "When do I get my payslip?"))
        to = await story.reply_address(MailKind.HANDLER, HANNE)
        answer = letter(HANNE, "You get it on the last day.", subject="Re: x", message_id=f"{number}@balie.example")
        received = await story.arrives(answer, to=to)
        assert received.state == MailState.PROCESSED

    assert [mail.to_address for mail in await story.told(MailKind.LINK)] == [AN, LUC]


async def test_same_words_with_a_file_are_heard(story: Story):
    await story.arrives(letter(AN, "How many days do I have left?"))
    to = await story.reply_address(MailKind.SUMMARY, AN)
    for content in (b"one", b"two"):
        mail = letter(AN, "Here is the certificate.", subject="Re: My leave")
        mail.add_attachment(content, maintype="text", subtype="plain", filename="x.txt")
        received = await story.arrives(mail, to=to)
        assert received.state == MailState.PROCESSED

from datetime import timedelta

import factories
import pytest
from mail_story import AN, HANNE, LUC, OMAR, STRANGER, Story
from mailroom import letter, wire
from sqlalchemy import select

from casework.cases.models import Status
from casework.clock import SettableClock
from casework.messages.models import EventKind
from casework.outbox.models import MailKind, OutboxMail
from mail_gateway import store
from mail_gateway.inbound.identity import TrustLevel
from mail_gateway.store import MailState

only_sqlite = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


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
async def test_decision_without_proof_is_only_a_message(story: Story):
    await story.is_answered()

    received = await story.arrives(letter(AN, "ja", subject="Re: [HRB0000001] My leave"))

    [case] = await story.cases()
    assert (received.trust, case.status) == (TrustLevel.UNPROVEN, Status.AWAITING_ACCEPTANCE)
    assert (EventKind.MESSAGE, "An Peeters", "ja") in await story.timeline(case.number)


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

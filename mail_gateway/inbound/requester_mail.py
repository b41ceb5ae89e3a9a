"""What a mail does that a requester writes: it opens a case, adds to it, fills its form, or decides on its answer."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from casework.attachments import service as attachments
from casework.cases import commands, filling, store, unanswered
from casework.cases import service as cases
from casework.cases.commands import Decision
from casework.cases.lifecycle import can_reopen
from casework.cases.models import Case, Status
from casework.catalogue import form_checker
from casework.catalogue.models import RequiredDocument
from casework.clock import local_date
from casework.desk import Desk
from casework.messages.models import Channel
from casework.people.models import Actor
from mail_gateway.inbound import mail_content
from mail_gateway.inbound.identity import Deed, Sender
from mail_gateway.inbound.request_documents import documents_in, takes
from mail_gateway.inbound.requests import MailRequest, answers_of_reply
from mail_gateway.models import ParsedMail


async def open_case(
    session: AsyncSession,
    desk: Desk,
    mail: ParsedMail,
    sender: Sender,
    actor: Actor,
    asked: MailRequest,
    *,
    follows: Case | None = None,
) -> Case:
    """Open the case that a mail asks for; one that follows a closed case has its subject."""
    request = cases.Request(
        subject=follows.subject if follows else mail.subject,
        words=mail_content.words(mail, sender, is_answer=follows is not None),
        files=mail_content.files(desk, mail, asked.form, asked.documents),
        form_key=asked.form.key if asked.form else None,
        form_confidence=round(100 * asked.confidence) if asked.form else None,
        fields=asked.fields,
        wanted=asked.wanted,
        sender_proven=sender.trust.is_proof,
        follows=follows,
    )
    return await cases.open_case(session, desk, actor, request)


async def hear(session: AsyncSession, desk: Desk, mail: ParsedMail, sender: Sender, actor: Actor, case: Case) -> Case:
    """Take a decision, or words; on a closed case they open a new one. Returns the case that holds them."""
    decision = commands.parse_decision(mail.answer_text) if sender.trust.may(Deed.DECIDE) else None
    if sender.trust.may(Deed.DECIDE) and can_reopen(case, desk.clock.now()):
        return await _come_back(session, desk, mail, sender, actor, case, decision)
    if (await store.surviving(session, case)).is_closed:
        return await open_case(session, desk, mail, sender, actor, MailRequest(()), follows=case)
    if decision is None or case.status is not Status.AWAITING_ACCEPTANCE:
        documents = await _fill(session, desk, mail, case, actor) if sender.trust.is_proof else ()
        words = mail_content.words(mail, sender, is_answer=True)
        files = mail_content.files(desk, mail, mail_content.form_of(desk, case), documents)
        return await cases.add_message(session, desk, case, actor, words, files=files)
    files = mail_content.files(desk, mail)
    await attachments.keep(session, desk, case_id=case.id, message_id=None, author=actor, files=files)
    await cases.decide(
        session, desk, case, actor, accepted=decision.accepted, comment=decision.comment, channel=Channel.MAIL
    )
    return case


async def _come_back(
    session: AsyncSession,
    desk: Desk,
    mail: ParsedMail,
    sender: Sender,
    actor: Actor,
    case: Case,
    decision: Decision | None,
) -> Case:
    """Take what a requester writes on a case that was closed because they did not answer: a yes makes it final."""
    if decision is not None and decision.accepted:
        await unanswered.agree_after_all(session, desk, case, actor, comment=decision.comment, channel=Channel.MAIL)
        await attachments.keep(
            session, desk, case_id=case.id, message_id=None, author=actor, files=mail_content.files(desk, mail)
        )
        return case
    comment = decision.comment if decision is not None else ""
    await unanswered.come_back(session, desk, case, actor, comment=comment, channel=Channel.MAIL)
    if decision is None or mail.attachments:
        words = mail_content.words(mail, sender, is_answer=True)
        files = mail_content.files(desk, mail, mail_content.form_of(desk, case))
        await cases.add_message(session, desk, case, actor, words, files=files)
    return case


async def _fill(
    session: AsyncSession, desk: Desk, mail: ParsedMail, case: Case, requester: Actor
) -> Sequence[RequiredDocument | None]:
    """Put what a reply answers into the form of its case; returns which of its files are required documents."""
    form = filling.form_to_fill(desk, case)
    if form is None:
        return ()
    language, today = requester.language, local_date(desk.clock.now())
    kept = form_checker.as_answers(form, case.fields, language)
    said = answers_of_reply(mail, form, kept, language, today)
    await filling.fill_missing(session, desk, case, requester, said, Channel.MAIL)
    answers = form_checker.as_answers(form, case.fields, language)
    there = {file.document_key for file in await attachments.of_case(session, case.id, with_internal=True)}
    needed = form_checker.required_documents(form, answers, language)
    lacking = [document for document in needed if document.key not in there]
    return documents_in(
        mail, lacking, asked_for=True, usable=[takes(desk.catalogue, form, file) for file in mail.attachments]
    )

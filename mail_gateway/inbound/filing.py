"""What a mail does at the desk, once it is read: each mail ends in a state that somebody can see."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import zip_longest

from sqlalchemy.ext.asyncio import AsyncSession

from casework.approvals.models import Asking
from casework.attachments import service as attachments
from casework.attachments.models import IncomingFile
from casework.cases import commands, filling, handling, notices, replies, store, unanswered, watching
from casework.cases import service as cases
from casework.cases.commands import CommandError, CommandFault, Decision
from casework.cases.lifecycle import can_reopen
from casework.cases.models import Case, Status
from casework.cases.permissions import Action, may
from casework.catalogue import form_checker
from casework.catalogue.models import Form, RequiredDocument
from casework.clock import local_date
from casework.desk import Desk
from casework.messages.models import Channel, SenderBasis, SenderEvidence
from casework.messages.service import Words
from casework.people import store as people
from casework.people.models import Actor
from casework.referral import consulting
from mail_gateway.inbound import (
    answers,
    approval_replies,
    bounces,
    confirmations,
    consultation_replies,
    identity,
    responders,
    routing,
    screening,
)
from mail_gateway.inbound.authentication import NO_BORDER, Border
from mail_gateway.inbound.forwarding import Forward, read_forward
from mail_gateway.inbound.identity import Deed, Sender, TrustLevel
from mail_gateway.inbound.requests import MailRequest, RequestReader, answers_of_reply, documents_in, takes
from mail_gateway.inbound.screening import OwnIdentity
from mail_gateway.inbound.sender_check import UNCHECKED, SenderCheck, SenderChecker
from mail_gateway.models import Envelope, ParsedMail
from mail_gateway.outbound.reply_address import Signer
from mail_gateway.store import MailState

APPROVAL_EVIDENCE = "our request for approval"


@dataclass(frozen=True)
class Outcome:
    """What became of a mail, and why; `sender` is known from the moment that anybody looked."""

    state: MailState
    reason: str | None = None
    sender: Sender | None = None
    case: Case | None = None
    route: str = ""


@dataclass(frozen=True)
class Mailroom:
    """What filing needs at hand: the desk, who it is to other mail programs, its key, and whom it believes.

    `checker` finds out for itself who sent a mail; without one nothing is looked up.
    """

    desk: Desk
    own: OwnIdentity
    signer: Signer
    border: Border = NO_BORDER
    checker: SenderChecker | None = None

    @cached_property
    def requests(self) -> RequestReader:
        """Reads what a first mail asks for."""
        return RequestReader(self.desk.catalogue)


async def file_mail(
    session: AsyncSession,
    room: Mailroom,
    mail: ParsedMail,
    envelope: Envelope,
    *,
    released: bool,
    check: SenderCheck = UNCHECKED,
) -> Outcome:
    """Do what a mail asks, within the caller's transaction: screen it, find who wrote it and to which case.

    `released` says that an admin has looked at the mail, so that nothing holds it but an unknown sender; `check` is
    what was found about its sender before the transaction began.
    """
    verdict = screening.screen(mail, envelope, room.own)
    if verdict.action is screening.Action.IGNORE:
        case = await bounces.record(session, room.desk, room.signer, mail, envelope)
        return Outcome(MailState.IGNORED, verdict.reason, case=case)
    if verdict.action is screening.Action.HOLD and not released:
        return Outcome(MailState.HELD, verdict.reason)
    consultation = await consultation_replies.find_consultation(session, room.signer, envelope)
    if consultation is not None:
        words, files = Words(mail.answer_text, Channel.MAIL), _files(room.desk, mail)
        case = await consulting.hear(session, room.desk, consultation, mail.from_.address, words, files)
        return Outcome(MailState.PROCESSED, None, None, case, consultation_replies.EVIDENCE)
    sender = await identity.identify(session, room.signer, room.border, mail, envelope, released=released, check=check)
    if sender.actor is None or not sender.trust.may(Deed.ASK):
        if sender.trust.level is TrustLevel.UNKNOWN and not released:
            await answers.answer_stranger(session, room.desk, mail)
        return Outcome(MailState.HELD, sender.trust.evidence, sender)
    asking = await approval_replies.find_asking(session, room.signer, mail, sender)
    if asking is not None:
        return await _take_approval(session, room.desk, mail, sender, sender.actor, asking, released=released)
    return await _file_words(session, room, mail, sender, sender.actor, released=released)


async def _take_approval(
    session: AsyncSession,
    desk: Desk,
    mail: ParsedMail,
    sender: Sender,
    approver: Actor,
    asking: Asking,
    *,
    released: bool,
) -> Outcome:
    if released:
        reason = "an admin's word for a mail approves nothing; the approver can do so in the portal"
        return Outcome(MailState.HELD, reason, sender, None, APPROVAL_EVIDENCE)
    words, files = _words(mail, sender, is_answer=True), _files(desk, mail)
    heard = await approval_replies.hear(session, desk, mail, sender, approver, asking, words, files)
    return Outcome(heard.state, heard.reason, sender, heard.case, APPROVAL_EVIDENCE)


async def _file_words(
    session: AsyncSession, room: Mailroom, mail: ParsedMail, sender: Sender, actor: Actor, *, released: bool
) -> Outcome:
    forward = read_forward(mail, actor) if sender.token is None or not sender.token.case_id else None
    if forward is not None:
        return await _take_forward(session, room.desk, mail, sender, actor, forward)
    route = await routing.find_case(session, room.signer, mail, sender)
    now = room.desk.clock.now()
    doubt = None if released else await responders.why_doubted(session, mail, actor, route.case, now)
    if doubt is not None:
        return Outcome(MailState.HELD, doubt, sender, None, route.evidence)
    return await _file(session, room, mail, sender, actor, route)


async def _file(
    session: AsyncSession, room: Mailroom, mail: ParsedMail, sender: Sender, actor: Actor, route: routing.Route
) -> Outcome:
    desk = room.desk
    if route.case is None:
        asked = room.requests.read(mail, actor, local_date(desk.clock.now()))
        if confirmations.needs_confirmation(asked, actor):
            files = _files(desk, mail, asked.form, asked.documents)
            await confirmations.hold_for_confirmation(session, desk, mail, actor, asked, files)
            return Outcome(MailState.PROCESSED, confirmations.REASON, sender, None, route.evidence)
        case = await _open_case(session, desk, mail, sender, actor, asked)
        await _take_watchers(session, room, mail, actor, case)
        return Outcome(MailState.PROCESSED, None, sender, case, route.evidence)
    if route.case.requester_id == actor.person_id:
        case = await _hear_requester(session, desk, mail, sender, actor, route.case)
        if sender.trust.is_proof:
            await _take_watchers(session, room, mail, actor, case)
        return Outcome(MailState.PROCESSED, None, sender, case, route.evidence)
    if may(actor, Action.ADD, route.case) and not may(actor, Action.HANDLE, route.case) and sender.trust.is_proof:
        words = _words(mail, sender, is_answer=True)
        files = _files(desk, mail, _form_of(desk, route.case))
        case = await cases.add_message(session, desk, route.case, actor, words, files=files)
        return Outcome(MailState.PROCESSED, None, sender, case, route.evidence)
    if not sender.trust.may(Deed.HANDLE):
        await answers.ask_for_proof(session, desk, mail, actor, route.case)
        reason = f"a handler's reply on {route.case.number}, but {sender.trust.evidence}"
        return Outcome(MailState.HELD, reason, sender, None, route.evidence)
    problem = await _hear_handler(session, desk, mail, sender, actor, route.case)
    if problem is None:
        await _take_watchers(session, room, mail, actor, route.case)
    return Outcome(MailState.PROCESSED, problem, sender, route.case, route.evidence)


async def _take_watchers(session: AsyncSession, room: Mailroom, mail: ParsedMail, writer: Actor, case: Case) -> None:
    """Have those follow the case to whom the mail went too, as far as they may read it."""
    others = [one.address for one in (*mail.to, *mail.cc) if one.address.lower() not in room.own.addresses]
    await watching.name_watchers(session, room.desk, case, writer, others, Channel.MAIL)


async def _take_forward(
    session: AsyncSession, desk: Desk, mail: ParsedMail, sender: Sender, handler: Actor, forward: Forward
) -> Outcome:
    """Open the case of the one whose mail a handler passes on; nobody else who stands in the mail is told."""
    if not sender.trust.may(Deed.HANDLE):
        await answers.ask_for_proof(session, desk, mail, handler, None)
        return Outcome(MailState.HELD, f"a mail forwarded with #for, but {sender.trust.evidence}", sender)
    person = await people.person_by_address(session, forward.address)
    errors = forward.errors
    if not errors and person is None:
        errors = (CommandError(CommandFault.FOR_A_STRANGER, {"typed": forward.address}),)
    if errors or person is None:
        problems = tuple(commands.explain(error, handler.language) for error in errors)
        return Outcome(MailState.PROCESSED, await _refuse(session, desk, mail, None, handler, problems), sender)
    request = cases.Request(
        subject=forward.subject,
        words=Words(forward.text, Channel.MAIL, sender=SenderEvidence(SenderBasis.PASSED_ON, handler.name)),
        files=_files(desk, mail),
        sender_proven=False,
    )
    case = await cases.open_case(session, desk, await people.actor(session, person.id), request)
    if forward.remark:
        await handling.write_note(session, desk, case, handler, Words(forward.remark, Channel.MAIL))
    return Outcome(MailState.PROCESSED, None, sender, case, f"forwarded for {forward.address}")


def _words(mail: ParsedMail, sender: Sender, *, is_answer: bool) -> Words:
    """Return the words of a mail: all of them, and if it answers one of ours, with what it quotes folded."""
    if is_answer and mail.reply_start:
        own, quoted = mail.text[mail.reply_start :].rstrip(), mail.text[: mail.reply_start].rstrip()
        return Words(f"{own}\n\n{quoted}", Channel.MAIL, len(own), mail.message_id, sender.trust.shown)
    folded = is_answer and mail.reply_end < len(mail.text)
    return Words(
        text=mail.text,
        channel=Channel.MAIL,
        folded_from=mail.reply_end if folded else None,
        mail_message_id=mail.message_id,
        sender=sender.trust.shown,
    )


def _files(
    desk: Desk, mail: ParsedMail, form: Form | None = None, documents: Sequence[RequiredDocument | None] = ()
) -> list[IncomingFile]:
    return [
        IncomingFile(
            file.filename,
            file.declared_type,
            file.content,
            document.key if document else None,
            document.sensitive if document else None,
            file.finding,
            unaccepted=not takes(desk.catalogue, form, file),
            kept=file.kept,
        )
        for file, document in zip_longest(mail.attachments, documents)
    ]


async def _open_case(
    session: AsyncSession,
    desk: Desk,
    mail: ParsedMail,
    sender: Sender,
    actor: Actor,
    asked: MailRequest,
    *,
    follows: Case | None = None,
) -> Case:
    request = cases.Request(
        subject=follows.subject if follows else mail.subject,
        words=_words(mail, sender, is_answer=follows is not None),
        files=_files(desk, mail, asked.form, asked.documents),
        form_key=asked.form.key if asked.form else None,
        form_confidence=round(100 * asked.confidence) if asked.form else None,
        fields=asked.fields,
        wanted=asked.wanted,
        sender_proven=sender.trust.is_proof,
        follows=follows,
    )
    return await cases.open_case(session, desk, actor, request)


async def _hear_requester(
    session: AsyncSession, desk: Desk, mail: ParsedMail, sender: Sender, actor: Actor, case: Case
) -> Case:
    """Take a decision, or words; on a closed case they open a new one. Returns the case that holds them."""
    decision = commands.parse_decision(mail.answer_text) if sender.trust.may(Deed.DECIDE) else None
    if sender.trust.may(Deed.DECIDE) and can_reopen(case, desk.clock.now()):
        return await _come_back(session, desk, mail, sender, actor, case, decision)
    if (await store.surviving(session, case)).is_closed:
        return await _open_case(session, desk, mail, sender, actor, MailRequest(()), follows=case)
    if decision is None or case.status is not Status.AWAITING_ACCEPTANCE:
        documents = await _fill(session, desk, mail, case, actor) if sender.trust.is_proof else ()
        words = _words(mail, sender, is_answer=True)
        return await cases.add_message(
            session, desk, case, actor, words, files=_files(desk, mail, _form_of(desk, case), documents)
        )
    await attachments.keep(session, desk, case_id=case.id, message_id=None, author=actor, files=_files(desk, mail))
    await cases.decide(
        session, desk, case, actor, accepted=decision.accepted, comment=decision.comment, channel=Channel.MAIL
    )
    return case


def _form_of(desk: Desk, case: Case) -> Form | None:
    return desk.catalogue.form(case.form_key) if case.form_key else None


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
        await attachments.keep(session, desk, case_id=case.id, message_id=None, author=actor, files=_files(desk, mail))
        return case
    comment = decision.comment if decision is not None else ""
    await unanswered.come_back(session, desk, case, actor, comment=comment, channel=Channel.MAIL)
    if decision is None or mail.attachments:
        words = _words(mail, sender, is_answer=True)
        files = _files(desk, mail, _form_of(desk, case))
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


async def _hear_handler(
    session: AsyncSession, desk: Desk, mail: ParsedMail, sender: Sender, handler: Actor, case: Case
) -> str | None:
    """Carry out a handler's reply, or tell them why nothing of it was done; returns that reason."""
    words = _words(mail, sender, is_answer=True)
    outcome = await replies.apply_reply(session, desk, case, handler, words, _files(desk, mail))
    return await _refuse(session, desk, mail, case, handler, outcome.problems) if outcome.problems else None


async def _refuse(
    session: AsyncSession, desk: Desk, mail: ParsedMail, case: Case | None, handler: Actor, problems: Sequence[str]
) -> str:
    """Tell a handler why nothing was done, and return it as the reason of the mail's state."""
    if handler.person_id is not None:
        await notices.report_command_problem(
            session, desk, case, handler.person_id, problems, mail.answer_text, mail.message_id
        )
    return "nothing was done, and the handler was told why: " + "; ".join(problems)

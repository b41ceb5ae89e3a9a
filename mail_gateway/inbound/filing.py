"""What a mail does at the desk, once it is read: each mail ends in a state that somebody can see."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from sqlalchemy.ext.asyncio import AsyncSession

from casework.approvals.models import Asking
from casework.cases import commands, handling, notices, replies, watching
from casework.cases import service as cases
from casework.cases.commands import CommandError, CommandFault
from casework.cases.models import Case
from casework.cases.permissions import Action, may
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
    mail_content,
    requester_mail,
    responders,
    routing,
    screening,
)
from mail_gateway.inbound.authentication import NO_BORDER, Border
from mail_gateway.inbound.forwarding import Forward, read_forward
from mail_gateway.inbound.identity import Deed, Sender, TrustLevel
from mail_gateway.inbound.requests import RequestReader
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
        words, files = Words(mail.answer_text, Channel.MAIL), mail_content.files(room.desk, mail)
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
    words, files = mail_content.words(mail, sender, is_answer=True), mail_content.files(desk, mail)
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
            files = mail_content.files(desk, mail, asked.form, asked.documents)
            await confirmations.hold_for_confirmation(session, desk, mail, actor, asked, files)
            return Outcome(MailState.PROCESSED, confirmations.REASON, sender, None, route.evidence)
        case = await requester_mail.open_case(session, desk, mail, sender, actor, asked)
        await _take_watchers(session, room, mail, actor, case)
        return Outcome(MailState.PROCESSED, None, sender, case, route.evidence)
    if route.case.requester_id == actor.person_id:
        case = await requester_mail.hear(session, desk, mail, sender, actor, route.case)
        if sender.trust.is_proof:
            await _take_watchers(session, room, mail, actor, case)
        return Outcome(MailState.PROCESSED, None, sender, case, route.evidence)
    if may(actor, Action.ADD, route.case) and not may(actor, Action.HANDLE, route.case) and sender.trust.is_proof:
        words = mail_content.words(mail, sender, is_answer=True)
        files = mail_content.files(desk, mail, mail_content.form_of(desk, route.case))
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
        files=mail_content.files(desk, mail),
        sender_proven=False,
    )
    case = await cases.open_case(session, desk, await people.actor(session, person.id), request)
    if forward.remark:
        await handling.write_note(session, desk, case, handler, Words(forward.remark, Channel.MAIL))
    return Outcome(MailState.PROCESSED, None, sender, case, f"forwarded for {forward.address}")


async def _hear_handler(
    session: AsyncSession, desk: Desk, mail: ParsedMail, sender: Sender, handler: Actor, case: Case
) -> str | None:
    """Carry out a handler's reply, or tell them why nothing of it was done; returns that reason."""
    words = mail_content.words(mail, sender, is_answer=True)
    outcome = await replies.apply_reply(session, desk, case, handler, words, mail_content.files(desk, mail))
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

"""What a mail does at the desk, once it is read: each mail ends in a state that somebody can see."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import cached_property
from itertools import zip_longest

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.attachments import service as attachments
from casework.attachments.models import IncomingFile
from casework.cases import commands, filling, handling, notices, replies, unanswered
from casework.cases import service as cases
from casework.cases.commands import CommandError, CommandFault, Decision
from casework.cases.lifecycle import can_reopen
from casework.cases.models import Case, Status
from casework.cases.permissions import Action, may
from casework.catalogue import form_checker
from casework.catalogue.models import RequiredDocument
from casework.clock import local_date
from casework.desk import Desk
from casework.messages.models import Channel
from casework.messages.service import Words
from casework.outbox import service as outbox
from casework.outbox.models import MailKind, OutboxMail
from casework.people import store as people
from casework.people.models import LANGUAGES, Actor
from casework.people.store import normalise_address
from mail_gateway.inbound import approval_replies, bounces, identity, routing, screening
from mail_gateway.inbound.approval_replies import Heard
from mail_gateway.inbound.authentication import NO_BORDER, Border
from mail_gateway.inbound.forwarding import Forward, read_forward
from mail_gateway.inbound.identity import Deed, Sender, TrustLevel
from mail_gateway.inbound.requests import MailRequest, RequestReader, answers_of_reply, documents_in
from mail_gateway.inbound.screening import OwnIdentity
from mail_gateway.models import Envelope, ParsedMail
from mail_gateway.outbound.compose import is_address
from mail_gateway.outbound.reply_address import Signer
from mail_gateway.store import MailState

ONE_ANSWER_WITHIN = timedelta(hours=1)
NO_ANSWER_WANTED = frozenset({"all", "oof", "autoreply"})


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
    """What filing needs at hand: the desk, who it is to other mail programs, its key, and whom it believes."""

    desk: Desk
    own: OwnIdentity
    signer: Signer
    border: Border = NO_BORDER

    @cached_property
    def requests(self) -> RequestReader:
        """Reads what a first mail asks for."""
        return RequestReader(self.desk.catalogue)


async def file_mail(
    session: AsyncSession, room: Mailroom, mail: ParsedMail, envelope: Envelope, *, released: bool
) -> Outcome:
    """Do what a mail asks, within the caller's transaction: screen it, find who wrote it and to which case.

    `released` says that an admin has looked at the mail, so that nothing holds it but an unknown sender.
    """
    verdict = screening.screen(mail, envelope, room.own)
    if verdict.action is screening.Action.IGNORE:
        case = await bounces.record(session, room.desk, room.signer, mail, envelope)
        return Outcome(MailState.IGNORED, verdict.reason, case=case)
    if verdict.action is screening.Action.HOLD and not released:
        return Outcome(MailState.HELD, verdict.reason)
    sender = await identity.identify(session, room.signer, room.border, mail, envelope, released=released)
    if sender.actor is None or not sender.trust.may(Deed.ASK):
        if sender.trust.level is TrustLevel.UNKNOWN and not released:
            await _answer_stranger(session, room.desk, mail)
        return Outcome(MailState.HELD, sender.trust.evidence, sender)
    asking = await approval_replies.find_asking(session, room.signer, mail, sender)
    if asking is not None:
        words, files = _words(mail, is_answer=True), _files(mail)
        heard = (
            Heard(MailState.HELD, "an admin's word for a mail approves nothing; the approver can do so in the portal")
            if released
            else await approval_replies.hear(session, room.desk, mail, sender, sender.actor, asking, words, files)
        )
        return Outcome(heard.state, heard.reason, sender, heard.case, "our request for approval")
    forward = read_forward(mail, sender.actor) if sender.token is None or not sender.token.case_id else None
    if forward is not None:
        return await _take_forward(session, room.desk, mail, sender, sender.actor, forward)
    route = await routing.find_case(session, room.signer, mail, sender)
    return await _file(session, room, mail, sender, sender.actor, route)


async def _file(
    session: AsyncSession, room: Mailroom, mail: ParsedMail, sender: Sender, actor: Actor, route: routing.Route
) -> Outcome:
    desk = room.desk
    if route.case is None:
        asked = room.requests.read(mail, actor, local_date(desk.clock.now()))
        case = await _open_case(session, desk, mail, sender, actor, asked)
        return Outcome(MailState.PROCESSED, None, sender, case, route.evidence)
    if route.case.requester_id == actor.person_id:
        case = await _hear_requester(session, desk, mail, sender, actor, route.case)
        return Outcome(MailState.PROCESSED, None, sender, case, route.evidence)
    if may(actor, Action.ADD, route.case) and not may(actor, Action.HANDLE, route.case) and sender.trust.is_proof:
        words = _words(mail, is_answer=True)
        case = await cases.add_message(session, desk, route.case, actor, words, files=_files(mail))
        return Outcome(MailState.PROCESSED, None, sender, case, route.evidence)
    if not sender.trust.may(Deed.HANDLE):
        reason = f"a handler's reply on {route.case.number}, but {sender.trust.evidence}"
        return Outcome(MailState.HELD, reason, sender, None, route.evidence)
    problem = await _hear_handler(session, desk, mail, actor, route.case)
    return Outcome(MailState.PROCESSED, problem, sender, route.case, route.evidence)


async def _take_forward(
    session: AsyncSession, desk: Desk, mail: ParsedMail, sender: Sender, handler: Actor, forward: Forward
) -> Outcome:
    """Open the case of the one whose mail a handler passes on; nobody else who stands in the mail is told."""
    if not sender.trust.may(Deed.HANDLE):
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
        words=Words(text=forward.text, channel=Channel.MAIL),
        files=_files(mail),
        sender_proven=False,
    )
    case = await cases.open_case(session, desk, await people.actor(session, person.id), request)
    if forward.remark:
        await handling.write_note(session, desk, case, handler, Words(forward.remark, Channel.MAIL))
    return Outcome(MailState.PROCESSED, None, sender, case, f"forwarded for {forward.address}")


def _words(mail: ParsedMail, *, is_answer: bool) -> Words:
    """Return the words of a mail: all of them, and if it answers one of ours, with what it quotes folded."""
    if is_answer and mail.reply_start:
        own, quoted = mail.text[mail.reply_start :].rstrip(), mail.text[: mail.reply_start].rstrip()
        return Words(f"{own}\n\n{quoted}", Channel.MAIL, folded_from=len(own), mail_message_id=mail.message_id)
    folded = is_answer and mail.reply_end < len(mail.text)
    return Words(
        text=mail.text,
        channel=Channel.MAIL,
        folded_from=mail.reply_end if folded else None,
        mail_message_id=mail.message_id,
    )


def _files(mail: ParsedMail, documents: Sequence[RequiredDocument | None] = ()) -> list[IncomingFile]:
    return [
        IncomingFile(
            file.filename,
            file.declared_type,
            file.content,
            document.key if document else None,
            document.sensitive if document else None,
            file.finding,
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
        words=_words(mail, is_answer=follows is not None),
        files=_files(mail, asked.documents),
        form_key=asked.form.key if asked.form else None,
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
        return await _come_back(session, desk, mail, actor, case, decision)
    if case.is_closed:
        return await _open_case(session, desk, mail, sender, actor, MailRequest(()), follows=case)
    if decision is None or case.status is not Status.AWAITING_ACCEPTANCE:
        documents = await _fill(session, desk, mail, case, actor) if sender.trust.is_proof else ()
        words = _words(mail, is_answer=True)
        return await cases.add_message(session, desk, case, actor, words, files=_files(mail, documents))
    await attachments.keep(session, desk, case_id=case.id, message_id=None, author=actor, files=_files(mail))
    await cases.decide(
        session, desk, case, actor, accepted=decision.accepted, comment=decision.comment, channel=Channel.MAIL
    )
    return case


async def _come_back(
    session: AsyncSession, desk: Desk, mail: ParsedMail, actor: Actor, case: Case, decision: Decision | None
) -> Case:
    """Take what a requester writes on a case that was closed because they did not answer: a yes makes it final."""
    if decision is not None and decision.accepted:
        await unanswered.agree_after_all(session, desk, case, actor, comment=decision.comment, channel=Channel.MAIL)
        await attachments.keep(session, desk, case_id=case.id, message_id=None, author=actor, files=_files(mail))
        return case
    comment = decision.comment if decision is not None else ""
    await unanswered.come_back(session, desk, case, actor, comment=comment, channel=Channel.MAIL)
    if decision is None or mail.attachments:
        words = _words(mail, is_answer=True)
        await cases.add_message(session, desk, case, actor, words, files=_files(mail))
    return case


async def _fill(
    session: AsyncSession, desk: Desk, mail: ParsedMail, case: Case, requester: Actor
) -> Sequence[RequiredDocument | None]:
    """Put what a reply answers into the form of its case; returns which of its files are required documents."""
    form = filling.form_to_fill(desk, case)
    if form is None:
        return ()
    await filling.fill_missing(session, desk, case, requester, answers_of_reply(mail, form), Channel.MAIL)
    answers = form_checker.as_answers(form, case.fields, requester.language)
    return documents_in(mail, form_checker.required_documents(form, answers, requester.language))


async def _hear_handler(session: AsyncSession, desk: Desk, mail: ParsedMail, handler: Actor, case: Case) -> str | None:
    """Carry out a handler's reply, or tell them why nothing of it was done; returns that reason."""
    words = _words(mail, is_answer=True)
    outcome = await replies.apply_reply(session, desk, case, handler, words, _files(mail))
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


async def _answer_stranger(session: AsyncSession, desk: Desk, mail: ParsedMail) -> None:
    """Tell somebody we do not know how to register: once an hour at most, and not if their program asks for silence."""
    address = normalise_address(mail.from_.address)
    wishes = {wish.strip() for wish in mail.header("x-auto-response-suppress").lower().split(",")}
    now = desk.clock.now()
    recent = select(OutboxMail.id).where(
        OutboxMail.kind == MailKind.REGISTER,
        OutboxMail.to_address == address,
        OutboxMail.created_at > now - ONE_ANSWER_WITHIN,
    )
    if (
        not is_address(address)
        or not wishes.isdisjoint(NO_ANSWER_WANTED)
        or (await session.execute(recent.limit(1))).scalar_one_or_none() is not None
    ):
        return
    answer = outbox.tell_address(
        session,
        kind=MailKind.REGISTER,
        address=address,
        language=mail.language if mail.language in LANGUAGES else "nl",
        context={"desk_address": desk.settings.desk_address},
        now=now,
        in_reply_to=mail.message_id,
    )
    # Two processes may look at the same time: the hour of the clock, unique, lets one of them through.
    answer.dedupe_key = f"{MailKind.REGISTER}:{address}:{now:%Y%m%d%H}"

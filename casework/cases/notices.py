"""Who is told what about a case: each function queues the mails of one occasion."""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from casework.attachments import remarks
from casework.attachments.models import Attachment
from casework.cases import store as cases
from casework.cases.models import Case
from casework.cases.permissions import Action, may
from casework.catalogue import form_checker
from casework.clock import local_date
from casework.deputies import store as deputies
from casework.desk import Desk
from casework.messages import store as messages
from casework.messages.models import Message, MessageKind
from casework.outbox import service as outbox
from casework.outbox.models import MailKind, OutboxMail
from casework.people import store as people
from casework.people.models import Actor, Person, Role

NAMED = "named"
"""Why somebody who follows a case is told of it: they were named just now, or the kind of message that was sent."""

FORM = {"nl": "Formulier", "fr": "Formulaire", "de": "Formular", "en": "Form"}


async def handlers_of(session: AsyncSession, desk: Desk, case: Case) -> Sequence[Person]:
    """Return who must know of a case: its handler with their deputy of today, or else the team that its form is for."""
    if case.handler_id is not None:
        deputy = await _deputy_of_handler(session, desk, case, case.handler_id)
        return [await people.person(session, one) for one in (case.handler_id, deputy) if one is not None]
    form = desk.catalogue.form(case.form_key) if case.form_key else None
    handlers = await people.handlers(session, form.team if form else None)
    return [handler for handler in handlers if handler.id != case.requester_id]


async def _deputy_of_handler(session: AsyncSession, desk: Desk, case: Case, handler_id: int) -> int | None:
    """Return who stands in for a handler today, if it is somebody who may read what handlers read."""
    deputy = (await deputies.standing_in(session, [handler_id], local_date(desk.clock.now()))).get(handler_id)
    if deputy is None or deputy == case.requester_id or Role.HANDLER not in await people.roles(session, deputy):
        return None
    return deputy


async def summarise(
    session: AsyncSession,
    desk: Desk,
    case: Case,
    request: Message,
    files: Sequence[Attachment],
    wanted: Sequence[str],
) -> None:
    """Send the requester the summary of what was asked and is still wanted: once per case, in their own thread."""
    requester = await people.person(session, case.requester_id)
    await outbox.tell(
        session,
        kind=MailKind.SUMMARY,
        person_id=case.requester_id,
        context={
            "case": case,
            "text": request.own_text,
            "filenames": [remarks.for_requester(file, requester.language) for file in files],
            "read": _read_in_mail(desk, case, requester.language),
            "wanted": wanted,
            "link": desk.settings.link(f"/cases/{case.number}"),
        },
        now=desk.clock.now(),
        case_id=case.id,
        in_reply_to=request.mail_message_id,
        dedupe_key=f"summary:{case.number}",
    )


def _read_in_mail(desk: Desk, case: Case, language: str) -> list[tuple[str, str]]:
    """Return the form and the answers that a program read in a mail, for the one who wrote it to correct."""
    form = desk.catalogue.form(case.form_key) if case.form_key and case.form_confidence is not None else None
    if form is None:
        return []
    answers = form_checker.as_answers(form, case.fields, language)
    told = [(asked.label.in_(language), answers[asked.key]) for asked in form.fields if asked.key in answers]
    return [(FORM[language], form.label.in_(language)), *told]


async def hand_to_handlers(
    session: AsyncSession, desk: Desk, case: Case, message: Message, files: Sequence[Attachment], kind: MailKind
) -> None:
    """Send each handler concerned the words of the requester, in full, as a mail that can be worked by reply.

    `case` is the one that goes on; the words may be on one that was merged into it, and are its requester's.
    """
    about = case if message.case_id == case.id else await cases.by_id(session, message.case_id)
    requester = await people.person(session, about.requester_id)
    form = desk.catalogue.form(case.form_key) if case.form_key else None
    for handler in await handlers_of(session, desk, case):
        context = {
            "case": case,
            "requester": requester,
            "text": message.text.strip(),
            "sender": message.sender,
            "filenames": [remarks.for_handler(file, handler.language) for file in files],
            "form": form.label.in_(handler.language) if form else "",
        }
        await _tell_handler(session, desk, case, handler, kind, context, once_for=message.id)


async def _tell_handler(
    session: AsyncSession,
    desk: Desk,
    case: Case,
    handler: Person,
    kind: MailKind,
    context: Mapping[str, Any],
    *,
    once_for: int | str | None = None,
) -> None:
    """Queue a mail to one of those who work on a case; no second one of its kind for the same occasion."""
    await outbox.tell(
        session,
        kind=kind,
        person_id=handler.id,
        context={**context, "link": desk.settings.link(f"/cases/{case.number}")},
        now=desk.clock.now(),
        case_id=case.id,
        dedupe_key=None if once_for is None else f"{kind}:{once_for}:{handler.id}",
    )


async def send_link(session: AsyncSession, desk: Desk, case: Case, message: Message) -> None:
    """Send the requester a hyperlink to what the desk wrote: neither the words nor anything personal.

    A question goes to the local HR who filed the case too: either of them can answer it.
    """
    is_question = message.kind == MessageKind.QUESTION
    context = {
        "number": case.number,
        "is_question": is_question,
        "link": desk.settings.link(f"/cases/{case.number}"),
    }
    own = await messages.mail_ids_of_author(session, case.id, case.requester_id)
    told = [(case.requester_id, own[-1] if own else None, f"link:{message.id}")]
    if is_question and case.filed_by_id is not None:
        told.append((case.filed_by_id, None, f"link:{message.id}:{case.filed_by_id}"))
    for person_id, in_reply_to, dedupe_key in told:
        await outbox.tell(
            session,
            kind=MailKind.LINK,
            person_id=person_id,
            context=context,
            now=desk.clock.now(),
            case_id=case.id,
            in_reply_to=in_reply_to,
            dedupe_key=dedupe_key,
        )
    merged = [one.id for one in await cases.merged_into(session, case.id)]
    for person_id in await cases.watcher_ids(session, case.id, *merged):
        await tell_watcher(session, desk, case, await people.actor(session, person_id), message.kind)


async def tell_watcher(session: AsyncSession, desk: Desk, case: Case, watcher: Actor, occasion: str) -> None:
    """Send somebody who follows a case a hyperlink, and no word of it, if they still may read it.

    Whoever asked or handles it is told by a mail of their own.
    """
    concerned = {case.requester_id, *(handler.id for handler in await handlers_of(session, desk, case))}
    if watcher.person_id is None or watcher.person_id in concerned or not may(watcher, Action.READ, case):
        return
    await outbox.tell(
        session,
        kind=MailKind.WATCH,
        person_id=watcher.person_id,
        context={
            "number": case.number,
            "occasion": occasion,
            "link": desk.settings.link(f"/cases/{case.number}"),
        },
        now=desk.clock.now(),
        case_id=case.id,
    )


async def report_decision(session: AsyncSession, desk: Desk, case: Case, *, accepted: bool, comment: str) -> None:
    """Tell the handler what the requester decided, and why."""
    for handler in await handlers_of(session, desk, case):
        context = {"case": case, "accepted": accepted, "comment": comment}
        await _tell_handler(session, desk, case, handler, MailKind.DECISION, context)


async def report_command_problem(
    session: AsyncSession,
    desk: Desk,
    case: Case | None,
    handler_id: int,
    problems: Sequence[str],
    words: str,
    mail_id: str | None,
) -> None:
    """Tell a handler why nothing was done with their reply or forward, and give them their words back."""
    await outbox.tell(
        session,
        kind=MailKind.COMMAND_PROBLEM,
        person_id=handler_id,
        context={
            "case": case,
            "problems": problems,
            "text": words,
            "link": desk.settings.link(f"/cases/{case.number}") if case else None,
        },
        now=desk.clock.now(),
        case_id=case.id if case else None,
        in_reply_to=mail_id,
    )


async def ask_for_proof(
    session: AsyncSession, desk: Desk, case: Case | None, handler_id: int, subject: str, mail_id: str | None
) -> None:
    """Tell a handler that their mail did nothing, as anybody may have written it, and how to have it done.

    It goes to the address we know and holds nothing of the case: a reply to it is proof.
    """
    await outbox.tell(
        session,
        kind=MailKind.UNPROVEN,
        person_id=handler_id,
        context={
            "case": case,
            "mail_subject": subject,
            "link": desk.settings.link(f"/cases/{case.number}" if case else "/workspace"),
        },
        now=desk.clock.now(),
        case_id=case.id if case else None,
        in_reply_to=mail_id,
    )


async def report_undelivered(session: AsyncSession, desk: Desk, case: Case, mail: OutboxMail, said: str) -> None:
    """Tell whoever works on a case that somebody was not reached, and what the other side said.

    A mail to a handler of a case that nobody has yet went to their colleagues too; and of a notice that is itself
    not delivered nobody is told, or two dead mailboxes would write to each other for ever.
    """
    to_requester = mail.person_id == case.requester_id
    if mail.kind == MailKind.UNDELIVERED or (case.handler_id is None and not to_requester):
        return
    context = {"case": case, "address": mail.to_address, "mail_subject": mail.subject, "text": said}
    for handler in await handlers_of(session, desk, case):
        if handler.id != mail.person_id:
            await _tell_handler(session, desk, case, handler, MailKind.UNDELIVERED, context, once_for=mail.id)


async def remind(session: AsyncSession, desk: Desk, case: Case, close_on: date) -> None:
    """Remind the requester that an answer waits, and until when; the answer itself is not in the mail."""
    await _tell_requester(session, desk, case, MailKind.REMINDER, {"close_on": close_on})


async def tell_closed_unanswered(session: AsyncSession, desk: Desk, case: Case, final_on: date) -> None:
    """Tell the requester that their case was closed without their answer, and until when they can come back on it."""
    await _tell_requester(session, desk, case, MailKind.CLOSED_UNANSWERED, {"final_on": final_on})


async def tell_merged(session: AsyncSession, desk: Desk, case: Case, into: Case | None) -> None:
    """Tell the requester that their case goes on within another; which one, only if that is their own too."""
    context = {"occasion": "merged", "into": into.number if into else ""}
    await _tell_requester(session, desk, case, MailKind.MERGED, context)


async def tell_parted(session: AsyncSession, desk: Desk, case: Case) -> None:
    """Tell the requester that their case, which had gone on within another, stands by itself again."""
    await _tell_requester(session, desk, case, MailKind.MERGED, {"occasion": "parted", "into": ""})


async def tell_consultation_answered(session: AsyncSession, desk: Desk, case: Case) -> None:
    """Tell those who work on a case that another service answered; what it said is not in the mail."""
    context = {"number": case.number, "occasion": "answered"}
    for handler in await handlers_of(session, desk, case):
        await _tell_handler(session, desk, case, handler, MailKind.ADVICE, context)


async def _tell_requester(
    session: AsyncSession, desk: Desk, case: Case, kind: MailKind, context: Mapping[str, date | str]
) -> None:
    own = await messages.mail_ids_of_author(session, case.id, case.requester_id)
    link = desk.settings.link(f"/cases/{case.number}")
    await outbox.tell(
        session,
        kind=kind,
        person_id=case.requester_id,
        context={"number": case.number, "link": link, **context},
        now=desk.clock.now(),
        case_id=case.id,
        in_reply_to=own[-1] if own else None,
    )


async def tell_overdue(session: AsyncSession, desk: Desk, case: Case) -> None:
    """Tell those who work on a case that the time for it is over, once."""
    for handler in await handlers_of(session, desk, case):
        context = {"number": case.number}
        await _tell_handler(session, desk, case, handler, MailKind.OVERDUE, context, once_for=case.id)


async def tell_assigned(session: AsyncSession, desk: Desk, given: Sequence[Case]) -> None:
    """Tell the handlers of cases, and their deputies of today, that these were given to them: each by one mail."""
    given_to: dict[int, list[Case]] = {}
    for case in given:
        for handler in await handlers_of(session, desk, case):
            given_to.setdefault(handler.id, []).append(case)
    for person_id, theirs in given_to.items():
        only = theirs[0] if len(theirs) == 1 else None
        path = f"/cases/{only.number}" if only else "/workspace?holder=mine"
        first = theirs[0]
        await outbox.tell(
            session,
            kind=MailKind.ASSIGNED,
            person_id=person_id,
            context={"numbers": [case.number for case in theirs], "link": desk.settings.link(path)},
            now=desk.clock.now(),
            case_id=only.id if only else None,
            dedupe_key=f"{MailKind.ASSIGNED}:{first.id}:{first.version}:{person_id}",
        )


async def send_transcript(
    session: AsyncSession, desk: Desk, person_id: int, path: str, case: Case | None = None
) -> None:
    """Send somebody a hyperlink to what was said in a chat: the conversation itself stays behind the sign-in."""
    await outbox.tell(
        session,
        kind=MailKind.TRANSCRIPT,
        person_id=person_id,
        context={"number": case.number if case else "", "link": desk.settings.link(path)},
        now=desk.clock.now(),
        case_id=case.id if case else None,
    )

"""Asks another service something about a case, by mail, and keeps what it answers among handlers.

What leaves is what the handler wrote and the documents they chose one by one: no name, no word of the requester. The
documents leave under neutral names, for people put into the name of a file who they are and what they have.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.attachments import service as attachments
from casework.attachments.models import Attachment, IncomingFile
from casework.attachments.sniffing import extension_for
from casework.cases import handling, notices, store
from casework.cases.models import Case
from casework.cases.permissions import Action, require
from casework.desk import Desk
from casework.errors import InvalidInput, TransitionNotAllowed
from casework.messages import service as messages
from casework.messages.models import Channel, EventKind
from casework.messages.service import Words
from casework.outbox import service as outbox
from casework.outbox.models import MailKind, OutboxFile
from casework.people.models import Actor
from casework.people.store import normalise_address
from casework.referral.models import Consultation, ConsultationState

LARGEST_MAIL = 10 * 1024 * 1024  # bytes of documents; more is refused by many mail servers


@dataclass(frozen=True)
class Inquiry:
    """What is asked of which service, with which documents; `with_health` is the handler's word for health papers."""

    service_key: str
    text: str
    file_ids: Collection[int] = ()
    with_health: bool = False


async def sendable(session: AsyncSession, case: Case) -> Sequence[Attachment]:
    """Return the documents that can be sent along: none of a note, none in quarantine."""
    return [one for one in await attachments.of_case(session, case.id, with_internal=False) if one.quarantined is None]


async def consult(session: AsyncSession, desk: Desk, case: Case, handler: Actor, inquiry: Inquiry) -> Consultation:
    """Send the question, and write down among handlers what left and to whom.

    Raises `InvalidInput` keyed `service`, `text`, `health` or `size`, `TransitionNotAllowed` on a closed case,
    `NotPermitted` or `NotFound`.
    """
    require(handler, Action.HANDLE, case)
    if case.is_closed:
        raise TransitionNotAllowed(case.number, case.status, case.status)
    service = desk.directory.services.get(inquiry.service_key)
    files = [one for one in await sendable(session, case) if one.id in inquiry.file_ids]
    wrong = _what_is_wrong(inquiry, files)
    if service is None or not service.address:
        raise InvalidInput({"service": "unknown", **wrong})
    if wrong:
        raise InvalidInput(wrong)
    now = desk.clock.now()
    names = {one.id: f"{case.number}-{place}{extension_for(one.content_type)}" for place, one in enumerate(files, 1)}
    mail = outbox.tell_address(
        session,
        kind=MailKind.CONSULTATION,
        address=service.address,
        language=service.language,
        context={"number": case.number, "text": inquiry.text, "filenames": list(names.values())},
        now=now,
        case_id=case.id,
    )
    await session.flush()
    session.add_all(OutboxFile(mail_id=mail.id, attachment_id=one.id, filename=names[one.id]) for one in files)
    name = service.name.in_(handler.language)
    consultation = Consultation(
        case_id=case.id,
        service_key=service.key,
        service_name=name,
        mail_id=mail.id,
        asked_by_id=handler.person_id,
        asked_at=now,
    )
    session.add(consultation)
    await handling.write_note(session, desk, case, handler, Words(inquiry.text, Channel.WEB))
    sent = [f"{one.filename} ({names[one.id]})" for one in files]
    data = {"name": name, "address": service.address, "files": sent}
    messages.enter(
        session, case_id=case.id, kind=EventKind.CONSULTED, actor=handler, channel=Channel.WEB, at=now, data=data
    )
    return consultation


def _what_is_wrong(inquiry: Inquiry, files: Sequence[Attachment]) -> dict[str, str]:
    wrong = {} if inquiry.text.strip() else {"text": "missing"}
    if any(one.sensitive for one in files) and not inquiry.with_health:
        wrong["health"] = "not_said"
    if sum(one.size for one in files) > LARGEST_MAIL:
        wrong["size"] = "too_large"
    return wrong


async def of_cases(session: AsyncSession, case_ids: Collection[int]) -> Sequence[Consultation]:
    """Return what other services were asked about these cases, the oldest first."""
    query = select(Consultation).where(Consultation.case_id.in_(case_ids)).order_by(Consultation.id)
    return (await session.execute(query)).scalars().all()


async def of_mail(session: AsyncSession, mail_id: int) -> Consultation | None:
    """Return the question that one of our mails carried, if it did."""
    query = select(Consultation).where(Consultation.mail_id == mail_id).with_for_update()
    return (await session.execute(query)).scalar_one_or_none()


async def hear(
    session: AsyncSession,
    desk: Desk,
    consultation: Consultation,
    from_address: str,
    words: Words,
    files: Sequence[IncomingFile],
) -> Case:
    """Keep what a service answered as an internal note, and tell the handlers by a mail without it.

    Only the service was given the address that it came to; the address it came from is shown, as a claim.
    Returns the case.
    """
    case = await store.by_id(session, consultation.case_id)
    author = Actor(person_id=None, name=consultation.service_name)
    await handling.keep_note(session, desk, case, author, words, files=files)
    now = desk.clock.now()
    if consultation.state == ConsultationState.SENT:
        consultation.state, consultation.answered_at = ConsultationState.ANSWERED, now
        data = {"name": consultation.service_name, "address": normalise_address(from_address)}
        messages.enter(
            session,
            case_id=case.id,
            kind=EventKind.CONSULT_ANSWERED,
            actor=author,
            channel=Channel.MAIL,
            at=now,
            data=data,
        )
    await notices.tell_consultation_answered(session, desk, await store.surviving(session, case))
    return case

"""What the reply to a request for approval does: yes and no decide, once; anything else is a message on the case."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy.ext.asyncio import AsyncSession

from casework.approvals import service as approvals
from casework.approvals import store
from casework.approvals.models import Asking
from casework.attachments import service as attachments
from casework.attachments.models import IncomingFile
from casework.cases import commands
from casework.cases.models import Case
from casework.desk import Desk
from casework.errors import TransitionNotAllowed
from casework.messages.models import Channel
from casework.messages.service import Words
from casework.people.models import Actor
from mail_gateway.inbound.identity import Deed, Sender
from mail_gateway.models import ParsedMail
from mail_gateway.outbound.reply_address import Signer
from mail_gateway.store import MailState

NEWEST_IDENTIFIERS = 20


@dataclass(frozen=True, slots=True)
class Heard:
    """What became of such a reply, and why."""

    state: MailState
    reason: str | None = None
    case: Case | None = None


async def find_asking(session: AsyncSession, signer: Signer, mail: ParsedMail, sender: Sender) -> Asking | None:
    """Return what the mail that a mail answers asked its sender to approve, if it did.

    Only a signed name of ours counts: the reply address of that very mail, or, without one, its Message-ID.
    """
    if sender.actor is None or sender.actor.person_id is None:
        return None
    answered = [mail.in_reply_to] if mail.in_reply_to else []
    named = [signer.read_message_id(one) for one in [*answered, *reversed(mail.references)][:NEWEST_IDENTIFIERS]]
    references = [sender.token] if sender.token is not None else [one for one in named if one is not None]
    for reference in references:
        if reference.person_id == sender.actor.person_id:
            asking = await store.asking_of_mail(session, reference.mail_id, sender.actor.person_id)
            if asking is not None:
                return asking
    return None


async def hear(
    session: AsyncSession,
    desk: Desk,
    mail: ParsedMail,
    sender: Sender,
    actor: Actor,
    asking: Asking,
    words: Words,
    files: Sequence[IncomingFile],
) -> Heard:
    """Take the decision or the message of somebody who was asked, if the mail is proven to be theirs."""
    if not sender.trust.may(Deed.APPROVE):
        return Heard(MailState.HELD, f"a reply to a request for approval, but {sender.trust.evidence}")
    decision = commands.parse_decision(mail.answer_text)
    try:
        if decision is None:
            return Heard(
                MailState.PROCESSED, None, await approvals.say(session, desk, asking.approval_id, actor, words, files)
            )
        case = await approvals.decide(
            session,
            desk,
            asking.approval_id,
            actor,
            approved=decision.accepted,
            reason=decision.comment,
            channel=Channel.MAIL,
        )
    except approvals.AlreadyDecided:
        return Heard(MailState.PROCESSED, "nothing was done: this approval is decided, or somebody else's by now")
    except TransitionNotAllowed as closed:
        return Heard(MailState.PROCESSED, f"nothing was done: {closed.number} is closed")
    await attachments.keep(session, desk, case_id=case.id, message_id=None, author=actor, files=files)
    return Heard(MailState.PROCESSED, None, case)

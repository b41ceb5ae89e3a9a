"""Which case a mail belongs to; only somebody who is on a case reaches it, whatever they write in a mail."""

from dataclasses import dataclass

from sqlalchemy import ColumnElement, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases import numbers
from casework.cases.models import Case
from casework.cases.permissions import Action, may
from casework.people.models import Actor
from mail_gateway import store
from mail_gateway.inbound.identity import Sender
from mail_gateway.models import ParsedMail
from mail_gateway.outbound.reply_address import Signer

NEWEST_IDENTIFIERS = 50


@dataclass(frozen=True, slots=True)
class Route:
    """The case of a mail, if it has one, and how that was found."""

    case: Case | None
    evidence: str


@dataclass(frozen=True, slots=True)
class _Pointer:
    """One way in which a mail points at a case; `was_given` says that we gave that way to this very sender."""

    to: ColumnElement[bool]
    by: str
    was_given: bool = False


async def find_case(session: AsyncSession, signer: Signer, mail: ParsedMail, sender: Sender) -> Route:
    """Return the case that a mail belongs to.

    The order is: the signed reply address, our signed Message-IDs, the Message-IDs of mails that came in (people
    answer their own first mail), and last the case numbers in the subject.
    """
    if sender.actor is None:
        return Route(None, "")
    perhaps = ""
    for pointer in await _pointers(session, signer, mail, sender, sender.actor):
        case = (await session.execute(select(Case).where(pointer.to))).scalar_one_or_none()
        if case is not None and _may_reach(sender.actor, case, pointer):
            return Route(case, f"{case.number} by {pointer.by}")
        if case is not None:
            perhaps = perhaps or f"perhaps about {case.number} (by {pointer.by}), but the sender is not on it"
    return Route(None, perhaps)


def _may_reach(actor: Actor, case: Case, pointer: _Pointer) -> bool:
    if actor.person_id in {case.requester_id, case.handler_id} or may(actor, Action.ADD, case):
        return True
    return pointer.was_given and may(actor, Action.HANDLE, case)


async def _pointers(
    session: AsyncSession, signer: Signer, mail: ParsedMail, sender: Sender, actor: Actor
) -> list[_Pointer]:
    identifiers = _identifiers(mail)
    references = [reference for reference in map(signer.read_message_id, identifiers) if reference is not None]
    token = [] if sender.token is None else [sender.token]
    return [
        *(_Pointer(Case.id == one.case_id, "the reply address", was_given=True) for one in token),
        *(
            _Pointer(Case.id == one.case_id, f"our mail {one.mail_id}", was_given=one.person_id == actor.person_id)
            for one in references
        ),
        *(_Pointer(Case.id == one, "an earlier mail") for one in await store.cases_of_mails(session, identifiers)),
        *(_Pointer(Case.number == one, "the number in its subject") for one in numbers.numbers_in(mail.subject)),
    ]


def _identifiers(mail: ParsedMail) -> list[str]:
    """Return the mails that a mail answers, the nearest first."""
    answered = [mail.in_reply_to] if mail.in_reply_to else []
    return list(dict.fromkeys([*answered, *reversed(mail.references)]))[:NEWEST_IDENTIFIERS]

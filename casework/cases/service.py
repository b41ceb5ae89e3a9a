"""What a requester does with a case: open it, add to it, accept or refuse the answer.

Every channel ends here; the handler's side stands in `cases.handling`.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from sqlalchemy.ext.asyncio import AsyncSession

from casework import new_rows
from casework.approvals import service as approvals
from casework.attachments.models import IncomingFile
from casework.cases import filed_forms, notices, numbers, store
from casework.cases.correspondence import say_with_files
from casework.cases.lifecycle import hear_while_merged, transition
from casework.cases.models import Case, CaseLink, Status
from casework.cases.permissions import Action, require
from casework.desk import Desk
from casework.errors import TransitionNotAllowed
from casework.messages import service as messages
from casework.messages.models import Channel, EventKind, MessageKind
from casework.messages.service import Words, storable
from casework.outbox.letters import one_line
from casework.outbox.models import MailKind
from casework.people import store as people
from casework.people.models import THE_DESK, Actor

LONGEST_SUBJECT = 200


@dataclass(frozen=True)
class Request:
    """What somebody asks of the desk, whatever the channel; `wanted` says what its form still lacks.

    `form_confidence` is in percent, for a form that nobody chose. `opened_by` is the handler who split it off,
    `taken_by` one who talks with the requester already: then no handler is mailed.
    """

    subject: str
    words: Words
    files: Sequence[IncomingFile] = ()
    form_key: str | None = None
    form_confidence: int | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    wanted: Sequence[str] = ()
    sender_proven: bool = True
    follows: Case | None = None
    filed_by: Actor | None = None
    opened_by: Actor | None = None
    taken_by: Actor | None = None


async def open_case(session: AsyncSession, desk: Desk, requester: Actor, request: Request) -> Case:
    """Open a case: number, timeline, files, the summary to the requester, the mail to the handlers; all or nothing."""
    if requester.person_id is None or requester.organisation_id is None:
        raise ValueError("a case needs a requester who is a person")
    case = Case(
        number=await numbers.next_number(session),
        subject=_subject(request),
        form_key=request.form_key,
        form_version=desk.catalogue.version if request.form_key else None,
        form_confidence=request.form_confidence,
        fields=dict(request.fields),
        requester_id=requester.person_id,
        organisation_id=requester.organisation_id,
        filed_by_id=request.filed_by.person_id if request.filed_by else None,
        channel=request.words.channel,
        sender_proven=request.sender_proven,
        opened_at=desk.clock.now(),
    )
    await new_rows.put(session, case)
    await filed_forms.keep(session, desk, case)
    author = request.filed_by or requester
    if request.opened_by is not None:
        author = replace(request.opened_by, acts_for=requester.name)
    message, files = await say_with_files(
        session, desk, case, MessageKind.REQUEST, author, request.words, request.files
    )
    if request.follows is not None:
        await _link(session, desk, case, request.follows)
    await notices.summarise(session, desk, case, message, files, request.wanted)
    if request.taken_by is None:
        await notices.hand_to_handlers(session, desk, case, message, files, MailKind.HANDLER)
    await approvals.begin(session, desk, case, is_new=True)
    return case


def _subject(request: Request) -> str:
    subject = one_line(storable(request.subject)) or one_line(storable(request.words.text[:80]))
    return subject[:LONGEST_SUBJECT] or "(…)"


async def _link(session: AsyncSession, desk: Desk, case: Case, earlier: Case) -> None:
    """Tie a case to the one that it goes on from, on both timelines."""
    session.add(CaseLink(case_id=case.id, earlier_id=earlier.id))
    for one, other in ((case, earlier), (earlier, case)):
        messages.enter(
            session,
            case_id=one.id,
            kind=EventKind.LINKED,
            actor=THE_DESK,
            channel=Channel.SYSTEM,
            at=desk.clock.now(),
            data={"number": other.number},
        )


async def add_message(
    session: AsyncSession,
    desk: Desk,
    case: Case,
    author: Actor,
    words: Words,
    *,
    files: Sequence[IncomingFile] = (),
    subject: str = "",
) -> Case:
    """Add the requester's words to their case and tell its handler; on a closed case they open a new one, linked to it.

    Words on a case that goes on within another stay its own, and reach the handler of that other one. The local HR
    who filed the case adds to it in the same way. Returns the case that holds the words.
    Raises `NotPermitted` or `NotFound` for anybody else.
    """
    require(author, Action.ADD, case)
    surviving = await store.surviving(session, case)
    if surviving.is_closed:
        is_own = author.person_id == case.requester_id
        requester = author if is_own else await people.actor(session, case.requester_id)
        filed_by = None if is_own else author
        request = Request(subject=subject or case.subject, words=words, files=files, follows=case, filed_by=filed_by)
        return await open_case(session, desk, requester, request)
    message, kept = await say_with_files(session, desk, case, MessageKind.MESSAGE, author, words, files)
    hear_while_merged(case)
    if surviving.status is Status.AWAITING_INFO and surviving.requester_id == case.requester_id:
        transition(session, surviving, Status.WORK_IN_PROGRESS, actor=author, channel=words.channel, clock=desk.clock)
    await notices.hand_to_handlers(session, desk, surviving, message, kept, MailKind.UPDATE)
    return case


async def decide(
    session: AsyncSession, desk: Desk, case: Case, requester: Actor, *, accepted: bool, comment: str, channel: Channel
) -> None:
    """Accept or refuse the desk's answer: accepted closes the case, refused brings it back to work, with the reason.

    Raises `NotPermitted`, `NotFound`, or `TransitionNotAllowed` when no answer waits for a decision.
    """
    require(requester, Action.DECIDE, case)
    to = Status.CLOSED_COMPLETE if accepted else Status.WORK_IN_PROGRESS
    if case.status is not Status.AWAITING_ACCEPTANCE:
        raise TransitionNotAllowed(case.number, case.status, to)
    comment = storable(comment.strip())
    kind = EventKind.ACCEPTED if accepted else EventKind.REFUSED
    messages.enter(
        session,
        case_id=case.id,
        kind=kind,
        actor=requester,
        channel=channel,
        at=desk.clock.now(),
        data={"comment": comment},
    )
    transition(session, case, to, actor=requester, channel=channel, clock=desk.clock)
    await notices.report_decision(session, desk, case, accepted=accepted, comment=comment)

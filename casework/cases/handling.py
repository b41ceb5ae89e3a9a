"""What a handler does with a case: claim it, classify it, note, ask, answer.

One handler action is one mail to the requester, whether it came by mail, chat or the workspace.
"""

from collections.abc import Mapping, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from casework.approvals import service as approvals
from casework.attachments import service as attachments
from casework.attachments.models import IncomingFile
from casework.cases import filed_forms, notices, problems, store
from casework.cases.correspondence import say_with_files
from casework.cases.lifecycle import transition
from casework.cases.models import Case, Status
from casework.cases.permissions import Action, require
from casework.catalogue import form_checker
from casework.catalogue import service as catalogue
from casework.clock import local_date
from casework.desk import Desk
from casework.errors import AlreadyHandled, InvalidInput, TransitionNotAllowed
from casework.messages import service as messages
from casework.messages.models import Channel, EventKind, MessageKind, Note
from casework.messages.service import Words
from casework.people import store as people
from casework.people.models import Actor
from casework.search import indexing


async def claim(session: AsyncSession, desk: Desk, case: Case, handler: Actor, channel: Channel) -> None:
    """Make a case the handler's own. Raises `AlreadyHandled` with the name of the one who has it, or `NotPermitted`."""
    require(handler, Action.HANDLE, case)
    await store.locked(session, case.id)  # of two who claim at once the second waits, and then reads who has it
    if case.handler_id == handler.person_id:
        return
    if case.handler_id is not None:
        raise AlreadyHandled((await people.person(session, case.handler_id)).name)
    if case.is_closed:
        raise TransitionNotAllowed(case.number, case.status, Status.ASSIGNED)
    case.handler_id = handler.person_id
    data = {"handler": handler.name}
    messages.enter(
        session,
        case_id=case.id,
        kind=EventKind.ASSIGNED,
        actor=handler,
        channel=channel,
        at=desk.clock.now(),
        data=data,
    )
    if case.status is Status.OPEN:
        transition(session, case, Status.ASSIGNED, actor=handler, channel=channel, clock=desk.clock)


async def classify(
    session: AsyncSession,
    desk: Desk,
    case: Case,
    handler: Actor,
    form_key: str,
    answers: Mapping[str, str],
    channel: Channel,
) -> tuple[str, ...]:
    """Put a case on a form of the catalogue and fill it; number and history stay.

    Returns the keys of the fields and documents that are still missing.
    Raises `InvalidInput` for an unknown form or a value that cannot be used, `TransitionNotAllowed` on a closed case.
    """
    require(handler, Action.HANDLE, case)
    if case.is_closed:
        raise TransitionNotAllowed(case.number, case.status, case.status)
    form = catalogue.find_form(desk.catalogue, form_key)
    if isinstance(form, catalogue.UnknownForm):
        raise InvalidInput({"form": problems.unknown_form(form.name, form.nearest, handler.language)})
    kept = form_checker.as_answers(form, case.fields, handler.language) if case.form_key == form.key else {}
    documents = [
        file.document_key
        for file in await attachments.of_case(session, case.id, with_internal=True)
        if file.document_key
    ]
    documents += await approvals.granted(session, form, case)
    result = form_checker.check(
        form, {**kept, **answers}, documents, language=handler.language, today=local_date(desk.clock.now())
    )
    if result.errors:
        raise InvalidInput(
            {error.field_key: form_checker.explain(error, form, handler.language) for error in result.errors}
        )
    reclassified = case.form_key != form.key
    case.form_key, case.form_version, case.fields = form.key, desk.catalogue.version, dict(result.values)
    case.form_confidence = None
    await filed_forms.keep(session, desk, case)
    now = desk.clock.now()
    if reclassified:
        messages.enter(
            session,
            case_id=case.id,
            kind=EventKind.CLASSIFIED,
            actor=handler,
            channel=channel,
            at=now,
            data={"form": form.key},
        )
    if answers:
        data = {"form": form.key, "fields": dict(result.values)}
        messages.enter(
            session, case_id=case.id, kind=EventKind.FILLED, actor=handler, channel=channel, at=now, data=data
        )
    await approvals.begin(session, desk, case)
    return (*result.missing_fields, *result.missing_documents)


async def write_note(
    session: AsyncSession,
    desk: Desk,
    case: Case,
    handler: Actor,
    words: Words,
    *,
    files: Sequence[IncomingFile] = (),
) -> Note:
    """Write something that stays among handlers, files included: nobody is mailed."""
    require(handler, Action.HANDLE, case)
    return await keep_note(session, desk, case, handler, words, files=files)


async def keep_note(
    session: AsyncSession, desk: Desk, case: Case, author: Actor, words: Words, *, files: Sequence[IncomingFile] = ()
) -> Note:
    """Keep words and files among handlers, whoever they are of; whether they may is for the caller to ask."""
    written = await messages.note(session, case_id=case.id, author=author, words=words, at=desk.clock.now())
    kept = await attachments.keep(
        session, desk, case_id=case.id, message_id=None, author=author, files=files, internal=True
    )
    await indexing.add_words(session, case, written.text, *(file.filename for file in kept), internal=True)
    return written


async def write_to_requester(
    session: AsyncSession,
    desk: Desk,
    case: Case,
    handler: Actor,
    words: Words,
    *,
    kind: MessageKind,
    files: Sequence[IncomingFile] = (),
) -> None:
    """Answer the requester, or ask them something; they get one mail with a link.

    The status follows, and an unassigned case becomes the handler's own.
    Raises `TransitionNotAllowed` on a closed case.
    """
    require(handler, Action.HANDLE, case)
    to = Status.AWAITING_INFO if kind is MessageKind.QUESTION else Status.AWAITING_ACCEPTANCE
    if case.is_closed:
        raise TransitionNotAllowed(case.number, case.status, to)
    if case.handler_id is None:
        await claim(session, desk, case, handler, words.channel)
    message, _ = await say_with_files(session, desk, case, kind, handler, words, files)
    if case.status is not to:
        transition(session, case, to, actor=handler, channel=words.channel, clock=desk.clock)
    await notices.send_link(session, desk, case, message)


async def keep_conversation(session: AsyncSession, desk: Desk, case: Case, handler: Actor, words: Words) -> None:
    """Put what was said in a chat on the case as it stands; the requester gets a link to it, and no word of it."""
    require(handler, Action.HANDLE, case)
    await say_with_files(session, desk, case, MessageKind.MESSAGE, handler, words, ())
    await notices.send_transcript(session, desk, case.requester_id, f"/cases/{case.number}", case)

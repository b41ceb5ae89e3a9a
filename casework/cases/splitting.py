"""Makes a case of its own of some of the words and files of another: two questions in one mail are two cases."""

from collections.abc import Collection, Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from casework.attachments import service as attachments
from casework.attachments.models import Attachment, IncomingFile
from casework.cases import service as cases
from casework.cases import store
from casework.cases.models import Case
from casework.cases.permissions import Action, require
from casework.clock import local_date
from casework.desk import Desk
from casework.errors import Conflict, InvalidInput
from casework.messages import service as messages
from casework.messages import store as timelines
from casework.messages.models import Channel, EventKind, Message, MessageKind
from casework.messages.service import Words
from casework.people import store as people
from casework.people.models import Actor

FROM_REQUESTER = (MessageKind.REQUEST, MessageKind.MESSAGE)


async def split(
    session: AsyncSession,
    desk: Desk,
    case: Case,
    handler: Actor,
    subject: str,
    message_ids: Collection[int],
    file_ids: Collection[int],
    seen: int,
) -> Case:
    """Open a case of the same requester with copies of these messages and files; the two are linked.

    What stands on the old case stays there. Raises `InvalidInput` keyed `subject` or `chosen`, `Conflict` when the
    case changed since it was `seen`, `NotPermitted` or `NotFound`.
    """
    require(handler, Action.HANDLE, case)
    await store.locked(session, case.id)
    if case.version != seen:
        raise Conflict
    said = [one for one in await words_of_requester(session, case) if one.id in message_ids]
    files = [one for one in await files_of_requester(session, case) if one.id in file_ids]
    lacking = {} if subject.strip() else {"subject": "missing"}
    if not said and not files:
        lacking["chosen"] = "missing"
    if lacking:
        raise InvalidInput(lacking)
    requester = await people.actor(session, case.requester_id)
    request = cases.Request(
        subject=subject,
        words=Words(_joined(said), Channel.WEB),
        files=[await _copy(desk, one) for one in files],
        sender_proven=case.sender_proven,
        follows=case,
        opened_by=handler,
    )
    opened = await cases.open_case(session, desk, requester, request)
    data = {"number": opened.number, "messages": len(said), "files": len(files)}
    messages.enter(
        session, case_id=case.id, kind=EventKind.SPLIT, actor=handler, channel=Channel.WEB, at=desk.clock.now(),
        data=data,
    )  # fmt: skip
    return opened


async def words_of_requester(session: AsyncSession, case: Case) -> Sequence[Message]:
    """Return the messages of a case that can become a case of their own: those to the desk."""
    return await timelines.messages_of(session, case.id, FROM_REQUESTER)


async def files_of_requester(session: AsyncSession, case: Case) -> Sequence[Attachment]:
    """Return the files of a case that can become those of another: never one of a note, nor one in quarantine."""
    held = await attachments.of_case(session, case.id, with_internal=False)
    return [one for one in held if one.quarantined is None]


def _joined(said: Sequence[Message]) -> str:
    if len(said) == 1:
        return said[0].own_text
    return "\n\n".join(f"[{local_date(one.written_at):%d/%m/%Y}]\n{one.own_text}" for one in said)


async def _copy(desk: Desk, file: Attachment) -> IncomingFile:
    return IncomingFile(
        filename=file.filename,
        declared_type=file.declared_type,
        content=await desk.storage.get(file.sha256),
        sensitive=file.sensitive,
        unaccepted=file.unaccepted,
    )

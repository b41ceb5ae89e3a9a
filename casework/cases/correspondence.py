"""Puts words with their files on a case's timeline: the one way in which anybody's message gets there."""

from collections.abc import Sequence

from sqlalchemy.ext.asyncio import AsyncSession

from casework.attachments import service as attachments
from casework.attachments.models import Attachment, IncomingFile
from casework.cases.models import Case
from casework.desk import Desk
from casework.messages import service as messages
from casework.messages.models import EventKind, Message, MessageKind
from casework.messages.service import Words
from casework.people.models import Actor
from casework.search import indexing


async def say_with_files(
    session: AsyncSession,
    desk: Desk,
    case: Case,
    kind: MessageKind,
    author: Actor,
    words: Words,
    files: Sequence[IncomingFile],
) -> tuple[Message, list[Attachment]]:
    """Put a message on the timeline with the files that came with it, and let the case be found by both."""
    now = desk.clock.now()
    message = await messages.say(session, case_id=case.id, kind=kind, author=author, words=words, at=now)
    kept = await attachments.keep(session, desk, case_id=case.id, message_id=message.id, author=author, files=files)
    for file in kept:
        messages.enter(
            session,
            case_id=case.id,
            kind=EventKind.ATTACHED,
            actor=author,
            channel=words.channel,
            at=now,
            data={"filename": file.filename, "size": file.size, "sha256": file.sha256},
        )
    said = (message.text, *(file.filename for file in kept))
    if kind == MessageKind.REQUEST:  # the first words of a case
        indexing.begin(session, case, *said)
    else:
        await indexing.add_words(session, case, *said)
    return message, kept

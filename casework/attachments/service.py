"""Takes files in: sniffs them, keeps their bytes once, and writes them on the case."""

import asyncio
from collections.abc import Iterable, Sequence

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.attachments import inspection
from casework.attachments.inspection import KeptContent
from casework.attachments.models import Attachment, IncomingFile
from casework.attachments.sniffing import sniff
from casework.desk import Desk
from casework.messages.service import storable
from casework.people.models import Actor

CONTROLS = [*range(32), *range(0x7F, 0xA0)]
INVISIBLE = [0x061C, *range(0x200B, 0x2010), *range(0x2028, 0x202F), *range(0x2060, 0x206A), 0xFEFF]  # turn or hide
UNUSABLE_IN_A_NAME = dict.fromkeys([*CONTROLS, *INVISIBLE, *map(ord, '/\\:*?"<>|')], "_")
LONGEST_NAME = 150
LARGE = 1024 * 1024  # less than this is looked at sooner than a thread takes it over

_OF_CASES = (
    select(Attachment).where(Attachment.case_id.in_(bindparam("case_ids", expanding=True))).order_by(Attachment.id)
)
_FOR_ALL = _OF_CASES.where(Attachment.internal.is_(False))


def safe_filename(name: str) -> str:
    """Return a file name that can be shown and saved anywhere; what is left of the sender's own name stays readable."""
    last = storable(name).replace("\\", "/").rsplit("/", 1)[-1].translate(UNUSABLE_IN_A_NAME).strip(" .")
    stem, dot, ending = last.rpartition(".")
    if dot and len(last) > LONGEST_NAME:
        last = stem[: LONGEST_NAME - len(ending) - 1] + "." + ending
    return last[:LONGEST_NAME] or "document"


async def keep(
    session: AsyncSession,
    desk: Desk,
    *,
    case_id: int,
    message_id: int | None,
    author: Actor,
    files: Iterable[IncomingFile],
    internal: bool = False,
) -> list[Attachment]:
    """Keep files with a case; their bytes are stored before the transaction that names them ends.

    Internal ones came with a note: only those who may read notes see them.
    """
    incoming = list(files)
    if not incoming:
        return []
    new = iter(await store(desk, [file.content for file in incoming if file.kept is None]))
    kept = []
    for file in incoming:
        content = file.kept or next(new)
        attachment = Attachment(
            case_id=case_id,
            message_id=message_id,
            author_id=author.person_id,
            filename=safe_filename(file.filename),
            declared_type=storable(file.declared_type),
            content_type=content.content_type,
            size=len(file.content),
            sha256=content.sha256,
            document_key=file.document_key,
            sensitive=file.sensitive,
            internal=internal,
            quarantined=None if file.quarantined is None else storable(file.quarantined),
            protected=content.protected,
            has_macros=content.has_macros,
            unaccepted=file.unaccepted,
            added_at=desk.clock.now(),
        )
        session.add(attachment)
        kept.append(attachment)
    return kept


async def store(desk: Desk, contents: Sequence[bytes]) -> list[KeptContent]:
    """Put bytes on the disk and look at them, for files that are kept with a case later."""
    if not contents:
        return []
    names = await desk.storage.put(contents)
    if sum(map(len, contents)) > LARGE:
        return await asyncio.to_thread(lambda: list(map(_look_at, names, contents)))
    return list(map(_look_at, names, contents))


def _look_at(sha256: str, content: bytes) -> KeptContent:
    return KeptContent(sha256, sniff(content), inspection.is_protected(content), inspection.has_macros(content))


async def of_case(session: AsyncSession, *case_ids: int, with_internal: bool) -> Sequence[Attachment]:
    """Return the files on one or several cases, oldest first; those of notes only for those who may see notes."""
    found = await session.execute(_OF_CASES if with_internal else _FOR_ALL, {"case_ids": case_ids})
    return found.scalars().all()

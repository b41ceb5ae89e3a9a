"""Takes files in that come by chat: looked at like those of every page, and read again when a case takes them."""

from collections.abc import Sequence

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from bot import uploads
from bot.uploads import KeptFile, Upload
from casework.attachments.models import IncomingFile
from casework.attachments.service import safe_filename
from casework.desk import Desk
from casework.errors import NotFound
from casework.portal.shell.bodies import posted
from casework.portal.shell.keys import shell
from casework.portal.uploads import look_at

MOST_FILES = 10


async def take_in(request: web.Request) -> list[KeptFile] | str:
    """Look at the files of a form as a page of the desk does, and store their bytes.

    Returns the sentence that says why they cannot be taken, in the visitor's language.
    """
    desk = shell(request).desk
    files = (await (await posted(request)).files("files"))[:MOST_FILES]
    taken, problem = await look_at(request, files, None)
    if problem:
        return problem
    stored = await desk.storage.put([file.content for file in taken])
    return [
        KeptFile(safe_filename(file.filename), file.declared_type, sha256, file.quarantined)
        for file, sha256 in zip(taken, stored, strict=True)
    ]


async def of_person(
    session: AsyncSession, desk: Desk, person_id: int, keys: Sequence[str]
) -> tuple[Sequence[Upload], list[IncomingFile]]:
    """Return a person's own files that no case has taken yet, with their bytes; any other key names nothing."""
    rows = await uploads.of_person(session, person_id, keys)
    contents = [await desk.storage.get(row.sha256) for row in rows]
    return rows, [
        IncomingFile(row.filename, row.declared_type, content, quarantined=row.quarantined)
        for row, content in zip(rows, contents, strict=True)
    ]


class ChatUploads:
    """The files that the chat took in for a person and that no case has taken yet."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    async def read(self, session: AsyncSession, person_id: int, keys: Sequence[str]) -> list[IncomingFile]:
        """Return the files with these keys, one for each; raises `NotFound` for one that is not the person's."""
        rows, files = await of_person(session, self._desk, person_id, keys)
        kept = {row.key: file for row, file in zip(rows, files, strict=True)}
        if not kept.keys() >= set(keys):
            raise NotFound
        return [kept[key] for key in keys]

    async def put_on(self, session: AsyncSession, person_id: int, keys: Sequence[str], number: str) -> None:
        """Note that a case took the files along."""
        await uploads.take(session, await uploads.of_person(session, person_id, keys), number)

"""Downloads: always as a file to save, never as something that a browser would run."""

from urllib.parse import quote

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.attachments.models import Attachment
from casework.audit import service as audit
from casework.cases import store as cases
from casework.cases.models import Case
from casework.cases.permissions import Action, may, require
from casework.desk import Desk
from casework.errors import NotFound, NotPermitted
from casework.messages.models import Channel
from casework.people.models import Actor
from casework.portal.shell.headers import DOWNLOAD_POLICY
from casework.portal.shell.keys import shell
from casework.portal.shell.visitor import require_level, signed_in


async def download(request: web.Request) -> web.StreamResponse:
    """Hand a file to somebody who may read its case, and write the reading down."""
    actor = signed_in(request)
    home = shell(request)
    async with home.database.transaction() as session:
        query = select(Attachment).where(Attachment.id == int(request.match_info["id"]))
        file = (await session.execute(query)).scalar_one_or_none()
        if file is None:
            raise NotFound
        case = await cases.by_id(session, file.case_id)
        require(actor, Action.READ_DOCUMENT, case, sensitivity=file.sensitive)
        if file.sensitive:
            require_level(request)
        if file.internal and not may(actor, Action.READ_NOTES, case):
            raise NotFound
        note_reading(session, home.desk, case, file, actor)
    return as_download(file, await home.desk.storage.get(file.sha256))


def note_reading(session: AsyncSession, desk: Desk, case: Case, file: Attachment, reader: Actor) -> None:
    """Write down that somebody reads a file. Raises `NotPermitted` for one in quarantine, which nobody reads."""
    if file.quarantined is not None:
        raise NotPermitted
    audit.record(
        session,
        at=desk.clock.now(),
        action="read_file",
        actor=reader,
        channel=Channel.WEB,
        case_id=case.id,
        details={"filename": file.filename, "sha256": file.sha256},
    )


def as_download(file: Attachment, content: bytes) -> web.Response:
    """Return the bytes as a file to save; the name is given as RFC 6266 says, plain and in UTF-8."""
    plain = "".join(c if c.isascii() and c.isprintable() and c not in '"\\%' else "_" for c in file.filename)
    disposition = f"attachment; filename=\"{plain}\"; filename*=UTF-8''{quote(file.filename, safe='')}"
    return web.Response(
        body=content,
        content_type=file.content_type,
        headers={"Content-Disposition": disposition, "Content-Security-Policy": DOWNLOAD_POLICY},
    )

"""Keeps a form that arrives when its session is over or proved too little, and gives its files back afterwards."""

import asyncio
import hmac
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from casework.attachments.models import IncomingFile
from casework.people import kept_posts
from casework.people.kept_posts import Sent
from casework.portal.shell.bodies import KEPT_FILES, posted
from casework.portal.shell.csrf import FIELD
from casework.portal.shell.keys import shell
from casework.portal.shell.redirects import page_before
from casework.portal.shell.visitor import visitor

Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

KEPT_FIELD = "kept"
NEVER_KEPT = ("password", "code", FIELD, KEPT_FIELD)
SIGN_IN = "/sign-in"


async def keep_what_was_sent(request: web.Request) -> str:
    """Keep the form of this request for its sender; return the page that gives it back, or nothing if none can be kept.

    Only a form of our own page counts: it brings the token of the session that is open, or of the one that idled away.
    """
    person_id, token = _sender(request)
    if request.method != "POST" or person_id is None or request.path.startswith(SIGN_IN):
        return ""
    form = await posted(request)
    if not hmac.compare_digest(form.text(FIELD).encode(), token.encode()):
        return ""
    texts = [
        (name, value)
        for name, value in form.fields.items()
        if isinstance(value, str) and not any(word in name for word in NEVER_KEPT)
    ]
    files = [
        await _keep_file(request, name, field)
        for name, field in form.fields.items()
        if isinstance(field, web.FileField) and field.filename
    ]
    if not texts and not files:
        return ""
    home = shell(request)
    async with home.database.transaction() as session:
        sent = Sent(request.path, page_before(request), texts, files)
        return f"/kept/{await kept_posts.keep(session, person_id, sent, home.desk.clock.now())}"


def _sender(request: web.Request) -> tuple[int | None, str]:
    who = visitor(request)
    if who.actor is not None:
        return who.actor.person_id, who.csrf_token
    return (who.former.person_id, who.former.csrf_token) if who.former else (None, "")


async def _keep_file(request: web.Request, name: str, field: web.FileField) -> dict[str, Any]:
    content = await asyncio.to_thread(field.file.read)
    [sha256] = await shell(request).desk.storage.put([content])
    return {"field": name, "filename": field.filename, "type": field.content_type, "sha256": sha256}


@web.middleware
async def give_back_files(request: web.Request, handler: Handler) -> web.StreamResponse:
    """Add the kept files to a form that is sent again, and forget what was kept once it was accepted."""
    actor = visitor(request).actor
    if request.method != "POST" or actor is None or actor.person_id is None:
        return await handler(request)
    kept_id = (await posted(request)).text(KEPT_FIELD, 9)
    if not (kept_id.isascii() and kept_id.isdigit()):
        return await handler(request)
    home = shell(request)
    async with home.database.reading() as session:
        kept = await kept_posts.of_sender(session, int(kept_id), actor.person_id, home.desk.clock.now())
    if kept.path == request.path:
        request[KEPT_FILES] = tuple(
            [
                (
                    file["field"],
                    IncomingFile(file["filename"], file["type"], await home.desk.storage.get(file["sha256"])),
                )
                for file in kept.files
            ]
        )
    response = await handler(request)
    if response.status == web.HTTPSeeOther.status_code:
        async with home.database.transaction() as session:
            await kept_posts.forget(session, kept.id, actor.person_id)
    return response

"""The web case log, its export, and the page from which admins reach every other page of theirs."""

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web
from sqlalchemy import select

from casework.audit import service as audit
from casework.cases.permissions import Action
from casework.messages.models import Channel
from casework.people.masking import mask_details, mask_national_numbers
from casework.people.models import Organisation
from casework.portal import case_log, log_export
from casework.portal.shell.headers import DOWNLOAD_POLICY
from casework.portal.shell.keys import shell
from casework.portal.shell.log_filter import LogFilter, read_log_filter
from casework.portal.shell.pages import gettext, render_page
from casework.portal.shell.panels import PanelContext, Place, fill
from casework.portal.shell.visitor import admitted

PIECE = 64 * 1024
CONTENT_TYPES = {
    "csv": "text/csv",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


async def show_admin(request: web.Request) -> web.StreamResponse:
    """Show where an admin can go."""
    actor = admitted(request, Action.ADMINISTER)
    home = shell(request)
    async with home.database.reading() as session:
        panels = await fill(home.panels, Place.ADMIN, PanelContext(request, session, actor))
    return render_page(request, "portal/admin.html", panels=panels)


async def show_log(request: web.Request) -> web.StreamResponse:
    """Show what happened, which cases there are, or which mails left, as the admin filters it."""
    actor = admitted(request, Action.ADMINISTER)
    home = shell(request)
    chosen, shows = read_log_filter(request.query), _shows(request)
    async with home.database.reading() as session:
        page = await case_log.page(session, shows, chosen, case_log.read_where(request.query))
        context = PanelContext(request, session, actor, chosen)
        panels = [] if chosen.is_for_tickets else await fill(home.panels, Place.CASE_LOG, context)
        named = select(Organisation.id, Organisation.name).order_by(Organisation.name)
        organisations = (await session.execute(named)).all()
    return render_page(
        request,
        "portal/case_log.html",
        page=page,
        shows=shows,
        chosen=chosen,
        panels=panels,
        organisations=organisations,
        masked=mask_national_numbers,
        masked_details=mask_details,
    )


def _shows(request: web.Request) -> str:
    shows = request.query.get("show", "events")
    return shows if shows in case_log.LISTS else "events"


async def export_log(request: web.Request) -> web.StreamResponse:
    """Hand out what the admin chose of the log as a file, and write down first that it was taken."""
    actor = admitted(request, Action.ADMINISTER)
    home = shell(request)
    chosen, shows = read_log_filter(request.query), _shows(request)
    kind = "xlsx" if request.query.get("format") == "xlsx" else "csv"
    async with home.database.transaction() as session:
        details = {"list": shows, "format": kind, **chosen.as_query()}
        now = home.desk.clock.now()
        audit.record(session, at=now, action="export_log", actor=actor, channel=Channel.WEB, details=details)
    headings = [gettext(request, heading) for heading in log_export.HEADINGS[shows]]
    name = f"balie-{shows}-{now:%Y%m%d-%H%M%S}.{kind}"
    pieces = _xlsx(request, shows, chosen, headings) if kind == "xlsx" else _csv(request, shows, chosen, headings)
    return await _send(request, name, CONTENT_TYPES[kind], pieces)


def _csv(request: web.Request, shows: str, chosen: LogFilter, headings: list[str]) -> AsyncIterator[bytes]:
    return log_export.as_csv(headings, log_export.rows(shell(request).database, shows, chosen))


async def _xlsx(request: web.Request, shows: str, chosen: LogFilter, headings: list[str]) -> AsyncIterator[bytes]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "log.xlsx"
        await log_export.write_xlsx(path, headings, log_export.rows(shell(request).database, shows, chosen))
        with path.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, PIECE):
                yield piece


async def _send(request: web.Request, name: str, content_type: str, pieces: AsyncIterator[bytes]) -> web.StreamResponse:
    response = web.StreamResponse(
        headers={
            "Content-Disposition": f'attachment; filename="{name}"',
            "Content-Security-Policy": DOWNLOAD_POLICY,
            "Content-Type": f"{content_type}; charset=utf-8" if content_type.startswith("text/") else content_type,
        }
    )
    await response.prepare(request)
    async for piece in pieces:
        await response.write(piece)
    await response.write_eof()
    return response

"""The web case log, and the page from which admins reach every other page of theirs."""

from aiohttp import web

from casework.people.models import Role
from casework.portal import case_log
from casework.portal.shell.keys import shell
from casework.portal.shell.log_filter import read_log_filter
from casework.portal.shell.pages import render_page
from casework.portal.shell.panels import PanelContext, Place, fill
from casework.portal.shell.visitor import require_role

READERS = {
    "events": case_log.events,
    "cases": case_log.all_cases,
    "mails": case_log.outbound_mails,
}


async def show_admin(request: web.Request) -> web.StreamResponse:
    """Show where an admin can go."""
    actor = require_role(request, Role.ADMIN)
    home = shell(request)
    async with home.database.reading() as session:
        panels = await fill(home.panels, Place.ADMIN, PanelContext(request, session, actor))
    return render_page(request, "portal/admin.html", panels=panels)


async def show_log(request: web.Request) -> web.StreamResponse:
    """Show what happened, which cases there are, or which mails left, as the admin filters it."""
    actor = require_role(request, Role.ADMIN)
    home = shell(request)
    chosen = read_log_filter(request.query)
    shows = request.query.get("show", "events")
    shows = shows if shows in READERS else "events"
    async with home.database.reading() as session:
        page = await READERS[shows](session, chosen, case_log.read_before(request.query.get("before", "")))
        panels = await fill(home.panels, Place.CASE_LOG, PanelContext(request, session, actor, chosen))
    return render_page(request, "portal/case_log.html", page=page, shows=shows, chosen=chosen, panels=panels)

"""The handlers' page: what nobody has yet, and what is theirs."""

from aiohttp import web

from casework.cases import store as cases
from casework.people import store as people
from casework.people.models import Role
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import render_page
from casework.portal.shell.panels import PanelContext, Place, fill
from casework.portal.shell.visitor import require_role


async def show_workspace(request: web.Request) -> web.StreamResponse:
    """Show the unassigned cases and the handler's own; never the handler's own requests, which others work on."""
    actor = require_role(request, Role.HANDLER)
    home = shell(request)
    async with home.database.reading() as session:
        unassigned = await cases.queue(session, handler_id=None)
        mine = await cases.queue(session, handler_id=actor.person_id)
        names = await people.names(session, {case.requester_id for case in (*unassigned, *mine)})
        panels = await fill(home.panels, Place.WORKSPACE, PanelContext(request, session, actor))
    return render_page(
        request,
        "portal/workspace.html",
        unassigned=[case for case in unassigned if case.requester_id != actor.person_id],
        mine=mine,
        names=names,
        panels=panels,
    )

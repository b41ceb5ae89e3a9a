"""What local HR follows: the requests of the staff of its own organisation, and of those below it."""

from aiohttp import web

from casework.cases import store as cases
from casework.cases.permissions import Action
from casework.people import store as people
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import render_page
from casework.portal.shell.visitor import admitted

SHOWN = 50


async def list_cases(request: web.Request) -> web.StreamResponse:
    """Show the requests of an organisation, the newest first, a page at a time."""
    actor = admitted(request, Action.FOLLOW_STAFF)
    before = request.query.get("before", "")
    older_than = int(before) if before.isdecimal() and len(before) < 10 else None
    async with shell(request).database.reading() as session:
        found = await cases.of_organisations(session, actor.serves, older_than=older_than, limit=SHOWN + 1)
        shown = found[:SHOWN]
        concerned = {one for case in shown for one in (case.requester_id, case.filed_by_id) if one is not None}
        names = await people.names(session, concerned)
    older = shown[-1].id if len(found) > SHOWN else None
    return render_page(request, "portal/organisation.html", cases=shown, names=names, older=older)

"""Lists of a person's own cases: all of them, and those that wait for something from them."""

from aiohttp import web

from casework.cases import store as cases
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import render_page
from casework.portal.shell.visitor import signed_in


async def list_cases(request: web.Request) -> web.StreamResponse:
    """Show one's own cases, open and closed, newest first."""
    actor = signed_in(request)
    async with shell(request).database.reading() as session:
        own = await cases.of_requester(session, actor.person_id or 0)
    shows = request.query.get("show", "")
    return render_page(
        request,
        "portal/my_cases.html",
        open_cases=[case for case in own if not case.is_closed] if shows != "closed" else [],
        closed_cases=[case for case in own if case.is_closed] if shows != "open" else [],
        shows=shows,
    )


async def list_tasks(request: web.Request) -> web.StreamResponse:
    """Show the cases that wait for an answer or a decision of this person."""
    actor = signed_in(request)
    async with shell(request).database.reading() as session:
        waiting = await cases.waiting_for(session, actor.person_id or 0)
    return render_page(request, "portal/tasks.html", waiting=waiting)

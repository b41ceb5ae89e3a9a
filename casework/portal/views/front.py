"""The page at `/`: what the desk is for whoever passes by, and the start page of whoever signed in."""

from aiohttp import web

from casework.portal.shell.keys import shell
from casework.portal.shell.pages import render_page
from casework.portal.shell.panels import PanelContext, Place, fill
from casework.portal.shell.visitor import visitor
from casework.portal.views import start


async def show_front(request: web.Request) -> web.StreamResponse:
    """Show the front page, or the start page of a signed-in person."""
    actor = visitor(request).actor
    home = shell(request)
    async with home.database.glancing() as session:
        if actor is not None:
            return await start.show_start(request, session, actor)
        panels = await fill(home.panels, Place.FRONT, PanelContext(request, session, None))
    return render_page(request, "portal/front.html", panels=panels)

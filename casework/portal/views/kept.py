"""Gives back what somebody had sent when they first had to sign in or prove more."""

from aiohttp import web

from casework.people import kept_posts
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import render_page
from casework.portal.shell.visitor import signed_in

REDRAWN = ("/catalogue/forms/", "/form")


async def show_kept(request: web.Request) -> web.StreamResponse:
    """Show what was kept, ready to be sent again; a form of the catalogue can be opened again, filled in."""
    actor = signed_in(request)
    home = shell(request)
    async with home.database.reading() as session:
        kept_id = int(request.match_info["id"])
        kept = await kept_posts.of_sender(session, kept_id, actor.person_id or 0, home.desk.clock.now())
    can_redraw = kept.path.startswith(REDRAWN[0]) or kept.path.endswith(REDRAWN[1])
    texts = [(name, text) for name, text in kept.texts if name != "redraw"]
    return render_page(request, "portal/kept.html", kept=kept, texts=texts, can_redraw=can_redraw)

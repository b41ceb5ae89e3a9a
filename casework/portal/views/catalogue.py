"""HR requests: the themes with the forms that somebody may file, and their hearts."""

from aiohttp import web

from casework.catalogue import favourites
from casework.portal.forms import themes_for
from casework.portal.shell.bodies import posted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import render_page
from casework.portal.shell.redirects import local_path, see_other
from casework.portal.shell.visitor import signed_in
from casework.portal.views.request_form import form_of


async def show_catalogue(request: web.Request) -> web.StreamResponse:
    """Show the themes, each with the forms that this person may file."""
    actor = signed_in(request)
    async with shell(request).database.reading() as session:
        liked = await favourites.of_person(session, actor.person_id or 0)
    themes = themes_for(shell(request).desk.catalogue, actor)
    return render_page(request, "portal/catalogue.html", themes=themes, liked=liked)


async def mark_favourite(request: web.Request) -> web.StreamResponse:
    """Give a form a heart, or take it away, and go back to where that was done."""
    actor = signed_in(request)
    form, sent = form_of(request, actor), await posted(request)
    async with shell(request).database.transaction() as session:
        await favourites.mark(session, actor.person_id or 0, form.key, wanted=sent.text("wanted", 5) == "yes")
    return see_other(local_path(sent.text("back", 500), f"/catalogue/forms/{form.key}"))

"""The pages of help, and the helper that says in which application an absence is entered."""

from aiohttp import web

from casework.errors import NotFound
from casework.guidance import service as guidance
from casework.guidance.models import Readership
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import render_page
from casework.portal.shell.visitor import signed_in


async def show_help(request: web.Request) -> web.StreamResponse:
    """Show every page of help by readership, or those that hold some words."""
    held, reader = guidance.packaged(), signed_in(request)
    query = request.query.get("q", "").strip()[:200]
    found = guidance.find(held, query, reader.language) if query else held.articles
    articles = [one for one in found if guidance.may_read(one, reader)]
    shelves = [(kind.value, [one for one in articles if one.readership is kind]) for kind in Readership]
    return render_page(
        request, "portal/help.html", query=query, shelves=[(kind, found) for kind, found in shelves if found]
    )


async def show_article(request: web.Request) -> web.StreamResponse:
    """Show one page of help."""
    reader = signed_in(request)
    article = guidance.packaged().article(request.match_info["key"])
    if article is None or not guidance.may_read(article, reader):
        raise NotFound
    return render_page(request, "portal/article.html", article=article)


async def show_absences(request: web.Request) -> web.StreamResponse:
    """Ask which absence it is about, and say where it is entered."""
    home, language = shell(request), signed_in(request).language
    places = guidance.places(guidance.packaged(), home.desk.catalogue, language)
    wanted = request.query.get("absence", "")
    return render_page(
        request,
        "portal/absences.html",
        places=places,
        chosen=next((place for place in places if place.key == wanted), None),
        self_service_url=home.desk.settings.self_service_url,
    )

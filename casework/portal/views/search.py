"""One box that finds cases, forms and help: a page for everybody, and suggestions as one types."""

from typing import Any

from aiohttp import web

from casework.portal.finding import Finder, Found
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import render_page
from casework.portal.shell.redirects import see_other
from casework.portal.shell.visitor import signed_in
from casework.search.service import LONGEST_QUERY

MOST_FOUND = 10
MOST_SUGGESTED = 4  # of each kind
FINDER = web.AppKey("finder", Finder)


async def show_search(request: web.Request) -> web.StreamResponse:
    """Show what was found; the number of a case that the person may read leads straight to the case."""
    query, found = await _find(request, MOST_FOUND)
    if found.exact is not None:
        return see_other(f"/cases/{found.exact.number}")
    return render_page(request, "portal/search.html", query=query, found=found)


async def suggest(request: web.Request) -> web.StreamResponse:
    """Return a few things that begin like what was typed, as JSON: text and address, no markup."""
    _, found = await _find(request, MOST_SUGGESTED)
    return web.json_response({"suggestions": _suggestions(found, signed_in(request).language)})


async def _find(request: web.Request, limit: int) -> tuple[str, Found]:
    actor = signed_in(request)
    query = request.query.get("q", "").replace("\x00", "").strip()[:LONGEST_QUERY]
    async with shell(request).database.reading() as session:
        return query, await request.app[FINDER].find(session, actor, query, actor.language, limit)


def _suggestions(found: Found, language: str) -> list[dict[str, Any]]:
    cases = [found.exact, *found.cases] if found.exact else found.cases
    return [
        *({"kind": "case", "text": case.subject, "more": case.number, "to": f"/cases/{case.number}"} for case in cases),
        *(
            {"kind": "form", "text": form.label.in_(language), "more": "", "to": f"/catalogue/forms/{form.key}"}
            for form in found.forms
        ),
        *(
            {"kind": "help", "text": article.title.in_(language), "more": "", "to": f"/help/{article.key}"}
            for article in found.articles
        ),
    ]

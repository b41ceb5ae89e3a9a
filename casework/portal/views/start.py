"""The start page: search, recommended forms, what waits for the person, and their open cases."""

from collections import Counter
from collections.abc import Sequence

from aiohttp import web
from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases import numbers
from casework.cases import store as cases
from casework.cases.models import Case
from casework.cases.permissions import Action, may
from casework.catalogue import words
from casework.catalogue.models import Form
from casework.catalogue.search import FormSearch
from casework.errors import NotFound
from casework.people.models import Actor
from casework.portal.forms import forms_for
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import render_page
from casework.portal.shell.panels import PanelContext, Place, fill
from casework.portal.shell.redirects import see_other
from casework.portal.shell.visitor import signed_in

MOST_RECOMMENDED = 4
MOST_FOUND = 10
LONGEST_QUERY = 200
SEARCH = web.AppKey("form_search", FormSearch)


async def show_start(request: web.Request, session: AsyncSession, actor: Actor) -> web.StreamResponse:
    """Show the start page of a signed-in person."""
    home = shell(request)
    own = await cases.of_requester(session, actor.person_id or 0)
    return render_page(
        request,
        "portal/start.html",
        open_cases=[case for case in own if not case.is_closed],
        waiting=[case for case in reversed(own) if case.status in cases.WAITING_FOR_REQUESTER],
        recommended=await _recommended(request, session, actor, own),
        panels=await fill(home.panels, Place.START, PanelContext(request, session, actor)),
    )


async def _recommended(request: web.Request, session: AsyncSession, actor: Actor, own: Sequence[Case]) -> list[Form]:
    """Return the forms a person used most, then those that their organisation used most."""
    mine = [key for key, _ in Counter(case.form_key for case in own if case.form_key).most_common(MOST_RECOMMENDED)]
    used = func.count().label("used")
    query = (
        select(Case.form_key)
        .where(Case.organisation_id == actor.organisation_id, Case.form_key.is_not(None))
        .group_by(Case.form_key)
        .order_by(used.desc(), Case.form_key)
        .limit(MOST_RECOMMENDED)
    )
    theirs = (await session.execute(query)).scalars()
    allowed = {form.key: form for form in forms_for(shell(request).desk.catalogue, actor)}
    wanted = dict.fromkeys([*mine, *theirs, *allowed])
    return [allowed[key] for key in wanted if key in allowed][:MOST_RECOMMENDED]


async def search(request: web.Request) -> web.StreamResponse:
    """Find forms and own cases; an exact case number that the person may read leads straight to the case."""
    actor = signed_in(request)
    query = request.query.get("q", "").strip()[:LONGEST_QUERY]
    async with shell(request).database.reading() as session:
        for number in numbers.numbers_in(query):
            if await _may_read(session, actor, number):
                return see_other(f"/cases/{number}")
        own = await cases.of_requester(session, actor.person_id or 0) if query else []
    allowed = {form.key for form in forms_for(shell(request).desk.catalogue, actor)}
    matches = request.app[SEARCH].find(query, actor.language, MOST_FOUND * 2)
    return render_page(
        request,
        "portal/search.html",
        query=query,
        forms=[match.form for match in matches if match.form.key in allowed][:MOST_FOUND],
        cases=[case for case in own if _speaks_of(case, query)][:MOST_FOUND],
    )


async def _may_read(session: AsyncSession, actor: Actor, number: str) -> bool:
    try:
        return may(actor, Action.READ, await cases.by_number(session, number))
    except NotFound:
        return False


def _speaks_of(case: Case, query: str) -> bool:
    text = words.fold(f"{case.number} {case.subject}")
    return all(word in text for word in words.fold(query).split())

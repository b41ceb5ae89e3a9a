"""The start page: search, recommended forms, what waits for the person, their drafts and their open cases."""

from collections.abc import Mapping, Sequence

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases import store as cases
from casework.catalogue import favourites
from casework.catalogue.models import Form
from casework.drafts import service as drafts
from casework.people.models import Actor
from casework.portal.forms import forms_for
from casework.portal.habits import HABITS
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import render_page
from casework.portal.shell.panels import PanelContext, Place, fill
from casework.portal.shell.visitor import visitor

MOST_RECOMMENDED = 6
MOST_SHOWN = 8


async def show_start(request: web.Request, session: AsyncSession, actor: Actor) -> web.StreamResponse:
    """Show the start page of a signed-in person."""
    home = shell(request)
    person_id = actor.person_id or 0
    liked = await favourites.of_person(session, person_id)
    open_cases, open_count = await cases.open_of_requester(session, person_id, MOST_SHOWN)
    waits = visitor(request).tasks > 0
    context = PanelContext(request, session, actor)
    return render_page(
        request,
        "portal/start.html",
        open_cases=open_cases,
        open_count=open_count,
        waiting=await cases.waiting_for(session, person_id, MOST_SHOWN) if waits else (),
        recommended=await _recommended(request, session, actor, liked),
        liked=liked,
        drafts=[
            (draft, _form_of(home.desk.catalogue.forms, draft.form_key), drafts.kept_until(draft, home.desk))
            for draft in await drafts.of_person(session, person_id)
        ],
        counters=[
            (counter, await counter.count(session, actor))
            for counter in home.counters
            if not counter.roles or actor.has(*counter.roles)
        ],
        quick_panels=await fill(home.panels, Place.QUICK_TASKS, context),
        panels=await fill(home.panels, Place.START, context),
    )


def _form_of(forms: Sequence[Form], key: str) -> Form | None:
    return next((form for form in forms if form.key == key), None)


async def _recommended(request: web.Request, session: AsyncSession, actor: Actor, liked: frozenset[str]) -> list[Form]:
    """Return a person's favourites, the forms they used most, then those that their organisation used most."""
    allowed: Mapping[str, Form] = {form.key: form for form in forms_for(shell(request).desk.catalogue, actor)}
    mine = await cases.forms_used_by(session, actor.person_id or 0, MOST_RECOMMENDED)
    theirs = await request.app[HABITS].of(request, actor.organisation_id)
    wanted = dict.fromkeys([*(key for key in allowed if key in liked), *mine, *theirs, *allowed])
    return [allowed[key] for key in wanted if key in allowed][:MOST_RECOMMENDED]

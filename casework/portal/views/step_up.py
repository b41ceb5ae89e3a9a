"""Proving more before something delicate: one further key, and then on, exactly where one was."""

from aiohttp import web

from casework.digital_keys import step_up
from casework.digital_keys.models import Way
from casework.digital_keys.step_up import Held, Key
from casework.errors import InvalidInput
from casework.people.models import Actor, Level
from casework.portal.shell import sessions
from casework.portal.shell.bodies import posted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import gettext, render_page
from casework.portal.shell.redirects import local_path, see_other
from casework.portal.shell.visitor import signed_in
from casework.portal.views.password_sign_in import LONGEST_PASSWORD
from casework.portal.views.sign_in import BRAKES, OFFER


async def show_step_up(request: web.Request) -> web.StreamResponse:
    """Show the keys with which a signed-in person can prove more."""
    actor = signed_in(request)
    async with shell(request).database.reading() as session:
        held = await step_up.held_by(session, actor.person_id or 0)
    return _page(request, held, local_path(request.query.get("next", "")))


def _page(request: web.Request, held: Held, onward: str, *, problem: str = "", status: int = 200) -> web.Response:
    offer = request.app[OFFER]
    return render_page(
        request,
        "portal/step_up.html",
        status=status,
        held=held,
        onward=onward,
        problem=problem,
        providers=[way for way in (Way.EID, Way.ITSME) if way in offer.providers and offer.works(way)],
    )


async def take_key(request: web.Request) -> web.StreamResponse:
    """Raise the level of the session if the key is right; it gets a new token."""
    actor = signed_in(request)
    form = await posted(request)
    onward = local_path(form.text("next"))
    try:
        key = Key(form.text("key", 20))
    except ValueError as error:
        raise InvalidInput({"key": gettext(request, "Choose one of the keys.")}) from error
    request.app[BRAKES].check(request)
    token, held = await _prove(request, actor, key, form.raw("proof", LONGEST_PASSWORD))
    if not token:
        request.app[BRAKES].count(request)
        problem = gettext(request, "That is not right. Check it and try again; after ten times you have to wait.")
        return _page(request, held, onward, problem=problem, status=422)
    response = see_other(onward)
    sessions.hand_over(request, response, token, actor.person_id or 0)
    return response


async def _prove(request: web.Request, actor: Actor, key: Key, proof: str) -> tuple[str, Held]:
    home, person_id = shell(request), actor.person_id or 0
    async with home.database.transaction() as session:
        held = await step_up.held_by(session, person_id)
        right = await step_up.prove(session, home.rules, person_id, key, proof, home.desk.clock.now())
        token = await sessions.raise_level(request, session, Level.SUBSTANTIAL, key) if right else ""
    return token, held

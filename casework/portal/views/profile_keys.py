"""A person's own keys: password, app and list of codes; each change needs a fresh proof and is told by mail."""

from typing import Any

from aiohttp import web
from sqlalchemy import select

from casework.digital_keys import app_codes, passwords, token_codes
from casework.digital_keys.notices import Change, tell
from casework.digital_keys.passwords import Weakness
from casework.errors import NotFound
from casework.people import sign_in
from casework.people import store as people
from casework.people.models import Actor, Organisation
from casework.portal.shell.bodies import posted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import gettext, render_page
from casework.portal.shell.redirects import see_other
from casework.portal.shell.visitor import require_fresh, visitor
from casework.portal.shell.wording import sentence
from casework.portal.views.password_sign_in import LONGEST_PASSWORD
from casework.portal.views.sign_in import BRAKES, LONGEST_CODE

WEAKNESSES = {
    Weakness.TOO_SHORT: sentence("Choose at least 12 characters, such as a few words in a row."),
    Weakness.TOO_LONG: sentence("Choose at most 128 characters."),
    Weakness.OBVIOUS: sentence("This is easy to guess. Choose something that nobody would think of."),
    Weakness.PERSONAL: sentence(
        "This holds little more than your name, your address or your service. Choose otherwise."
    ),
}


async def show_password(request: web.Request) -> web.StreamResponse:
    """Ask for a new password."""
    require_fresh(request)
    return _password_page(request)


def _password_page(request: web.Request, problem: str = "") -> web.Response:
    return render_page(request, "portal/password.html", problem=problem, status=422 if problem else 200)


async def set_password(request: web.Request) -> web.StreamResponse:
    """Keep a new password, and end the person's sessions in other browsers."""
    actor = require_fresh(request)
    form = await posted(request)
    password, again = form.raw("password", LONGEST_PASSWORD), form.raw("password_again", LONGEST_PASSWORD)
    if password != again:
        return _password_page(request, gettext(request, "The two passwords are not the same."))
    home, now = shell(request), shell(request).desk.clock.now()
    async with home.database.reading() as session:
        weak = passwords.weakness(password, *await _known_about(request, actor))
    if weak is not None:
        return _password_page(request, gettext(request, WEAKNESSES[weak]))
    async with home.database.transaction() as session:
        await passwords.set_password(session, actor.person_id or 0, password, now)
        await sign_in.end_all_sessions(session, actor.person_id or 0, now, but=visitor(request).session_id)
        await tell(session, actor.person_id or 0, Change.PASSWORD_SET, now, actor=actor)
    return see_other("/profile", done="password")


async def _known_about(request: web.Request, actor: Actor) -> list[str]:
    """Return what anybody may know of a person: name, addresses, service, and the name of the desk."""
    async with shell(request).database.reading() as session:
        addresses = await people.addresses(session, actor.person_id or 0)
        query = select(Organisation.name).where(Organisation.id == actor.organisation_id)
        service = (await session.execute(query)).scalar_one_or_none() or ""
    return [actor.name, service, "balie", *(address.address for address in addresses)]


async def begin_app(request: web.Request) -> web.StreamResponse:
    """Draw a new secret for an app; it counts after the first right code."""
    actor = require_fresh(request)
    home = shell(request)
    async with home.database.transaction() as session:
        held = await app_codes.of_person(session, actor.person_id or 0)
        if held is not None and held.confirmed_at is not None:
            return see_other("/profile")
        await app_codes.prepare(session, home.rules.key, actor.person_id or 0, home.desk.clock.now())
    return see_other("/profile/app")


async def show_app(request: web.Request) -> web.StreamResponse:
    """Show the image for the app, and ask for its first code."""
    return await _app_page(request, require_fresh(request))


async def _app_page(request: web.Request, actor: Actor, problem: str = "") -> web.Response:
    secret = await _unconfirmed_secret(request, actor)
    spaced = " ".join(secret[place : place + 4] for place in range(0, len(secret), 4))
    status = 422 if problem else 200
    return render_page(request, "portal/app_key.html", secret=spaced, problem=problem, status=status)


async def _unconfirmed_secret(request: web.Request, actor: Actor) -> str:
    home = shell(request)
    async with home.database.reading() as session:
        held = await app_codes.of_person(session, actor.person_id or 0)
    if held is None or held.confirmed_at is not None:
        raise NotFound
    return app_codes.secret_of(held, home.rules.key)


async def show_app_image(request: web.Request) -> web.StreamResponse:
    """Hand out the image for the app, until its first code."""
    actor = require_fresh(request)
    secret = await _unconfirmed_secret(request, actor)
    async with shell(request).database.reading() as session:
        account = await people.primary_address(session, actor.person_id or 0)
    drawn = app_codes.qr_image(app_codes.address(secret, account))
    return web.Response(body=drawn, content_type="image/svg+xml", charset="utf-8")


async def confirm_app(request: web.Request) -> web.StreamResponse:
    """Let the app count, if its first code is right."""
    actor = require_fresh(request)
    code = (await posted(request)).text("code", LONGEST_CODE)
    home, now = shell(request), shell(request).desk.clock.now()
    request.app[BRAKES].check(request)
    async with home.database.transaction() as session:
        right = await app_codes.confirm(session, home.rules.key, actor.person_id or 0, code, home.rules.world_time(now))
        if right:
            await tell(session, actor.person_id or 0, Change.APP_ADDED, now, actor=actor)
    if not right:
        request.app[BRAKES].count(request)
        problem = gettext(
            request, "This code does not fit. Wait for the next one; is the clock of your telephone right?"
        )
        return await _app_page(request, actor, problem)
    return see_other("/profile", done="app")


async def remove_app(request: web.Request) -> web.StreamResponse:
    """Take the app away as a key."""
    return await _remove(request, app_codes.remove, Change.APP_REMOVED)


async def remove_list(request: web.Request) -> web.StreamResponse:
    """Take the list of codes away as a key."""
    return await _remove(request, token_codes.remove, Change.LIST_REMOVED)


async def _remove(request: web.Request, remove: Any, change: Change) -> web.StreamResponse:
    actor = require_fresh(request)
    home = shell(request)
    async with home.database.transaction() as session:
        if await remove(session, actor.person_id or 0):
            await tell(session, actor.person_id or 0, change, home.desk.clock.now(), actor=actor)
    return see_other("/profile", done=change.value)


async def print_list(request: web.Request) -> web.StreamResponse:
    """Show a new list of codes, this once; the former one is worth nothing from now on."""
    actor = require_fresh(request)
    home, now = shell(request), shell(request).desk.clock.now()
    async with home.database.transaction() as session:
        codes = await token_codes.print_list(session, home.rules.key, actor.person_id or 0, now)
        await tell(session, actor.person_id or 0, Change.LIST_PRINTED, now, actor=actor)
    return render_page(request, "portal/token_list.html", codes=codes, owner=actor.name, printed_at=now)

"""Sign-in: an address, a code by mail, and back to the page that was asked for."""

import asyncio
from datetime import timedelta
from typing import Any

from aiohttp import web

from casework.people import sign_in
from casework.portal.shell import sessions
from casework.portal.shell.bodies import posted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import gettext, render_page
from casework.portal.shell.redirects import local_path, see_other
from casework.portal.shell.throttle import Throttle
from casework.portal.shell.visitor import visitor

LONGEST_ADDRESS = 254
LONGEST_CODE = 20
ANSWER_AFTER_SECONDS = 0.25
TRIES = web.AppKey("sign_in_tries", Throttle)


def new_throttle() -> Throttle:
    """Return the brake on one network address, which may be that of a whole building."""
    return Throttle(limit=200, window=timedelta(minutes=10))


async def show_sign_in(request: web.Request) -> web.StreamResponse:
    """Ask for the address; whoever is signed in goes straight on."""
    onward = local_path(request.query.get("next", ""))
    if visitor(request).actor is not None:
        return see_other(onward)
    return _address_page(request, onward)


def _address_page(request: web.Request, onward: str, *, problem: str = "", status: int = 200) -> web.Response:
    return render_page(request, "portal/sign_in.html", status=status, onward=onward, problem=problem)


async def send_code(request: web.Request) -> web.StreamResponse:
    """Mail a code, and ask for it; the answer is the same, and comes as late, for an address that nobody knows."""
    form = await posted(request)
    address, onward = form.text("address", LONGEST_ADDRESS), local_path(form.text("next"))
    if "@" not in address.strip("@"):
        problem = gettext(request, "Fill in your e-mail address, such as name@organisation.example.")
        return _address_page(request, onward, problem=problem, status=422)
    home = shell(request)
    _count_try(request)
    answer_at = asyncio.get_running_loop().time() + ANSWER_AFTER_SECONDS
    async with home.database.transaction() as session:
        await sign_in.request_code(session, home.rules, address, home.desk.clock.now())
    await asyncio.sleep(answer_at - asyncio.get_running_loop().time())
    return _code_page(request, address=address, onward=onward)


def _code_page(request: web.Request, *, status: int = 200, problem: str = "", **context: Any) -> web.Response:
    return render_page(request, "portal/sign_in_code.html", status=status, problem=problem, **context)


async def redeem_code(request: web.Request) -> web.StreamResponse:
    """Begin a session for whoever brings the right code, and lead them to the page they wanted."""
    form = await posted(request)
    address, onward = form.text("address", LONGEST_ADDRESS), local_path(form.text("next"))
    home = shell(request)
    _count_try(request)
    async with home.database.transaction() as session:
        code = form.text("code", LONGEST_CODE)
        person = await sign_in.redeem_code(session, home.rules, address, code, home.desk.clock.now())
        token = await sessions.begin(request, session, person) if person else ""
    if not token:
        problem = gettext(request, "This code does not work. Check it, or ask for a new one.")
        return _code_page(request, status=422, problem=problem, address=address, onward=onward)
    response = see_other(onward)
    sessions.hand_over(request, response, token)
    return response


def _count_try(request: web.Request) -> None:
    request.app[TRIES].count(request.remote or "", shell(request).desk.clock.now())


async def sign_out(request: web.Request) -> web.StreamResponse:
    """End the session here and now."""
    async with shell(request).database.transaction() as session:
        await sessions.end(request, session)
    response = see_other("/", done="signed_out")
    sessions.forget(request, response)
    return response

"""Sign-in: an address, a code by mail, and back to the page that was asked for."""

import asyncio
from dataclasses import dataclass
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


@dataclass(frozen=True)
class Brakes:
    """The limits for one network address, which may be that of a whole building or of the proxy in front of us.

    What one account can be asked and guessed is limited by `casework.people.sign_in`, wherever it comes from.
    """

    codes: Throttle
    wrong_codes: Throttle


BRAKES = web.AppKey("sign_in_brakes", Brakes)


def new_brakes() -> Brakes:
    """Return brakes that have counted nothing yet."""
    window = timedelta(minutes=10)
    return Brakes(codes=Throttle(1000, window), wrong_codes=Throttle(200, window))


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
    home, codes, peer = shell(request), request.app[BRAKES].codes, request.remote or ""
    codes.check(peer, home.desk.clock.now())
    codes.count(peer, home.desk.clock.now())
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
    home, wrong_codes, peer = shell(request), request.app[BRAKES].wrong_codes, request.remote or ""
    wrong_codes.check(peer, home.desk.clock.now())
    async with home.database.transaction() as session:
        code = form.text("code", LONGEST_CODE)
        person = await sign_in.redeem_code(session, home.rules, address, code, home.desk.clock.now())
        token = await sessions.begin(request, session, person) if person else ""
    if not token:
        wrong_codes.count(peer, home.desk.clock.now())
        problem = gettext(request, "This code does not work. Check it, or ask for a new one.")
        return _code_page(request, status=422, problem=problem, address=address, onward=onward)
    response = see_other(onward)
    sessions.hand_over(request, response, token)
    return response


async def sign_out(request: web.Request) -> web.StreamResponse:
    """End the session here and now."""
    async with shell(request).database.transaction() as session:
        await sessions.end(request, session)
    response = see_other("/", done="signed_out")
    sessions.forget(request, response)
    return response

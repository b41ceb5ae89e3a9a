"""The page of sign-in with its ways, and the plainest of them: a code by mail, and back to the page that was wanted."""

import asyncio
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from aiohttp import web

from casework.digital_keys.models import Way
from casework.digital_keys.offer import Offer, is_off
from casework.errors import NotPermitted
from casework.guidance import service as guidance
from casework.people import sign_in
from casework.people import store as people
from casework.people.sign_in import Asking
from casework.portal.shell import sessions
from casework.portal.shell.bodies import posted
from casework.portal.shell.client_address import client_address
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import gettext, render_page
from casework.portal.shell.redirects import local_path, see_other
from casework.portal.shell.throttle import Throttle
from casework.portal.shell.visitor import visitor
from casework.portal.views import development_mailbox

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

    def check(self, request: web.Request) -> None:
        """Raise 429 for a network address from which too much was wrong, whichever way it tried."""
        self.wrong_codes.check(client_address(request), shell(request).desk.clock.now())

    def count(self, request: web.Request) -> None:
        """Count something wrong."""
        self.wrong_codes.count(client_address(request), shell(request).desk.clock.now())


BRAKES = web.AppKey("sign_in_brakes", Brakes)
OFFER = web.AppKey("sign_in_offer", Offer)


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
    offer = request.app[OFFER]
    home = offer.providers.get(Way.HOME)
    return render_page(
        request,
        "portal/sign_in.html",
        status=status,
        onward=onward,
        problem=problem,
        offer=offer,
        home_name=home.name if home and offer.shows(Way.HOME) else "",
        is_demo=development_mailbox.MAILDIR in request.app,
        asks_where="federal" not in request.query and not problem,
        steps=guidance.packaged().article("digital-keys"),
    )


async def send_code(request: web.Request) -> web.StreamResponse:
    """Mail a code, and ask for it; the answer is the same, and comes as late, for an address that nobody knows."""
    form = await posted(request)
    address, onward = form.text("address", LONGEST_ADDRESS), local_path(form.text("next"))
    if "@" not in address.strip("@"):
        problem = gettext(request, "Fill in your e-mail address, such as name@organisation.example.")
        return _address_page(request, onward, problem=problem, status=422)
    home, codes, peer = shell(request), request.app[BRAKES].codes, client_address(request)
    if not request.app[OFFER].works(Way.MAIL_CODE):
        raise NotPermitted
    codes.check(peer, home.desk.clock.now())
    codes.count(peer, home.desk.clock.now())
    answer_at = asyncio.get_running_loop().time() + ANSWER_AFTER_SECONDS
    async with home.database.transaction() as session:
        person = await people.person_by_address(session, address)
        if person is not None and not await is_off(session, person.organisation_id, Way.MAIL_CODE):
            asking = Asking(sessions.browser_mark(request), bool(sessions.known_device(request, person.id)))
            await sign_in.request_code(session, home.rules, address, home.desk.clock.now(), asking)
    await asyncio.sleep(answer_at - asyncio.get_running_loop().time())
    return _code_page(request, address=address, onward=onward)


def _code_page(request: web.Request, *, status: int = 200, problem: str = "", **context: Any) -> web.Response:
    return render_page(request, "portal/sign_in_code.html", status=status, problem=problem, **context)


async def redeem_code(request: web.Request) -> web.StreamResponse:
    """Begin a session for whoever brings the right code, and lead them to the page they wanted."""
    form = await posted(request)
    address, onward = form.text("address", LONGEST_ADDRESS), local_path(form.text("next"))
    home, brakes = shell(request), request.app[BRAKES]
    brakes.check(request)
    async with home.database.transaction() as session:
        code, asking = form.text("code", LONGEST_CODE), Asking(sessions.browser_mark(request))
        person = await sign_in.redeem_code(session, home.rules, address, code, home.desk.clock.now(), asking)
        allowed = person is not None and not await is_off(session, person.organisation_id, Way.MAIL_CODE)
        token = await sessions.begin(request, session, person) if person and allowed else ""
    if person is None or not token:
        brakes.count(request)
        problem = gettext(request, "This code does not work. Check it, or ask for a new one.")
        return _code_page(request, status=422, problem=problem, address=address, onward=onward)
    response = see_other(onward)
    sessions.hand_over(request, response, token, person.id)
    return response

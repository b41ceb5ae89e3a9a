"""A person's own addresses: one is added after a code proved it, one is primary."""

from aiohttp import web

from casework.digital_keys.notices import Change, tell
from casework.people import addresses
from casework.people import store as people
from casework.portal.shell import sessions
from casework.portal.shell.bodies import posted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import gettext, render_page
from casework.portal.shell.redirects import see_other
from casework.portal.shell.visitor import require_fresh
from casework.portal.views.sign_in import BRAKES, LONGEST_ADDRESS, LONGEST_CODE


async def show_add(request: web.Request) -> web.StreamResponse:
    """Ask for a further address."""
    require_fresh(request)
    return render_page(request, "portal/address.html", problem="")


async def add(request: web.Request) -> web.StreamResponse:
    """Mail a code to a further address; the answer is the same when the address is somebody else's."""
    actor = require_fresh(request)
    address = (await posted(request)).text("address", LONGEST_ADDRESS)
    if not addresses.is_address(address):
        problem = gettext(request, "Fill in your e-mail address, such as name@organisation.example.")
        return render_page(request, "portal/address.html", status=422, problem=problem)
    home = shell(request)
    async with home.database.transaction() as session:
        person, mark = await people.person(session, actor.person_id or 0), sessions.browser_mark(request)
        await addresses.ask_proof(session, home.rules, person, address, mark, home.desk.clock.now())
    return _code_page(request, address)


def _code_page(request: web.Request, address: str, problem: str = "") -> web.Response:
    status = 422 if problem else 200
    return render_page(request, "portal/address_code.html", status=status, address=address, problem=problem)


async def prove(request: web.Request) -> web.StreamResponse:
    """Add the address if the code is right; the primary address is told."""
    actor = require_fresh(request)
    form = await posted(request)
    address, code = form.text("address", LONGEST_ADDRESS), form.text("code", LONGEST_CODE)
    home, now = shell(request), shell(request).desk.clock.now()
    request.app[BRAKES].check(request)
    async with home.database.transaction() as session:
        mark, person_id = sessions.browser_mark(request), actor.person_id or 0
        right = await addresses.prove(session, home.rules, person_id, address, code, mark, now)
        if right:
            await tell(session, person_id, Change.ADDRESS_ADDED, now, actor=actor, address=address)
    if not right:
        request.app[BRAKES].count(request)
        return _code_page(
            request, address, gettext(request, "This code does not work. Check it, or ask for a new one.")
        )
    return see_other("/profile", done="address_added")


async def make_primary(request: web.Request) -> web.StreamResponse:
    """Send our mails to another address; the former one is told."""
    actor = require_fresh(request)
    home = shell(request)
    async with home.database.transaction() as session:
        await tell(session, actor.person_id or 0, Change.ADDRESS_PRIMARY, home.desk.clock.now(), actor=actor)
        await addresses.make_primary(session, actor.person_id or 0, int(request.match_info["id"]))
    return see_other("/profile", done="address_primary")


async def remove(request: web.Request) -> web.StreamResponse:
    """Take an address away."""
    actor = require_fresh(request)
    home = shell(request)
    async with home.database.transaction() as session:
        await addresses.remove(session, actor.person_id or 0, int(request.match_info["id"]))
        await tell(session, actor.person_id or 0, Change.ADDRESS_REMOVED, home.desk.clock.now(), actor=actor)
    return see_other("/profile", done="address_removed")

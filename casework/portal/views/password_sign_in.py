"""Sign-in with user name and password, and then a code by mail, by app or from the list on paper."""

from aiohttp import web

from casework.digital_keys import brakes as failures
from casework.digital_keys import two_steps
from casework.digital_keys.models import PASSWORD_WAYS, Way
from casework.digital_keys.two_steps import FirstStep
from casework.errors import NotFound
from casework.people.store import normalise_address
from casework.portal.shell import sessions
from casework.portal.shell.bodies import posted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import gettext, render_page
from casework.portal.shell.redirects import local_path, see_other
from casework.portal.shell.throttle import TooManyTries
from casework.portal.views.sign_in import BRAKES, LONGEST_ADDRESS, LONGEST_CODE, OFFER

LONGEST_PASSWORD = 1000
LONGEST_TOKEN = 100


async def show_password(request: web.Request) -> web.StreamResponse:
    """Ask for user name and password; the way in the address says which code follows."""
    way = _way(request, request.query.get("way", ""))
    return _password_page(request, way, local_path(request.query.get("next", "")))


def _way(request: web.Request, named: str) -> Way:
    way = next((way for way in PASSWORD_WAYS if way.value == named), None)
    if way is None or not request.app[OFFER].works(way):
        raise NotFound
    return way


def _password_page(
    request: web.Request, way: Way, onward: str, *, problem: str = "", address: str = "", status: int = 200
) -> web.Response:
    return render_page(
        request,
        "portal/sign_in_password.html",
        status=status,
        way=way,
        onward=onward,
        problem=problem,
        address=address,
    )


async def take_password(request: web.Request) -> web.StreamResponse:
    """Take the first step and ask for the code; the page is the same for a wrong password and an unknown user."""
    form = await posted(request)
    way, onward = _way(request, form.text("way", 20)), local_path(form.text("next"))
    address, password = normalise_address(form.text("address", LONGEST_ADDRESS)), form.raw("password", LONGEST_PASSWORD)
    if "@" not in address.strip("@") or not password:
        problem = gettext(request, "Fill in your user name, which is your e-mail address, and your password.")
        return _password_page(request, way, onward, problem=problem, address=address, status=422)
    home, now = shell(request), shell(request).desk.clock.now()
    request.app[BRAKES].check(request)
    step = FirstStep(
        address,
        password,
        way,
        sessions.browser_mark(request),
        lambda person_id: sessions.known_device(request, person_id),
    )
    async with home.database.reading() as session:
        checked = await two_steps.check_password(session, home.rules, step)
        if not await failures.is_open(session, checked.account, now):
            raise TooManyTries(failures.WINDOW)
        place = await two_steps.place_asked(session, home.rules, address)
    if checked.person is None:
        request.app[BRAKES].count(request)
    async with home.database.transaction() as session:
        token = await two_steps.begin(session, home.rules, step, checked, now)
    return _code_page(request, way, onward, token=token, place=place)


def _code_page(
    request: web.Request, way: Way, onward: str, *, token: str, place: int, problem: str = "", status: int = 200
) -> web.Response:
    return render_page(
        request,
        "portal/sign_in_second.html",
        status=status,
        way=way,
        onward=onward,
        token=token,
        place=place,
        problem=problem,
    )


async def take_code(request: web.Request) -> web.StreamResponse:
    """Begin a session if both steps were right; what was wrong is not said."""
    form = await posted(request)
    way, onward, token = (
        _way(request, form.text("way", 20)),
        local_path(form.text("next")),
        form.text("token", LONGEST_TOKEN),
    )
    home, now, mark = shell(request), shell(request).desk.clock.now(), sessions.browser_mark(request)
    request.app[BRAKES].check(request)
    async with home.database.transaction() as session:
        pending = await two_steps.find(session, token, mark, now)
        place = await two_steps.place_asked(session, home.rules, pending.address) if pending else 0
        code = form.text("code", LONGEST_CODE)
        proven = await two_steps.finish(session, home.rules, token, mark, code, now)
        opened = (
            await sessions.begin(request, session, proven[0], level=proven[1].level, way=proven[1]) if proven else ""
        )
    if proven is None:
        request.app[BRAKES].count(request)
        problem = gettext(request, "User name, password and code do not fit together. Check them, or begin anew.")
        if pending is None:
            return _password_page(request, way, onward, problem=problem, status=422)
        return _code_page(request, way, onward, token=token, place=place, problem=problem, status=422)
    response = see_other(onward)
    sessions.hand_over(request, response, opened, proven[0].id)
    return response

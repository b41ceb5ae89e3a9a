"""How long the session of a page lasts, asked and extended by the page itself, so that nobody is cut off unwarned."""

from datetime import timedelta

from aiohttp import web

from casework.people import sign_in
from casework.portal.shell.keys import shell
from casework.portal.shell.visitor import visitor


async def tell(request: web.Request) -> web.StreamResponse:
    """Tell how many seconds are left, without keeping the session alive, and the token for the forms of the page."""
    who, home = visitor(request), shell(request)
    left = timedelta()
    if who.session_id is not None:
        async with home.database.reading() as session:
            left = await sign_in.time_left(session, home.rules, who.session_id, home.desk.clock.now())
    person = who.actor.person_id if who.actor else None
    return web.json_response({"seconds": int(left.total_seconds()), "person": person, "token": who.csrf_token})


async def extend(request: web.Request) -> web.StreamResponse:
    """Begin the idle time anew: somebody pressed OK."""
    who, home = visitor(request), shell(request)
    if who.session_id is not None:
        async with home.database.transaction() as session:
            await sign_in.touch_session(session, who.session_id, home.desk.clock.now())
    return await tell(request)

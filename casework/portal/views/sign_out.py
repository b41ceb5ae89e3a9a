"""Signing out: here at once, and then at the provider by which somebody signed in."""

import dataclasses

from aiohttp import web

from casework.digital_keys import provider_sessions
from casework.digital_keys.models import Way
from casework.digital_keys.openid import flow
from casework.digital_keys.openid.provider import ProviderFailed
from casework.digital_keys.provider_sessions import SignedInThere
from casework.portal.shell import sessions
from casework.portal.shell.headers import policy_leading_to
from casework.portal.shell.keys import shell
from casework.portal.shell.language import keep_language
from casework.portal.shell.pages import render_page
from casework.portal.shell.redirects import see_other
from casework.portal.shell.visitor import VISITOR, visitor
from casework.portal.views.provider_sign_in import ENDPOINTS
from casework.portal.views.sign_in import OFFER

DONE_PATH = "/sign-out/done"


async def sign_out(request: web.Request) -> web.StreamResponse:
    """End the session here and now, and lead on to where the person is signed in too."""
    home, session_id, language = shell(request), visitor(request).session_id, visitor(request).language
    async with home.database.transaction() as session:
        there = None if session_id is None else await provider_sessions.take(session, home.rules.key, session_id)
        await sessions.end(request, session)
    response = see_other("/", done="signed_out") if there is None else await _lead_on(request, there)
    sessions.forget(request, response)
    keep_language(request, response, language)
    return response


async def _lead_on(request: web.Request, there: SignedInThere) -> web.StreamResponse:
    """Return the page whose form signs somebody out at their provider, or say that they are signed out here alone."""
    home, provider = shell(request), request.app[OFFER].providers.get(there.way)
    now, return_to = home.rules.world_time(home.desk.clock.now()), home.desk.settings.link(DONE_PATH)
    try:
        onward = provider and await flow.farewell(request.app[ENDPOINTS], provider, there.token, return_to, now)
    except ProviderFailed:
        onward = None
    if not provider or not onward:
        return see_other("/", done="signed_out_here")
    where, fields = onward
    request[VISITOR] = dataclasses.replace(visitor(request), actor=None, session_id=None)
    name = provider.name if there.way is Way.HOME else ""
    response = render_page(request, "portal/sign_out.html", where=where, fields=fields, name=name)
    response.headers["Content-Security-Policy"] = policy_leading_to(where)
    return response


async def come_back(_request: web.Request) -> web.StreamResponse:
    """Say to somebody whom the provider sends back that they are signed out."""
    return see_other("/", done="signed_out")

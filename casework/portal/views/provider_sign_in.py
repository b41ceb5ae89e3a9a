"""Sign-in with eID, itsme or the organisation's own account: to the provider, and back with its answer."""

from datetime import datetime, timedelta
from urllib.parse import urlencode

from aiohttp import web
from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.audit import service as audit
from casework.digital_keys import identities, provider_sessions
from casework.digital_keys.models import PROVIDER_WAYS, ProviderVisit, Way
from casework.digital_keys.offer import is_off
from casework.digital_keys.openid import flow
from casework.digital_keys.openid.endpoints import Endpoints
from casework.digital_keys.openid.flow import Proven, Secrets
from casework.digital_keys.openid.provider import NotProven, Provider
from casework.digital_keys.provider_sessions import SignedInThere
from casework.digital_keys.secrecy import token_hash
from casework.errors import NotFound
from casework.people import sign_in
from casework.people.models import THE_DESK, Person
from casework.portal.shell import sessions
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import render_page
from casework.portal.shell.redirects import local_path, see_other
from casework.portal.shell.visitor import visitor
from casework.portal.views.sign_in import BRAKES, OFFER

ENDPOINTS = web.AppKey("openid_endpoints", Endpoints)
RETURN_PATH = "/sign-in/return"
LONGEST_VISIT = timedelta(minutes=15)


async def visit_provider(request: web.Request) -> web.StreamResponse:
    """Send the browser to the provider of a way; a signed-in person proves more in the same session."""
    way, provider = _provider(request, request.match_info["way"])
    home, now = shell(request), shell(request).desk.clock.now()
    request.app[BRAKES].check(request)
    drawn = Secrets.draw()
    who = visitor(request)
    address = await flow.address_to_visit(
        request.app[ENDPOINTS], provider, drawn, home.desk.settings.link(RETURN_PATH), home.rules.world_time(now),
        language=who.language, anew=who.session_id is not None,
    )  # fmt: skip
    async with home.database.transaction() as session:
        await session.execute(delete(ProviderVisit).where(ProviderVisit.expires_at < now))
        session.add(
            ProviderVisit(
                state_hash=token_hash(drawn.state),
                way=way,
                nonce=drawn.nonce,
                verifier=drawn.verifier,
                onward=local_path(request.query.get("next", "")),
                browser=sessions.browser_mark(request),
                session_id=who.session_id,
                expires_at=now + LONGEST_VISIT,
            )
        )
    return web.Response(status=302, headers={"Location": address})


def _provider(request: web.Request, named: str) -> tuple[Way, Provider]:
    offer = request.app[OFFER]
    way = next((way for way in PROVIDER_WAYS if way.value == named and offer.works(way)), None)
    if way is None or way not in offer.providers:
        raise NotFound
    return way, offer.providers[way]


async def come_back(request: web.Request) -> web.StreamResponse:
    """Begin a session, or raise the level of the one that is open, for whom the provider means."""
    home, now = shell(request), shell(request).desk.clock.now()
    request.app[BRAKES].check(request)
    state = request.query.get("state", "")
    async with home.database.transaction() as session:
        visit = await _take_visit(session, state, now)
    if visit is None or visit.browser != sessions.browser_mark(request):
        request.app[BRAKES].count(request)
        raise NotProven("no visit fits this answer")
    way, provider = _provider(request, visit.way)
    if request.query.get("iss", provider.issuer) != provider.issuer:
        raise NotProven("another issuer answers")
    if not request.query.get("code"):
        return see_other(f"/sign-in?{urlencode({'next': visit.onward, 'done': 'cancelled'})}")
    drawn = Secrets(state, visit.nonce, visit.verifier)
    return_to = home.desk.settings.link(RETURN_PATH)
    proven = await flow.redeem(
        request.app[ENDPOINTS], provider, request.query["code"], drawn, return_to, home.rules.world_time(now)
    )
    return await _welcome(request, way, provider, proven, visit)


async def _take_visit(session: AsyncSession, state: str, now: datetime) -> ProviderVisit | None:
    """Return the visit that an answer belongs to, and forget it: no answer counts twice."""
    good = (ProviderVisit.state_hash == token_hash(state)) & (ProviderVisit.expires_at > now)
    found = (await session.execute(select(ProviderVisit).where(good))).scalar_one_or_none()
    if found is not None:
        session.expunge(found)
        await session.execute(delete(ProviderVisit).where(ProviderVisit.id == found.id))
    return found


async def _welcome(
    request: web.Request, way: Way, provider: Provider, proven: Proven, visit: ProviderVisit
) -> web.StreamResponse:
    home, now, who = shell(request), shell(request).desk.clock.now(), visitor(request)
    async with home.database.transaction() as session:
        person = await identities.person_meant(session, home.rules.key, provider, proven, now)
        reason = await _refusal(session, request, way, person, visit)
        if person is None or reason:
            audit.record(
                session,
                at=now,
                action="sign_in_refused",
                actor=THE_DESK,
                channel="web",
                details={"way": way, "reason": reason},
            )
            return render_page(request, "portal/sign_in_refused.html", status=403, reason=reason)
        if who.session_id is not None and visit.session_id == who.session_id:
            token = await sessions.raise_level(request, session, way.level, way)
        else:
            token = await sessions.begin(request, session, person, level=way.level, way=way)
        opened = await sign_in.find_session(session, home.rules, token, now)
        if opened is not None:
            there = SignedInThere(way, proven.token)
            await provider_sessions.keep(session, home.rules.key, opened.id, there, now)
    response = see_other(visit.onward)
    sessions.hand_over(request, response, token, person.id)
    return response


async def _refusal(
    session: AsyncSession, request: web.Request, way: Way, person: Person | None, visit: ProviderVisit
) -> str:
    """Return why somebody whom the provider knows is not let in, or nothing."""
    if person is None:
        return "unknown"
    if await is_off(session, person.organisation_id, way):
        return "off"
    actor = visitor(request).actor
    return "somebody_else" if visit.session_id is not None and actor and actor.person_id != person.id else ""

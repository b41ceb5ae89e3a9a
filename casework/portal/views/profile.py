"""A person's own settings: language, addresses, and the browsers in which they are signed in."""

from aiohttp import web
from sqlalchemy import select, update

from casework.audit import service as audit
from casework.cases.permissions import Action, may
from casework.digital_keys import step_up
from casework.errors import InvalidInput, NotFound
from casework.messages.models import Channel
from casework.people import photos, sign_in
from casework.people import store as people
from casework.people.models import LANGUAGES, Actor, Person, WebSession
from casework.portal.shell import sessions
from casework.portal.shell.bodies import posted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import LANGUAGE_NAMES, gettext, render_page
from casework.portal.shell.panels import PanelContext, Place, fill
from casework.portal.shell.redirects import see_other
from casework.portal.shell.visitor import signed_in, visitor


async def show_profile(request: web.Request) -> web.StreamResponse:
    """Show one's own profile."""
    return await draw_profile(request, signed_in(request))


async def draw_profile(request: web.Request, actor: Actor, photo_problem: str = "") -> web.StreamResponse:
    """Draw the profile, with what is wrong with a photo that was sent."""
    home = shell(request)
    since = home.desk.clock.now() - home.rules.idle
    async with home.database.reading() as session:
        addresses = await people.addresses(session, actor.person_id or 0)
        query = select(WebSession).where(
            WebSession.person_id == actor.person_id, WebSession.ended_at.is_(None), WebSession.last_seen_at > since
        )
        open_sessions = (await session.execute(query.order_by(WebSession.id.desc()))).scalars().all()
        held = await step_up.held_by(session, actor.person_id or 0)
        photo = await photos.of_person(session, actor.person_id or 0)
        panels = await fill(home.panels, Place.PROFILE, PanelContext(request, session, actor))
    return render_page(
        request,
        "portal/profile.html",
        status=422 if photo_problem else 200,
        addresses=addresses,
        sessions=open_sessions,
        language_names=LANGUAGE_NAMES,
        held=held,
        photo=photo,
        photo_problem=photo_problem,
        registers=may(actor, Action.REGISTER_KEYS),
        panels=panels,
    )


async def change_language(request: web.Request) -> web.StreamResponse:
    """Keep the language in which a person reads the pages and receives mails."""
    actor = signed_in(request)
    home = shell(request)
    wanted = (await posted(request)).text("language", 2)
    if wanted not in LANGUAGES:
        raise InvalidInput({"language": gettext(request, "Choose one of the languages.")})
    async with home.database.transaction() as session:
        await session.execute(update(Person).where(Person.id == actor.person_id).values(language=wanted))
        audit.record(
            session,
            at=home.desk.clock.now(),
            action="language_changed",
            actor=actor,
            channel=Channel.WEB,
            details={"language": wanted},
        )
    return see_other("/profile", done="language")


async def change_shortcuts(request: web.Request) -> web.StreamResponse:
    """Switch the single keys on or off; they are off until somebody asks for them (WCAG 2.1.4)."""
    actor = signed_in(request)
    wanted = bool((await posted(request)).text("shortcuts", 5))
    async with shell(request).database.transaction() as session:
        await session.execute(update(Person).where(Person.id == actor.person_id).values(shortcuts=wanted))
    return see_other("/profile", done="shortcuts")


async def end_session(request: web.Request) -> web.StreamResponse:
    """End one of one's own sessions in another browser."""
    actor = signed_in(request)
    home = shell(request)
    async with home.database.transaction() as session:
        query = select(WebSession.id).where(
            WebSession.id == int(request.match_info["id"]), WebSession.person_id == actor.person_id
        )
        found = (await session.execute(query)).scalar_one_or_none()
        if found is None:
            raise NotFound
        await sign_in.end_session(session, found, home.desk.clock.now())
    here = found == visitor(request).session_id
    return see_other("/" if here else "/profile", done="session_ended")


async def end_all_sessions(request: web.Request) -> web.StreamResponse:
    """End every session, in this browser too."""
    actor = signed_in(request)
    home, now = shell(request), shell(request).desk.clock.now()
    async with home.database.transaction() as session:
        await sign_in.end_all_sessions(session, actor.person_id or 0, now)
        audit.record(session, at=now, action="signed_out_everywhere", actor=actor, channel=Channel.WEB)
    response = see_other("/", done="signed_out")
    sessions.forget(request, response)
    return response

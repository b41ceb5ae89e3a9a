"""Users and organisations: who may come in, and as what; every change is written down."""

from aiohttp import web

from casework.administration import reading
from casework.administration.addresses import before
from casework.cases.permissions import Action
from casework.messages.models import Channel
from casework.people import access
from casework.people import store as people
from casework.people.models import Role
from casework.portal.shell.bodies import posted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import render_page
from casework.portal.shell.redirects import see_other
from casework.portal.shell.visitor import admitted


async def list_users(request: web.Request) -> web.StreamResponse:
    """Show people, as an admin looks for them."""
    admitted(request, Action.ADMINISTER)
    asked = request.query.get("q", "").strip()[:100]
    async with shell(request).database.reading() as session:
        page, roles = await reading.users(session, asked, before(request))
    return render_page(request, "admin/users.html", page=page, roles=roles, asked=asked)


async def show_user(request: web.Request) -> web.StreamResponse:
    """Show one person, with the roles they have."""
    actor = admitted(request, Action.ADMINISTER)
    async with shell(request).database.reading() as session:
        person, organisation = await reading.user(session, int(request.match_info["id"]))
        held = await people.roles(session, person.id)
        addresses = await people.addresses(session, person.id)
    return render_page(
        request,
        "admin/user.html",
        person=person,
        organisation=organisation,
        held=held,
        addresses=addresses,
        every_role=tuple(Role),
        is_self=person.id == actor.person_id,
    )


async def change_user(request: web.Request) -> web.StreamResponse:
    """Give a person the roles that were ticked, and let them in or not."""
    actor = admitted(request, Action.ADMINISTER)
    home = shell(request)
    form = await posted(request)
    roles = [role for role in Role if form.text(f"role-{role.value}", 3)]
    async with home.database.transaction() as session:
        person, _ = await reading.user(session, int(request.match_info["id"]))
        await access.change_access(
            session,
            person,
            roles=roles,
            active=bool(form.text("active", 3)),
            by=actor,
            channel=Channel.WEB,
            now=home.desk.clock.now(),
        )
    return see_other(f"/admin/users/{person.id}", done="changed")


async def list_organisations(request: web.Request) -> web.StreamResponse:
    """Show the organisations of the desk."""
    admitted(request, Action.ADMINISTER)
    async with shell(request).database.reading() as session:
        found = await reading.organisations(session)
    return render_page(request, "admin/organisations.html", organisations=found)

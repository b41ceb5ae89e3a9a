"""Deputies: whom a person named, for whom they stand in, and for admins everybody's."""

from datetime import date

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases.permissions import Action, may
from casework.clock import local_date
from casework.deputies import service, store
from casework.deputies.service import Days, Unfit, UnfitDeputy
from casework.people import store as people
from casework.people.models import Actor, Person
from casework.portal.shell.bodies import Posted, posted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import gettext, render_page
from casework.portal.shell.redirects import see_other
from casework.portal.shell.visitor import signed_in
from casework.portal.shell.wording import sentence

WHY_UNFIT = {
    Unfit.ONESELF: sentence("Choose somebody else: nobody is their own deputy."),
    Unfit.WRONG_DAYS: sentence("Choose a last day that is not before the first, not before today, within a year."),
    Unfit.HAS_ONE: sentence("There is a deputy on some of these days already. End that first."),
    Unfit.IS_ONE: sentence("On some of these days this person stands in for somebody else. End that first."),
    Unfit.IS_AWAY: sentence("This deputy is away on some of these days. Choose somebody else."),
}
UNKNOWN_PERSON = sentence("Nobody here has this e-mail address.")
UNREADABLE_DAY = sentence("Fill in a first and a last day.")


async def show_deputies(request: web.Request) -> web.StreamResponse:
    """Show what a person has to do with deputies."""
    actor = signed_in(request)
    async with shell(request).database.reading() as session:
        return await _draw(request, session, actor)


async def _draw(
    request: web.Request, session: AsyncSession, actor: Actor, *, problem: str = "", sent: Posted | None = None
) -> web.Response:
    today = local_date(shell(request).desk.clock.now())
    own = actor.person_id or 0
    every = await store.everyone(session, today) if may(actor, Action.NAME_DEPUTY) else ()
    mine = await store.of_person(session, own, today)
    names = await people.names(session, {one for row in (*every, *mine) for one in (row.person_id, row.deputy_id)})
    keys = ("person", "deputy", "first_on", "last_on")
    return render_page(
        request,
        "portal/deputies.html",
        status=422 if problem else 200,
        named=[row for row in mine if row.person_id == own],
        standing_in=[row for row in mine if row.deputy_id == own],
        others=[row for row in every if own not in {row.person_id, row.deputy_id}],
        names=names,
        problem=gettext(request, problem) if problem else "",
        typed={key: sent.text(key, 200) if sent else "" for key in keys},
    )


async def name_deputy(request: web.Request) -> web.StreamResponse:
    """Name a deputy for oneself, or as an admin for somebody else; or say why that cannot be."""
    actor = signed_in(request)
    home = shell(request)
    sent = await posted(request)
    async with home.database.transaction() as session:
        problem = await _name(request, session, actor, sent)
    if problem:
        async with home.database.reading() as session:
            return await _draw(request, session, actor, problem=problem, sent=sent)
    return see_other("/deputies", done="deputy_named")


async def _name(request: web.Request, session: AsyncSession, actor: Actor, sent: Posted) -> str:
    """Name the deputy who was typed; returns the sentence that says why not, if it could not be."""
    days = _days(sent)
    if days is None:
        return UNREADABLE_DAY
    person_id = actor.person_id or 0
    if may(actor, Action.NAME_DEPUTY) and sent.text("person", 200):
        person = await _person(session, sent.text("person", 200))
        if person is None:
            return UNKNOWN_PERSON
        person_id = person.id
    deputy = await _person(session, sent.text("deputy", 200))
    if deputy is None:
        return UNKNOWN_PERSON
    try:
        await service.name_deputy(session, shell(request).desk, actor, person_id, deputy.id, days)
    except UnfitDeputy as unfit:
        return WHY_UNFIT[unfit.reason]
    return ""


async def _person(session: AsyncSession, address: str) -> Person | None:
    return await people.person_by_address(session, address)


def _days(sent: Posted) -> Days | None:
    try:
        return Days(date.fromisoformat(sent.text("first_on", 10)), date.fromisoformat(sent.text("last_on", 10)))
    except ValueError:
        return None


async def end_deputy(request: web.Request) -> web.StreamResponse:
    """End what was named before its last day."""
    actor = signed_in(request)
    home = shell(request)
    async with home.database.transaction() as session:
        await service.end(session, home.desk, actor, int(request.match_info["id"]))
    return see_other("/deputies", done="deputy_ended")

"""The handlers' page: the queue, the ways of looking at it, and how much lies in each."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from casework.bulk.service import Deed
from casework.calendars.working_time import WorkingCalendar
from casework.cases.permissions import Action
from casework.catalogue.models import Catalogue
from casework.errors import InvalidInput
from casework.people import organisations
from casework.people import store as people
from casework.people.models import Actor
from casework.portal.shell.bodies import posted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import gettext, render_page
from casework.portal.shell.panels import PanelContext, Place, fill
from casework.portal.shell.redirects import see_other, with_query
from casework.portal.shell.visitor import admitted
from casework.portal.shell.wording import sentence
from casework.queues import service as views
from casework.queues import store as queues
from casework.queues.filters import IN_QUEUE, Awaited, Due, Holder, Order, QueueFilter, read_filter
from casework.queues.models import SavedView
from casework.queues.store import Standpoint
from casework.service_levels import service as service_levels

SOON_DAYS = 2  # working days
STANDARD = (
    (sentence("Everything open"), QueueFilter()),
    (sentence("Nobody has these yet"), QueueFilter(holder=Holder.NOBODY)),
    (sentence("My queue"), QueueFilter(holder=Holder.MINE)),
    (sentence("Overdue"), QueueFilter(due=Due.OVER)),
    (sentence("Due soon"), QueueFilter(due=Due.SOON)),
    (sentence("Waits for the requester"), QueueFilter(awaited=Awaited.REQUESTER)),
    (sentence("Waits for an approval"), QueueFilter(awaited=Awaited.APPROVER)),
    (sentence("Waits for advice"), QueueFilter(awaited=Awaited.ADVISER)),
)
WHY_NOT_KEPT = {
    "missing": sentence("Give the view a name."),
    "too_many": sentence("You have 30 views already. Delete one first."),
}


@dataclass(frozen=True)
class View:
    """One way of looking at the queue, as the page lists it; `saved` is the one that somebody kept."""

    name: str
    wanted: QueueFilter
    count: int
    saved: SavedView | None = None


async def show_workspace(request: web.Request) -> web.StreamResponse:
    """Show the queue as it is asked for; never the handler's own requests, which others work on."""
    actor = admitted(request, Action.WORK)
    async with shell(request).database.reading() as session:
        return await _draw(request, session, actor, read_filter(request.query))


async def _draw(
    request: web.Request, session: AsyncSession, actor: Actor, wanted: QueueFilter, problem: str = ""
) -> web.Response:
    home = shell(request)
    stand = _standpoint(home.desk.catalogue, actor, home.desk.clock.now())
    listed = await _views(request, session, actor, stand)
    page = await queues.page(session, wanted, stand, request.query.get("after", ""))
    shown = next((view for view in listed if view.wanted == wanted), None)
    return render_page(
        request,
        "portal/workspace.html",
        status=422 if problem else 200,
        views=listed,
        most_counted=queues.MOST_COUNTED,
        shown=shown,
        wanted=wanted,
        page=page,
        is_first="after" not in request.query,
        now=stand.now,
        cutoffs=await service_levels.cutoffs(session, home.desk, [row.case for row in page.rows]),
        teams=sorted({*stand.forms_of_team, *await people.team_names(session)}),
        organisations=await organisations.names(session),
        choices={"holder": Holder, "status": IN_QUEUE, "due": Due, "awaited": Awaited, "order": Order},
        problem=problem,
        deeds=Deed,
        here_path=request.path_qs if request.method == "GET" else "/workspace",
        panels=await fill(home.panels, Place.WORKSPACE, PanelContext(request, session, actor)),
    )


def _standpoint(catalogue: Catalogue, actor: Actor, now: datetime) -> Standpoint:
    forms: dict[str, set[str]] = {}
    for theme in catalogue.themes:
        for form in theme.forms:
            if form.team:
                forms.setdefault(form.team, set()).add(form.key)
    ordinary = WorkingCalendar()
    soon_at = ordinary.after_hours(now, SOON_DAYS * ordinary.day)
    return Standpoint(actor.person_id or 0, now, soon_at, {team: frozenset(keys) for team, keys in forms.items()})


async def _views(request: web.Request, session: AsyncSession, actor: Actor, stand: Standpoint) -> Sequence[View]:
    kept = await views.views_of(session, actor.person_id or 0)
    named: list[tuple[str, QueueFilter, SavedView | None]] = [
        *((gettext(request, name), wanted, None) for name, wanted in STANDARD),
        *((view.name, read_filter(view.asked), view) for view in kept),
    ]
    counted = await queues.counts(session, [wanted for _, wanted, _ in named], stand)
    return [View(name, wanted, count, saved) for (name, wanted, saved), count in zip(named, counted, strict=True)]


async def keep_view(request: web.Request) -> web.StreamResponse:
    """Keep what the handler looks at under a name."""
    actor = admitted(request, Action.WORK)
    home = shell(request)
    sent = await posted(request)
    wanted = read_filter({name: sent.text(name, 200) for name in QueueFilter.__slots__})
    name, for_team = sent.text("name", 200), bool(sent.text("for_team", 5))
    try:
        async with home.database.transaction() as session:
            await views.keep(session, actor.person_id or 0, name, wanted, home.desk.clock.now(), for_team=for_team)
    except InvalidInput as error:
        why = WHY_NOT_KEPT[error.fields["name"]]
        async with home.database.reading() as session:
            return await _draw(request, session, actor, wanted, gettext(request, why))
    return see_other(with_query("/workspace", wanted.asked, done="view_kept"))


async def throw_view_away(request: web.Request) -> web.StreamResponse:
    """Remove a view of one's own."""
    actor = admitted(request, Action.WORK)
    async with shell(request).database.transaction() as session:
        await views.throw_away(session, actor.person_id or 0, int(request.match_info["id"]))
    return see_other("/workspace", done="view_deleted")

"""The page on which a handler asks colleagues for advice about a case, and on which these answer."""

from collections.abc import Sequence
from datetime import date

from aiohttp import web
from markupsafe import Markup
from sqlalchemy.ext.asyncio import AsyncSession

from casework.advice import service, store
from casework.advice.service import LONGEST_TEXT, Question
from casework.advice.store import Asked
from casework.audit import service as audit
from casework.cases import merging
from casework.cases import store as cases
from casework.cases.models import Case
from casework.cases.permissions import Action, may, require
from casework.clock import local_date
from casework.errors import InvalidInput
from casework.messages.models import Channel
from casework.people import store as people
from casework.people.models import Actor, Role
from casework.portal.shell.bodies import Posted, posted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import gettext, render_fragment, render_page
from casework.portal.shell.panels import Panel, PanelContext, Place
from casework.portal.shell.redirects import see_other
from casework.portal.shell.visitor import signed_in
from casework.portal.shell.wording import sentence
from casework.portal.views.case import readable_case
from casework.referral import consulting

NO_TEXT = sentence("Write something.")
WHY_NOT = {
    "to": sentence("Choose a team or a colleague who can answer."),
    "text": NO_TEXT,
    "due_on": sentence("Choose a day, today or later."),
}
NOTHING: dict[str, str] = {"to": "", "text": "", "due_on": ""}


async def show_advice(request: web.Request) -> web.StreamResponse:
    """Show what is asked about a case, and the form to ask or to answer; whoever is only asked is written down."""
    actor = signed_in(request)
    home = shell(request)
    async with home.database.transaction() as session:
        case = await _case_asked_about(request, session, actor)
        if not may(actor, Action.HANDLE, case):
            now = home.desk.clock.now()
            audit.record(session, at=now, action="read", actor=actor, channel=Channel.WEB, case_id=case.id)
        return await _draw(request, session, actor, case, NOTHING)


async def _case_asked_about(request: web.Request, session: AsyncSession, actor: Actor) -> Case:
    """Return a case that somebody handles, or about which they are asked. Raises `NotFound` or `NotPermitted`."""
    case = await cases.by_number(session, request.match_info["number"])
    return case if await service.asked_of(session, case, actor) else await _handled_case(request, session, actor)


async def _handled_case(request: web.Request, session: AsyncSession, actor: Actor) -> Case:
    case = await readable_case(request, session, actor)
    require(actor, Action.HANDLE, case)
    return case


async def _open_questions(session: AsyncSession, case: Case, actor: Actor) -> Sequence[Asked]:
    if not may(actor, Action.HANDLE, case):
        return await service.asked_of(session, case, actor)
    return await store.open_of_cases(session, await _answerable(session, case, actor))


async def _answerable(session: AsyncSession, case: Case, actor: Actor) -> list[int]:
    """Return the ids of a case and of those that go on within it, as far as somebody handles them."""
    within = await merging.shown_with(session, case, actor)
    return [case.id, *(one.id for one in within if may(actor, Action.HANDLE, one))]


async def _draw(
    request: web.Request,
    session: AsyncSession,
    actor: Actor,
    case: Case,
    typed: dict[str, str],
    problems: tuple[str, ...] = (),
) -> web.Response:
    handles = may(actor, Action.HANDLE, case)
    handlers = await people.handlers(session) if handles else ()
    return render_page(
        request,
        "portal/advice.html",
        status=422 if problems else 200,
        case=case,
        handles=handles,
        asked=await _open_questions(session, case, actor),
        teams=await people.teams(session) if handles else (),
        colleagues=[one for one in handlers if one.id != case.requester_id],
        typed=typed,
        problems=problems,
        today=local_date(shell(request).desk.clock.now()),
    )


async def ask(request: web.Request) -> web.StreamResponse:
    """Ask a team or a colleague."""
    actor = signed_in(request)
    home = shell(request)
    form = await posted(request)
    typed = {"to": form.text("to", 20), "text": form.text("text", LONGEST_TEXT), "due_on": form.text("due_on", 10)}
    try:
        async with home.database.transaction() as session:
            case = await _handled_case(request, session, actor)
            await service.ask(session, home.desk, case, actor, await _question(session, typed))
    except InvalidInput as error:
        problems = tuple(gettext(request, WHY_NOT[key]) for key in error.fields)
        async with home.database.reading() as session:
            case = await _handled_case(request, session, actor)
            return await _draw(request, session, actor, case, typed, problems)
    return see_other(f"/cases/{case.number}/advice", done="advice_asked")


async def _question(session: AsyncSession, typed: dict[str, str]) -> Question:
    """Return what was typed as a question; what cannot be understood is left out."""
    teams = {f"team-{one.id}": one for one in await people.teams(session)}
    handlers = {f"person-{one.id}": one for one in await people.handlers(session)}
    return Question(typed["text"], _day(typed["due_on"]), teams.get(typed["to"]), handlers.get(typed["to"]))


def _day(typed: str) -> date | None:
    try:
        return date.fromisoformat(typed)
    except ValueError:
        return None


async def answer(request: web.Request) -> web.StreamResponse:
    """Answer what was asked."""
    return await _close(request, await posted(request))


async def end(request: web.Request) -> web.StreamResponse:
    """Say that the advice is no longer needed."""
    return await _close(request, None)


async def _close(request: web.Request, form: Posted | None) -> web.StreamResponse:
    actor = signed_in(request)
    home = shell(request)
    advice_id = int(request.match_info["id"])
    try:
        async with home.database.transaction() as session:
            case = await _case_asked_about(request, session, actor)
            if form is None:
                await service.end(session, home.desk, case, advice_id, actor)
            else:
                await service.answer(session, home.desk, case, advice_id, actor, form.text("text", LONGEST_TEXT))
            shown = await cases.surviving(session, case)
    except InvalidInput:
        async with home.database.reading() as session:
            case = await _case_asked_about(request, session, actor)
            return await _draw(request, session, actor, case, NOTHING, (gettext(request, NO_TEXT),))
    to = f"/cases/{shown.number}" if may(actor, Action.HANDLE, shown) else "/"
    return see_other(to, done="advice_ended" if form is None else "advice_given")


async def of_case(context: PanelContext) -> Markup:
    """Draw for handlers whose advice a case waits for."""
    case, actor = context.subject, context.actor
    if not isinstance(case, Case) or actor is None or not may(actor, Action.HANDLE, case) or case.is_merged:
        return Markup()
    case_ids = await _answerable(context.session, case, actor)
    return render_fragment(
        context.request,
        "portal/advice_panel.html",
        case=case,
        asked=await store.open_of_cases(context.session, case_ids),
        consultations=await consulting.of_cases(context.session, case_ids),
    )


async def of_handler(context: PanelContext) -> Markup:
    """Draw what this handler or their team is asked."""
    if context.actor is None or context.actor.person_id is None:
        return Markup()
    person = await people.person(context.session, context.actor.person_id)
    asked = await store.open_of_person(context.session, person)
    if not asked:
        return Markup()
    return render_fragment(context.request, "portal/advice_asked.html", asked=asked)


async def of_adviser(context: PanelContext) -> Markup:
    """Draw on the start page what somebody of the legal cell is asked, who has no workspace."""
    actor = context.actor
    if actor is None or not actor.has(Role.LEGAL) or may(actor, Action.WORK):
        return Markup()
    return await of_handler(context)


PANELS = (Panel(Place.CASE_PAGE, of_case), Panel(Place.WORKSPACE, of_handler), Panel(Place.QUICK_TASKS, of_adviser))

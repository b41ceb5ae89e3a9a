"""The page on which a handler asks another service something, with the documents that they choose one by one."""

from collections.abc import Collection

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases.models import Case
from casework.cases.permissions import Action, require
from casework.errors import InvalidInput
from casework.people.models import Actor
from casework.portal.shell.bodies import Posted, posted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import gettext, render_page
from casework.portal.shell.redirects import see_other
from casework.portal.shell.visitor import require_level, signed_in
from casework.portal.shell.wording import sentence
from casework.portal.views.case import readable_case
from casework.referral import consulting
from casework.referral.consulting import Inquiry

LONGEST_TEXT = 20_000
EMPTY = Inquiry("", "")
WHY_NOT = {
    "service": sentence("Choose a service."),
    "text": sentence("Write what you want to know."),
    "health": sentence("You chose a health paper. Tick that the other service may have it, or leave it out."),
    "size": sentence("The documents are too large for one mail: 10 MB at most."),
}


async def show_consultation(request: web.Request) -> web.StreamResponse:
    """Show what other services were asked about a case, and the form to ask."""
    actor = signed_in(request)
    async with shell(request).database.reading() as session:
        case = await _handled_case(request, session, actor)
        return await _draw(request, session, case, EMPTY)


async def _handled_case(request: web.Request, session: AsyncSession, actor: Actor) -> Case:
    case = await readable_case(request, session, actor)
    require(actor, Action.HANDLE, case)
    return case


async def _draw(
    request: web.Request, session: AsyncSession, case: Case, inquiry: Inquiry, problems: Collection[str] = ()
) -> web.Response:
    return render_page(
        request,
        "portal/consultation.html",
        status=422 if problems else 200,
        case=case,
        asked=await consulting.of_cases(session, [case.id]),
        services=[one for one in shell(request).desk.directory.services.values() if one.address],
        files=await consulting.sendable(session, case),
        inquiry=inquiry,
        problems=problems,
    )


async def ask(request: web.Request) -> web.StreamResponse:
    """Send the question; whoever sends health papers has proven enough who they are."""
    actor = signed_in(request)
    home = shell(request)
    inquiry = _inquiry(await posted(request))
    try:
        async with home.database.transaction() as session:
            case = await _handled_case(request, session, actor)
            if any(one.sensitive and one.id in inquiry.file_ids for one in await consulting.sendable(session, case)):
                require_level(request)
            await consulting.consult(session, home.desk, case, actor, inquiry)
    except InvalidInput as error:
        problems = [gettext(request, WHY_NOT[key]) for key in error.fields]
        async with home.database.reading() as session:
            case = await _handled_case(request, session, actor)
            return await _draw(request, session, case, inquiry, problems)
    return see_other(f"/cases/{case.number}", done="consulted")


def _inquiry(form: Posted) -> Inquiry:
    typed = [one for one in form.fields.getall("file", []) if isinstance(one, str)]
    return Inquiry(
        form.text("service", 60),
        form.text("text", LONGEST_TEXT),
        frozenset(int(one) for one in typed if one.isascii() and one.isdigit() and len(one) <= 18),
        bool(form.text("with_health", 5)),
    )

"""The page on which a handler merges a case into another, splits it, and ties it to others; each step shown first."""

from collections.abc import Sequence
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases import linking, merging, splitting, store
from casework.cases.merging import CannotMerge, Obstacle, Seen
from casework.cases.models import Case
from casework.cases.permissions import Action, may, require
from casework.errors import InvalidInput, NotFound
from casework.people import store as people
from casework.people.models import Actor
from casework.portal.shell.bodies import Posted, posted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import gettext, render_page
from casework.portal.shell.redirects import see_other
from casework.portal.shell.visitor import signed_in
from casework.portal.shell.wording import sentence
from casework.portal.views.case import readable_case

MOST_OFFERED = 20
LONGEST_SUBJECT = 200
UNKNOWN = sentence("There is no ticket with this number.")
WHY_NOT_MERGED = {
    Obstacle.ITSELF: sentence("A ticket cannot be merged into itself."),
    Obstacle.NOT_OPEN: sentence("This ticket is closed; a closed ticket is linked rather than merged."),
    Obstacle.ANSWERED: sentence("This ticket has an answer that waits for its requester. Merge the other way round."),
    Obstacle.OTHER_IS_CLOSED: sentence("The other ticket is closed; nothing can go on within it."),
    Obstacle.APPROVAL_OPEN: sentence("Somebody is asked to approve this ticket. Merge the other way round."),
    Obstacle.NOT_SAID_APART: sentence("The tickets are of two people. Tick that you want to merge them all the same."),
}
WHY_NOT_SPLIT = {
    "subject": sentence("Give the new ticket a subject."),
    "chosen": sentence("Choose a message or a file at least."),
}


@dataclass(frozen=True)
class Side:
    """One of two cases that are to be merged, as the preview shows it."""

    case: Case
    requester: str
    handler: str
    words: int
    files: int


async def show_together(request: web.Request) -> web.StreamResponse:
    """Show what can be done with a case and others."""
    actor = signed_in(request)
    async with shell(request).database.reading() as session:
        case = await _handled_case(request, session, actor)
        return await _draw(request, session, case, actor)


async def _handled_case(request: web.Request, session: AsyncSession, actor: Actor) -> Case:
    case = await readable_case(request, session, actor)
    require(actor, Action.HANDLE, case)
    return case


async def _draw(
    request: web.Request, session: AsyncSession, case: Case, actor: Actor, problem: str = "", subject: str = ""
) -> web.Response:
    others, _ = await store.open_of_requester(session, case.requester_id, MOST_OFFERED)
    linked = [one for one in await store.linked(session, case.id) if may(actor, Action.READ, one)]
    return render_page(
        request,
        "portal/together.html",
        status=422 if problem else 200,
        case=case,
        others=[one for one in others if one.id != case.id],
        linked=linked,
        words=await splitting.words_of_requester(session, case),
        files=await splitting.files_of_requester(session, case),
        problem=problem,
        subject=subject,
    )


async def _refuse(request: web.Request, actor: Actor, problem: str, subject: str = "") -> web.StreamResponse:
    async with shell(request).database.reading() as session:
        case = await _handled_case(request, session, actor)
        return await _draw(request, session, case, actor, gettext(request, problem), subject)


async def _other(session: AsyncSession, actor: Actor, number: str) -> Case | None:
    """Return the case of a number that was typed, if this handler may work on it."""
    try:
        case = await store.by_number(session, number.strip())
    except NotFound:
        return None
    return case if may(actor, Action.HANDLE, case) else None


async def _required_other(session: AsyncSession, actor: Actor, number: str) -> Case:
    case = await _other(session, actor, number)
    if case is None:
        raise NotFound
    return case


async def show_merge(request: web.Request) -> web.StreamResponse:
    """Show what a merge would do, or why it cannot be done."""
    actor = signed_in(request)
    async with shell(request).database.reading() as session:
        case = await _handled_case(request, session, actor)
        into = await _other(session, actor, request.query.get("into", "")[:20])
        if into is None:
            return await _draw(request, session, case, actor, gettext(request, UNKNOWN))
        return await _preview(request, session, case, into)


async def _preview(
    request: web.Request, session: AsyncSession, case: Case, into: Case, found: Obstacle | None = None
) -> web.Response:
    found = found or await merging.obstacle(session, case, into)
    sides = await _sides(session, case, into)
    return render_page(
        request,
        "portal/merge.html",
        status=422 if found else 200,
        case=case,
        into=into,
        sides=sides,
        two_people=case.requester_id != into.requester_id,
        problem=gettext(request, WHY_NOT_MERGED[found]) if found else "",
        may_go_on=found in {None, Obstacle.NOT_SAID_APART},
    )


async def _sides(session: AsyncSession, *cases: Case) -> Sequence[Side]:
    known = [person for one in cases for person in (one.requester_id, one.handler_id) if person]
    names = await people.names(session, known)
    return [
        Side(
            one,
            names[one.requester_id],
            names.get(one.handler_id or 0, ""),
            len(await splitting.words_of_requester(session, one)),
            len(await splitting.files_of_requester(session, one)),
        )
        for one in cases
    ]


async def merge(request: web.Request) -> web.StreamResponse:
    """Merge a case into another, as the preview showed it."""
    actor = signed_in(request)
    home = shell(request)
    form = await posted(request)
    seen = Seen(_number(form, "version"), _number(form, "into_version"))
    try:
        async with home.database.transaction() as session:
            case = await _handled_case(request, session, actor)
            into = await _required_other(session, actor, form.text("into", 20))
            two_people = bool(form.text("two_people", 5))
            await merging.merge(session, home.desk, case, into, actor, seen, two_people=two_people)
    except CannotMerge as error:
        async with home.database.reading() as session:
            case = await _handled_case(request, session, actor)
            into = await _required_other(session, actor, form.text("into", 20))
            return await _preview(request, session, case, into, error.obstacle)
    return see_other(f"/cases/{into.number}", done="merged")


async def part(request: web.Request) -> web.StreamResponse:
    """Let a case that was merged stand by itself again."""
    actor = signed_in(request)
    home = shell(request)
    form = await posted(request)
    async with home.database.transaction() as session:
        case = await _handled_case(request, session, actor)
        await merging.part(session, home.desk, case, actor, _number(form, "version"))
    return see_other(f"/cases/{case.number}", done="parted")


async def split(request: web.Request) -> web.StreamResponse:
    """Open a case with the messages and files that were chosen."""
    actor = signed_in(request)
    home = shell(request)
    form = await posted(request)
    subject = form.text("subject", LONGEST_SUBJECT)
    chosen, files = _numbers(form, "message"), _numbers(form, "file")
    try:
        async with home.database.transaction() as session:
            case = await _handled_case(request, session, actor)
            version = _number(form, "version")
            opened = await splitting.split(session, home.desk, case, actor, subject, chosen, files, version)
    except InvalidInput as error:
        return await _refuse(request, actor, WHY_NOT_SPLIT[next(iter(error.fields))], subject)
    return see_other(f"/cases/{opened.number}", done="split")


async def link(request: web.Request) -> web.StreamResponse:
    """Tie the case to another."""
    actor = signed_in(request)
    home = shell(request)
    typed = (await posted(request)).text("number", 20)
    async with home.database.transaction() as session:
        case = await _handled_case(request, session, actor)
        other = await _other(session, actor, typed)
        if other is not None and other.id != case.id:
            await linking.link(session, home.desk, case, other, actor)
            return see_other(f"/cases/{case.number}/together", done="linked")
    return await _refuse(request, actor, UNKNOWN)


async def unlink(request: web.Request) -> web.StreamResponse:
    """Untie the case from another."""
    actor = signed_in(request)
    home = shell(request)
    typed = (await posted(request)).text("number", 20)
    async with home.database.transaction() as session:
        case = await _handled_case(request, session, actor)
        other = await _required_other(session, actor, typed)
        await linking.unlink(session, home.desk, case, other, actor)
    return see_other(f"/cases/{case.number}/together", done="unlinked")


def _number(form: Posted, name: str) -> int:
    """Return a number that a form carried; what is none was seen by nobody."""
    typed = form.text(name, 18)
    return int(typed) if typed.isascii() and typed.isdigit() else -1


def _numbers(form: Posted, name: str) -> set[int]:
    typed = [one for one in form.fields.getall(name, []) if isinstance(one, str)]
    return {int(one) for one in typed if one.isascii() and one.isdigit() and len(one) <= 18}

"""The page on which handlers write the answers that they give often."""

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from casework.canned import service
from casework.canned.models import CannedAnswer
from casework.canned.service import LONGEST_TEXT, LONGEST_TITLE, Wording
from casework.cases.permissions import Action
from casework.errors import InvalidInput
from casework.people import store as people
from casework.people.models import LANGUAGES, Actor
from casework.portal.shell.bodies import posted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import LANGUAGE_NAMES, gettext, render_page
from casework.portal.shell.redirects import see_other
from casework.portal.shell.visitor import admitted
from casework.portal.shell.wording import sentence

WHY_NOT_KEPT = {
    ("title", "missing"): sentence("Give the answer a title."),
    ("title", "too_many"): sentence("You have 200 answers already. Delete one first."),
    ("texts", "missing"): sentence("Write the answer in one language at least."),
}
EMPTY = Wording("", {}, shared=False)


async def show_answers(request: web.Request) -> web.StreamResponse:
    """Show the answers that this handler can insert, and the form for a new one."""
    actor = admitted(request, Action.WORK)
    async with shell(request).database.reading() as session:
        return await _draw(request, session, actor, EMPTY)


async def show_answer(request: web.Request) -> web.StreamResponse:
    """Show the form with one of one's own answers in it."""
    actor = admitted(request, Action.WORK)
    async with shell(request).database.reading() as session:
        kept = await service.own(session, actor.person_id or 0, int(request.match_info["id"]))
        return await _draw(request, session, actor, Wording(kept.title, kept.texts, kept.shared), kept)


async def _draw(
    request: web.Request,
    session: AsyncSession,
    actor: Actor,
    wording: Wording,
    changed: CannedAnswer | None = None,
    problem: str = "",
) -> web.Response:
    offered = await service.offered_to(session, actor.person_id or 0)
    return render_page(
        request,
        "portal/canned.html",
        status=422 if problem else 200,
        answers=offered,
        names=await people.names(session, {one.owner_id for one in offered}),
        wording=wording,
        changed=changed,
        language_names=LANGUAGE_NAMES,
        problem=problem,
    )


async def keep_answer(request: web.Request) -> web.StreamResponse:
    """Keep a new answer, or what was changed in one's own; or say why not, with everything still there."""
    actor = admitted(request, Action.WORK)
    home = shell(request)
    sent = await posted(request)
    own, answer_id = actor.person_id or 0, int(request.match_info["id"]) if "id" in request.match_info else None
    texts = {language: sent.text(f"text_{language}", LONGEST_TEXT) for language in LANGUAGES}
    wording = Wording(sent.text("title", LONGEST_TITLE), texts, shared=bool(sent.text("shared", 5)))
    try:
        async with home.database.transaction() as session:
            await service.keep(session, own, wording, home.desk.clock.now(), answer_id)
    except InvalidInput as error:
        [fault] = error.fields.items()
        async with home.database.reading() as session:
            changed = None if answer_id is None else await service.own(session, own, answer_id)
            why = WHY_NOT_KEPT[fault]
            return await _draw(request, session, actor, wording, changed, gettext(request, why))
    return see_other("/workspace/answers", done="answer_kept")


async def throw_answer_away(request: web.Request) -> web.StreamResponse:
    """Remove one of one's own answers."""
    actor = admitted(request, Action.WORK)
    async with shell(request).database.transaction() as session:
        await service.throw_away(session, actor.person_id or 0, int(request.match_info["id"]))
    return see_other("/workspace/answers", done="answer_deleted")

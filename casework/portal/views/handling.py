"""What a handler does on the page of a case: claim it, reply with the same commands as by mail, put it on a form."""

from collections.abc import Sequence
from dataclasses import replace

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from casework.canned import service as canned
from casework.cases import handing_over, handling, merging, problems, store
from casework.cases.handing_over import LONGEST_REASON, Handing
from casework.cases.models import Case
from casework.cases.permissions import Action, require
from casework.cases.replies import apply_reply
from casework.catalogue.models import Form
from casework.errors import InvalidInput, NotFound, TransitionNotAllowed
from casework.messages.models import Channel, Event
from casework.messages.service import Words
from casework.people import store as people
from casework.people.models import Actor
from casework.portal import uploads
from casework.portal.forms import posted_answers
from casework.portal.shell.bodies import Posted, posted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import gettext
from casework.portal.shell.redirects import see_other
from casework.portal.shell.visitor import admitted, signed_in
from casework.portal.views.case import Draft, readable_case, show_again
from casework.referral import service as referral
from casework.replying import service as replying

REPLY_COMMANDS = {"answer": "", "info": "#info\n", "note": "#note\n"}
DONE = {"answer": "answered", "info": "asked", "note": "noted"}


def _done(kind: str, text: str) -> str:
    """Return the name of what was done; words that begin with a command may have done anything."""
    return "replied" if text.startswith("#") else DONE.get(kind, "replied")


async def claim(request: web.Request) -> web.StreamResponse:
    """Make the case the handler's own; the second one is told who has it."""
    actor = signed_in(request)
    home = shell(request)
    async with home.database.transaction() as session:
        case = await readable_case(request, session, actor)
        await handling.claim(session, home.desk, case, actor, Channel.WEB)
    return see_other(f"/cases/{case.number}", done="claimed")


async def reply(request: web.Request) -> web.StreamResponse:
    """Carry out a reply, or say why it cannot be and keep its words."""
    actor = signed_in(request)
    home = shell(request)
    form = await posted(request)
    text, files = form.text("text"), await form.files("files")
    kind = form.text("kind", 10)
    if form.text("insert", 5):
        return await _insert(request, actor, form, Draft(text=text, kind=kind))
    if not text and not files:
        problem = gettext(request, "Write something, or choose a file.")
        return await show_again(request, actor, Draft(problems=(problem,)))
    files, problem = await uploads.look_at(request, files, None)
    if problem:
        return await show_again(request, actor, Draft(text=text, kind=kind, problems=(problem,)))
    async with home.database.transaction() as session:
        case = await readable_case(request, session, actor)
        news = await _news(session, case, actor, form.text("seen", 18))
        if not news:
            words = Words(text=REPLY_COMMANDS.get(kind, "") + text, channel=Channel.WEB)
            outcome = await apply_reply(session, home.desk, case, actor, words, files)
            if not outcome.problems:
                await replying.discard(session, case.id, actor.person_id or 0)
    if news:
        problem = gettext(request, "Somebody was here while you were writing. Read what is new, then send your reply.")
        draft = Draft(text=text, kind=kind, problems=(problem,), news={event.id for event in news}, status=409)
        return await show_again(request, actor, draft)
    if outcome.problems:
        return await show_again(request, actor, Draft(text=text, kind=kind, problems=outcome.problems))
    return see_other(f"/cases/{case.number}", done=_done(kind, text))


async def _insert(request: web.Request, actor: Actor, form: Posted, draft: Draft) -> web.StreamResponse:
    """Show the page again with a canned answer below what was typed; nothing is sent."""
    typed = form.text("canned", 9)
    if not (typed.isascii() and typed.isdigit()):
        problem = gettext(request, "Choose an answer to insert.")
        return await show_again(request, actor, replace(draft, problems=(problem,)))
    async with shell(request).database.reading() as session:
        case = await readable_case(request, session, actor)
        require(actor, Action.HANDLE, case)
        said = await canned.filled(session, case, actor, int(typed))
    return await show_again(request, actor, replace(draft, text=f"{draft.text}\n\n{said}".lstrip()))


async def _news(session: AsyncSession, case: Case, actor: Actor, seen: str) -> Sequence[Event]:
    """Return what others did on a case since the page was drawn on which a reply was written.

    The case is held meanwhile, so that of two replies at once the second finds the first.
    """
    await store.locked(session, case.id)
    if not (seen.isascii() and seen.isdigit()):
        return ()
    ids = [case.id, *(one.id for one in await merging.shown_with(session, case, actor))]
    return await replying.news_since(session, ids, actor.person_id or 0, int(seen))


async def keep_draft(request: web.Request) -> web.StreamResponse:
    """Keep what is being typed; the page does this by itself every few seconds."""
    actor = signed_in(request)
    home = shell(request)
    form = await posted(request)
    kind = form.text("kind", 10)
    async with home.database.transaction() as session:
        case = await readable_case(request, session, actor)
        kept_kind = kind if kind in REPLY_COMMANDS else "answer"
        await replying.keep(session, case, actor, kept_kind, form.text("text"), home.desk.clock.now())
    return web.Response(status=204)


async def hand_over(request: web.Request) -> web.StreamResponse:
    """Give the case to another handler."""
    actor = signed_in(request)
    home = shell(request)
    form = await posted(request)
    typed = form.text("handler", 9)
    async with home.database.transaction() as session:
        case = await readable_case(request, session, actor)
        require(actor, Action.HANDLE, case)
        handlers = {str(one.id): one.id for one in await people.handlers(session)}
        if typed not in handlers:
            raise InvalidInput({"handler": gettext(request, "Choose a colleague.")})
        to = await people.actor(session, handlers[typed])
        handing = Handing(to, form.text("reason", LONGEST_REASON), Channel.WEB)
        await handing_over.hand_over(session, home.desk, case, actor, handing)
    return see_other(f"/cases/{case.number}", done="handed_over")


async def refer(request: web.Request) -> web.StreamResponse:
    """Answer the requester that another service is competent."""
    actor = signed_in(request)
    home = shell(request)
    form = await posted(request)
    service, comment = form.text("service", 60), form.text("comment", 10_000)
    async with home.database.transaction() as session:
        case = await readable_case(request, session, actor)
        require(actor, Action.HANDLE, case)
        try:
            await referral.refer(session, home.desk, case, actor, service, comment, Channel.WEB)
        except InvalidInput as error:
            raise InvalidInput({"service": gettext(request, "Choose a service.")}) from error
    return see_other(f"/cases/{case.number}", done="referred")


async def give_back(request: web.Request) -> web.StreamResponse:
    """Put the case back in the queue."""
    actor = signed_in(request)
    home = shell(request)
    form = await posted(request)
    async with home.database.transaction() as session:
        case = await readable_case(request, session, actor)
        reason = form.text("reason", LONGEST_REASON)
        await handing_over.give_back(session, home.desk, case, actor, reason, Channel.WEB)
    return see_other(f"/cases/{case.number}", done="given_back")


async def classify(request: web.Request) -> web.StreamResponse:
    """Put the case on a form and keep what was filled in, or show what is wrong with it."""
    actor = admitted(request, Action.WORK)
    home = shell(request)
    sent = await posted(request)
    form = home.desk.catalogue.form(sent.text("form", 60))
    if form is None:
        raise NotFound
    answers = posted_answers(form, sent)
    if sent.text("redraw", 5):
        return await show_again(request, actor, Draft(form=form, answers=answers))
    return await _keep(request, actor, form, answers)


async def _keep(request: web.Request, actor: Actor, form: Form, answers: dict[str, str]) -> web.StreamResponse:
    home = shell(request)
    try:
        async with home.database.transaction() as session:
            case = await readable_case(request, session, actor)
            await handling.classify(session, home.desk, case, actor, form.key, answers, Channel.WEB)
    except InvalidInput as error:
        draft = Draft(form=form, answers=answers, field_problems=error.fields)
        return await show_again(request, actor, draft)
    except TransitionNotAllowed as error:
        return await show_again(request, actor, Draft(problems=problems.sentences(error, actor.language)))
    return see_other(f"/cases/{case.number}", done="classified")

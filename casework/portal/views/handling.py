"""What a handler does on the page of a case: claim it, reply with the same commands as by mail, put it on a form."""

from aiohttp import web

from casework.cases import handling, problems
from casework.cases.replies import apply_reply
from casework.catalogue.models import Form
from casework.errors import InvalidInput, NotFound, TransitionNotAllowed
from casework.messages.models import Channel
from casework.messages.service import Words
from casework.people.models import Actor, Role
from casework.portal import uploads
from casework.portal.forms import posted_answers
from casework.portal.shell.bodies import posted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import gettext
from casework.portal.shell.redirects import see_other
from casework.portal.shell.visitor import require_role, signed_in
from casework.portal.views.case import Draft, readable_case, show_again

REPLY_COMMANDS = {"answer": "", "info": "#info\n", "note": "#note\n"}


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
    if not text and not files:
        problem = gettext(request, "Write something, or choose a file.")
        return await show_again(request, actor, Draft(problems=(problem,)))
    files, problem = await uploads.look_at(request, files, None)
    if problem:
        return await show_again(request, actor, Draft(text=text, kind=kind, problems=(problem,)))
    async with home.database.transaction() as session:
        case = await readable_case(request, session, actor)
        words = Words(text=REPLY_COMMANDS.get(kind, "") + text, channel=Channel.WEB)
        outcome = await apply_reply(session, home.desk, case, actor, words, files)
    if outcome.problems:
        return await show_again(request, actor, Draft(text=text, kind=kind, problems=outcome.problems))
    return see_other(f"/cases/{case.number}", done="replied")


async def classify(request: web.Request) -> web.StreamResponse:
    """Put the case on a form and keep what was filled in, or show what is wrong with it."""
    actor = require_role(request, Role.HANDLER)
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

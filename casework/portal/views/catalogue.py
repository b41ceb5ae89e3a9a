"""HR requests: the themes with their forms, and the page on which a form is filed."""

from collections.abc import Mapping, Sequence

from aiohttp import web

from casework.attachments.models import IncomingFile
from casework.cases import service
from casework.catalogue import form_checker
from casework.catalogue.answers import Value
from casework.catalogue.models import Form, RequiredDocument
from casework.clock import local_date
from casework.errors import NotFound
from casework.messages.models import Channel
from casework.messages.service import Words
from casework.people.models import Actor
from casework.portal import uploads
from casework.portal.forms import (
    DOCUMENT_PREFIX,
    FormView,
    explain_all,
    may_file,
    posted_answers,
    read_aloud,
    themes_for,
    view_form,
)
from casework.portal.shell.bodies import Posted, posted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import render_page
from casework.portal.shell.redirects import see_other
from casework.portal.shell.visitor import require_level, signed_in


async def show_catalogue(request: web.Request) -> web.StreamResponse:
    """Show the themes, each with the forms that this person may file."""
    actor = signed_in(request)
    return render_page(request, "portal/catalogue.html", themes=themes_for(shell(request).desk.catalogue, actor))


async def show_form(request: web.Request) -> web.StreamResponse:
    """Show an empty form; a choice may stand in the address already."""
    actor = signed_in(request)
    form = _form(request, actor)
    answers = {key: value for key, value in request.query.items() if form.field(key)}
    return _draw(request, view_form(form, answers, actor.language))


def _form(request: web.Request, actor: Actor) -> Form:
    form = shell(request).desk.catalogue.form(request.match_info["key"])
    if form is None or not may_file(form, actor):
        raise NotFound
    return form


def _draw(
    request: web.Request, view: FormView, *, status: int = 200, lost_files: bool = False, file_problem: str = ""
) -> web.Response:
    catalogue = shell(request).desk.catalogue
    return render_page(
        request,
        "portal/form.html",
        status=status,
        view=view,
        theme=catalogue.theme(view.form.theme),
        lost_files=lost_files,
        file_problem=file_problem,
    )


async def file_form(request: web.Request) -> web.StreamResponse:
    """Open a case from a form, or show what has to be mended; a first submit may only have made a choice."""
    actor = signed_in(request)
    home = shell(request)
    form = _form(request, actor)
    sent = await posted(request)
    answers = posted_answers(form, sent)
    if sent.text("redraw", 5):
        return _draw(request, view_form(form, answers, actor.language))
    if form_checker.is_delicate(form, answers, actor.language):
        require_level(request)
    handed_in = await _documents(sent, form.documents)
    today = local_date(home.desk.clock.now())
    result = form_checker.check(
        form, answers, {file.document_key for file in handed_in if file.document_key}, actor.language, today
    )
    if result.problems:
        view = view_form(form, answers, actor.language, explain_all(form, result.problems, actor.language))
        return _draw(request, view, status=422, lost_files=bool(handed_in))
    files, problem = await uploads.look_at(request, [*handed_in, *await sent.files("files")], form)
    if problem:
        view = view_form(form, answers, actor.language)
        return _draw(request, view, status=422, lost_files=True, file_problem=problem)
    return await _open(request, actor, form, result.values, files)


async def _open(
    request: web.Request, actor: Actor, form: Form, values: Mapping[str, Value], files: Sequence[IncomingFile]
) -> web.StreamResponse:
    home = shell(request)
    said = "\n".join(f"{label}: {value}" for label, value in read_aloud(form, values, actor.language))
    ask = service.Request(
        subject=form.label.in_(actor.language),
        words=Words(text=said, channel=Channel.WEB),
        files=files,
        form_key=form.key,
        fields=dict(values),
    )
    async with home.database.transaction() as session:
        case = await service.open_case(session, home.desk, actor, ask)
    return see_other(f"/cases/{case.number}", done="filed")


async def _documents(sent: Posted, wanted: Sequence[RequiredDocument]) -> list[IncomingFile]:
    """Return the files that were put into the slots of named documents."""
    found: list[IncomingFile] = []
    for document in wanted:
        name = DOCUMENT_PREFIX + document.key
        found += await sent.files(name, document_key=document.key, sensitive=document.sensitive)
    return found

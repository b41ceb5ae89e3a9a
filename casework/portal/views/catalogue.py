"""HR requests: the themes with their forms, and the page on which a form is filed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web

from casework.attachments.models import IncomingFile
from casework.cases import on_behalf, service
from casework.cases.on_behalf import may_file_for_others
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
from casework.portal.shell.pages import gettext, render_page
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
    return _draw(request, actor, view_form(form, answers, actor.language))


def _form(request: web.Request, actor: Actor) -> Form:
    form = shell(request).desk.catalogue.form(request.match_info["key"])
    if form is None or not may_file(form, actor):
        raise NotFound
    return form


@dataclass(frozen=True)
class ForWhom:
    """For whom a form is filed: what was typed, and what is wrong with it."""

    typed: str = ""
    problem: str = ""


MYSELF = ForWhom()


def _draw(
    request: web.Request,
    actor: Actor,
    view: FormView,
    *,
    status: int = 200,
    lost_files: bool = False,
    for_whom: ForWhom = MYSELF,
    file_problem: str = "",
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
        for_whom=for_whom if may_file_for_others(actor, view.form) else None,
    )


async def file_form(request: web.Request) -> web.StreamResponse:
    """Open a case from a form, or show what has to be mended; a first submit may only have made a choice."""
    actor = signed_in(request)
    home = shell(request)
    form = _form(request, actor)
    sent = await posted(request)
    answers = posted_answers(form, sent)
    for_whom = ForWhom(sent.text("for_whom", 200) if may_file_for_others(actor, form) else "")
    if sent.text("redraw", 5):
        return _draw(request, actor, view_form(form, answers, actor.language), for_whom=for_whom)
    if form_checker.is_delicate(form, answers, actor.language):
        require_level(request)
    handed_in = await _documents(sent, form.documents)
    today = local_date(home.desk.clock.now())
    keys = {file.document_key for file in handed_in if file.document_key}
    approved = form_checker.approvable_documents(form, answers, keys, actor.language) or ()
    result = form_checker.check(form, answers, {*keys, *approved}, actor.language, today)
    requester = await _requester(request, actor, for_whom)
    if requester is None:
        problem = gettext(request, "Nobody in your organisation has this e-mail address or employee number.")
        for_whom = ForWhom(for_whom.typed, problem)
    if result.problems or requester is None:
        view = view_form(form, answers, actor.language, explain_all(form, result.problems, actor.language))
        return _draw(request, actor, view, status=422, lost_files=bool(handed_in), for_whom=for_whom)
    files, problem = await uploads.look_at(request, [*handed_in, *await sent.files("files")], form)
    if problem:
        view = view_form(form, answers, actor.language)
        return _draw(request, actor, view, status=422, lost_files=True, for_whom=for_whom, file_problem=problem)
    return await _open(request, actor, requester, form, result.values, files)


async def _requester(request: web.Request, actor: Actor, for_whom: ForWhom) -> Actor | None:
    """Return whose request it is: one's own, or that of the colleague who was typed, if there is one."""
    if not for_whom.typed:
        return actor
    async with shell(request).database.reading() as session:
        return await on_behalf.colleague(session, actor, for_whom.typed)


async def _open(
    request: web.Request,
    actor: Actor,
    requester: Actor,
    form: Form,
    values: Mapping[str, Value],
    files: Sequence[IncomingFile],
) -> web.StreamResponse:
    home = shell(request)
    said = "\n".join(f"{label}: {value}" for label, value in read_aloud(form, values, requester.language))
    ask = service.Request(
        subject=form.label.in_(requester.language),
        words=Words(text=said, channel=Channel.WEB),
        files=files,
        form_key=form.key,
        fields=dict(values),
        filed_by=None if requester.person_id == actor.person_id else actor,
    )
    async with home.database.transaction() as session:
        case = await service.open_case(session, home.desk, requester, ask)
    return see_other(f"/cases/{case.number}", done="filed")


async def _documents(sent: Posted, wanted: Sequence[RequiredDocument]) -> list[IncomingFile]:
    """Return the files that were put into the slots of named documents."""
    found: list[IncomingFile] = []
    for document in wanted:
        name = DOCUMENT_PREFIX + document.key
        found += await sent.files(name, document_key=document.key, sensitive=document.sensitive)
    return found

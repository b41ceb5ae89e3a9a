"""The page on which a form is filled in, kept as a draft, and filed: once, for oneself or for a colleague."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from casework.attachments.models import IncomingFile
from casework.cases import on_behalf, service
from casework.cases.on_behalf import may_file_for_others
from casework.catalogue import favourites, form_checker
from casework.catalogue.form_checker import FormResult
from casework.catalogue.models import Form
from casework.clock import local_date
from casework.desk import Desk
from casework.drafts import sending
from casework.drafts import service as drafts
from casework.errors import InvalidInput, NotFound
from casework.messages.models import Channel
from casework.people.models import Actor
from casework.portal import uploads
from casework.portal.forms import DOCUMENT_PREFIX, explain_all, may_file, posted_answers, request_on, view_form
from casework.portal.shell.bodies import Posted, posted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import gettext, render_page
from casework.portal.shell.redirects import see_other
from casework.portal.shell.visitor import require_level, signed_in

KEY = "draft"
FOR_WHOM = "for_whom"
LARGEST_ID = 9  # digits


@dataclass(frozen=True)
class Sheet:
    """A form as somebody filled it in on a page; the key is that of its draft, and lets it be filed once.

    `for_whom` is the colleague that local HR typed, empty for oneself.
    """

    form: Form
    key: str
    answers: Mapping[str, str]
    for_whom: str = ""


@dataclass(frozen=True)
class Wrong:
    """What keeps a form from being filed: by field, about the files, about the colleague."""

    fields: Mapping[str, str] | None = None
    files: str = ""
    for_whom: str = ""

    def __bool__(self) -> bool:
        """Tell whether anything is wrong."""
        return bool(self.fields or self.files or self.for_whom)


FINE = Wrong()


def form_of(request: web.Request, actor: Actor) -> Form:
    """Return the form that the address names. Raises `NotFound`, also for one that this person may not file."""
    form = shell(request).desk.catalogue.form(request.match_info["key"])
    if form is None or not may_file(form, actor):
        raise NotFound
    return form


async def show_form(request: web.Request) -> web.StreamResponse:
    """Show a form: empty, with a choice from the address, or as it was kept."""
    actor = signed_in(request)
    form = form_of(request, actor)
    key = drafts.usable_key(request.query.get(KEY, ""))
    async with shell(request).database.reading() as session:
        draft = await drafts.find(session, actor.person_id or 0, key)
        chosen = {name: value for name, value in request.query.items() if form.field(name)}
        answers = {**chosen, **(draft.answers if draft else {})}
        sheet = Sheet(form, key, answers, answers.pop(FOR_WHOM, ""))
        return await _draw(request, session, actor, sheet)


async def _draw(
    request: web.Request, session: AsyncSession, actor: Actor, sheet: Sheet, wrong: Wrong = FINE
) -> web.Response:
    home, person_id = shell(request), actor.person_id or 0
    draft = await drafts.find(session, person_id, sheet.key)
    kept = await drafts.files(session, draft)
    return render_page(
        request,
        "portal/form.html",
        status=422 if wrong else 200,
        view=view_form(sheet.form, sheet.answers, actor.language, wrong.fields, kept),
        theme=home.desk.catalogue.theme(sheet.form.theme),
        key=sheet.key,
        saved_at=draft.saved_at if draft else None,
        kept_until=drafts.kept_until(draft, home.desk) if draft else None,
        is_favourite=sheet.form.key in await favourites.of_person(session, person_id),
        files_problem=wrong.files,
        for_others=may_file_for_others(actor, sheet.form),
        for_whom=sheet.for_whom,
        for_whom_problem=wrong.for_whom,
    )


async def send_form(request: web.Request) -> web.StreamResponse:
    """Do what the button says: file the form, keep it, show the fields of a choice, or take a document out."""
    actor = signed_in(request)
    sent = await posted(request)
    form = form_of(request, actor)
    for_whom = sent.text(FOR_WHOM, 200) if may_file_for_others(actor, form) else ""
    sheet = Sheet(form, drafts.usable_key(sent.text(KEY, 40)), posted_answers(form, sent), for_whom)
    removed, save = sent.text("remove", LARGEST_ID), sent.text("save", 10)
    is_filed = not (sent.text("redraw", 5) or save or removed)
    if is_filed and form_checker.is_delicate(form, sheet.answers, actor.language):
        require_level(request)
    files, problem = await uploads.look_at(request, await _handed_in(sent, form), form)
    if is_filed and not problem:
        return await _file(request, actor, sheet, files)
    await _keep(request, actor, sheet, files, removed)
    if save == "quietly":
        return web.Response(status=204)
    if save and not problem:
        return see_other(f"/catalogue/forms/{form.key}", **{KEY: sheet.key, "done": "saved"})
    async with shell(request).database.reading() as session:
        return await _draw(request, session, actor, sheet, Wrong(files=problem))


async def _keep(
    request: web.Request, actor: Actor, sheet: Sheet, files: Sequence[IncomingFile], removed: str = ""
) -> None:
    """Keep what was filled in as a draft; a page that was filed already leaves none."""
    home, person_id = shell(request), actor.person_id or 0
    answers = {**sheet.answers, FOR_WHOM: sheet.for_whom}
    async with home.database.transaction() as session:
        if await sending.led_to(session, person_id, sheet.key) is not None:
            return
        try:
            draft = await drafts.save(session, home.desk, person_id, sheet.key, sheet.form, answers, files)
        except drafts.TooManyDocuments as error:
            sentence = gettext(request, "At most 30 documents go with one request. Take one out first.")
            raise InvalidInput({"files": sentence}) from error
        if removed.isascii() and removed.isdigit():
            await drafts.drop_file(session, draft, int(removed))


async def _file(
    request: web.Request, actor: Actor, sheet: Sheet, handed_in: Sequence[IncomingFile]
) -> web.StreamResponse:
    """Open a case, or show what has to be mended with nothing lost, documents included."""
    home, person_id = shell(request), actor.person_id or 0
    if handed_in:
        await _keep(request, actor, sheet, handed_in)
    async with home.database.transaction() as session:
        draft = await drafts.find(session, person_id, sheet.key)
        files = await drafts.take_files(session, home.desk, draft, sheet.form)
        requester = await on_behalf.colleague(session, actor, sheet.for_whom) if sheet.for_whom else actor
        result = _check(sheet, files, actor.language, local_date(home.desk.clock.now()))
        if result.is_complete and requester is not None:
            await _open_once(session, home.desk, actor, requester, sheet, _ask(actor, requester, sheet, result, files))
        number = await sending.led_to(session, person_id, sheet.key)
        if number is not None:
            await drafts.throw_away(session, draft)
    if number is not None:
        return see_other(f"/cases/{number}", done="filed")
    await _keep(request, actor, sheet, ())
    nobody = gettext(request, "Nobody in your organisation has this e-mail address or employee number.")
    problems = explain_all(sheet.form, result.problems, actor.language)
    async with home.database.reading() as session:
        return await _draw(request, session, actor, sheet, Wrong(problems, for_whom="" if requester else nobody))


def _check(sheet: Sheet, files: Sequence[IncomingFile], language: str, today: date) -> FormResult:
    """Check a form; what somebody will be asked to approve need not be handed in."""
    documents = {file.document_key for file in files if file.document_key}
    approved = form_checker.approvable_documents(sheet.form, sheet.answers, documents, language) or ()
    return form_checker.check(sheet.form, sheet.answers, {*documents, *approved}, language, today)


async def _open_once(
    session: AsyncSession, desk: Desk, actor: Actor, requester: Actor, sheet: Sheet, ask: service.Request
) -> None:
    person_id = actor.person_id or 0
    if await sending.begin(session, person_id, sheet.key, desk.clock.now()):
        case = await service.open_case(session, desk, requester, ask)
        await sending.finish(session, person_id, sheet.key, case)


def _ask(
    actor: Actor, requester: Actor, sheet: Sheet, result: FormResult, files: Sequence[IncomingFile]
) -> service.Request:
    asked = request_on(sheet.form, result.values, files, requester.language, Channel.WEB)
    return asked if requester.person_id == actor.person_id else replace(asked, filed_by=actor)


async def _handed_in(sent: Posted, form: Form) -> list[IncomingFile]:
    """Return the files that were put into the slots of named documents, and those besides."""
    found: list[IncomingFile] = []
    for document in form.documents:
        name = DOCUMENT_PREFIX + document.key
        found += await sent.files(name, document_key=document.key, sensitive=document.sensitive)
    return [*found, *await sent.files("files")]


async def throw_away_draft(request: web.Request) -> web.StreamResponse:
    """Delete one's own draft; one that is gone already is no fault."""
    actor = signed_in(request)
    async with shell(request).database.transaction() as session:
        draft = await drafts.find(session, actor.person_id or 0, request.match_info["key"])
        await drafts.throw_away(session, draft)
    return see_other("/", done="draft_deleted")

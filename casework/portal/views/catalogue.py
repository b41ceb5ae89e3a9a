"""HR requests: the themes with their forms, and the page on which a form is filled in, kept as a draft and filed."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from casework.attachments.models import IncomingFile
from casework.cases import service
from casework.catalogue import favourites, form_checker
from casework.catalogue.answers import Value
from casework.catalogue.models import Form
from casework.clock import local_date
from casework.drafts import sending
from casework.drafts import service as drafts
from casework.errors import InvalidInput, NotFound
from casework.messages.models import Channel
from casework.messages.service import Words
from casework.people.models import Actor
from casework.portal.forms import (
    DOCUMENT_PREFIX,
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
from casework.portal.shell.redirects import local_path, see_other
from casework.portal.shell.visitor import signed_in

KEY = "draft"
LARGEST_ID = 9  # digits


async def show_catalogue(request: web.Request) -> web.StreamResponse:
    """Show the themes, each with the forms that this person may file."""
    actor = signed_in(request)
    async with shell(request).database.reading() as session:
        liked = await favourites.of_person(session, actor.person_id or 0)
    themes = themes_for(shell(request).desk.catalogue, actor)
    return render_page(request, "portal/catalogue.html", themes=themes, liked=liked)


async def show_form(request: web.Request) -> web.StreamResponse:
    """Show a form: empty, with a choice from the address, or as it was kept."""
    actor = signed_in(request)
    form = _form(request, actor)
    sheet = Sheet(form, drafts.usable_key(request.query.get(KEY, "")))
    async with shell(request).database.reading() as session:
        draft = await drafts.find(session, actor.person_id or 0, sheet.key)
        chosen = {key: value for key, value in request.query.items() if form.field(key)}
        answers = {**chosen, **(draft.answers if draft else {})}
        return await _draw(request, session, actor, sheet, answers)


def _form(request: web.Request, actor: Actor) -> Form:
    form = shell(request).desk.catalogue.form(request.match_info["key"])
    if form is None or not may_file(form, actor):
        raise NotFound
    return form


@dataclass(frozen=True)
class Sheet:
    """A form on a page of its own; the key is that of its draft, and lets it be filed once."""

    form: Form
    key: str


async def _draw(
    request: web.Request,
    session: AsyncSession,
    actor: Actor,
    sheet: Sheet,
    answers: Mapping[str, str],
    problems: Mapping[str, str] | None = None,
) -> web.Response:
    home, person_id = shell(request), actor.person_id or 0
    draft = await drafts.find(session, person_id, sheet.key)
    kept = await drafts.files(session, draft)
    return render_page(
        request,
        "portal/form.html",
        status=422 if problems else 200,
        view=view_form(sheet.form, answers, actor.language, problems, kept),
        theme=home.desk.catalogue.theme(sheet.form.theme),
        key=sheet.key,
        saved_at=draft.saved_at if draft else None,
        kept_until=drafts.kept_until(draft, home.desk) if draft else None,
        is_favourite=sheet.form.key in await favourites.of_person(session, person_id),
    )


async def file_form(request: web.Request) -> web.StreamResponse:
    """Do what the button says: file the form, keep it, show the fields of a choice, or take a document out."""
    actor = signed_in(request)
    sent = await posted(request)
    sheet = Sheet(_form(request, actor), drafts.usable_key(sent.text(KEY, 40)))
    answers = posted_answers(sheet.form, sent)
    handed_in = await _handed_in(sent, sheet.form)
    removed = sent.text("remove", LARGEST_ID)
    if sent.text("redraw", 5) or sent.text("save", 10) or removed:
        await _keep(request, actor, sheet, answers, handed_in, removed)
        if sent.text("save", 10) == "quietly":
            return web.Response(status=204)
        if sent.text("save", 10):
            return see_other(f"/catalogue/forms/{sheet.form.key}", **{KEY: sheet.key, "done": "saved"})
        async with shell(request).database.reading() as session:
            return await _draw(request, session, actor, sheet, answers)
    return await _file(request, actor, sheet, answers, handed_in)


async def _keep(
    request: web.Request,
    actor: Actor,
    sheet: Sheet,
    answers: Mapping[str, str],
    handed_in: Sequence[IncomingFile],
    removed: str = "",
) -> None:
    """Keep what was filled in as a draft; a page that was filed already leaves none."""
    home, person_id = shell(request), actor.person_id or 0
    async with home.database.transaction() as session:
        if await sending.led_to(session, person_id, sheet.key) is not None:
            return
        try:
            draft = await drafts.save(session, home.desk, person_id, sheet.key, sheet.form, answers, handed_in)
        except drafts.TooManyDocuments as error:
            sentence = gettext(request, "At most 30 documents go with one request. Take one out first.")
            raise InvalidInput({"files": sentence}) from error
        if removed.isascii() and removed.isdigit():
            await drafts.drop_file(session, draft, int(removed))


async def _file(
    request: web.Request, actor: Actor, sheet: Sheet, answers: Mapping[str, str], handed_in: Sequence[IncomingFile]
) -> web.StreamResponse:
    """Open a case, or show what has to be mended with nothing lost, documents included."""
    home, person_id = shell(request), actor.person_id or 0
    if handed_in:
        await _keep(request, actor, sheet, answers, handed_in)
    async with home.database.transaction() as session:
        draft = await drafts.find(session, person_id, sheet.key)
        files = await drafts.take_files(session, home.desk, draft, sheet.form)
        documents = {file.document_key for file in files if file.document_key}
        today = local_date(home.desk.clock.now())
        result = form_checker.check(sheet.form, answers, documents, actor.language, today)
        number = await sending.led_to(session, person_id, sheet.key)
        if (
            number is None
            and result.is_complete
            and await sending.begin(session, person_id, sheet.key, home.desk.clock.now())
        ):
            case = await service.open_case(session, home.desk, actor, _ask(actor, sheet, result.values, files))
            await sending.finish(session, person_id, sheet.key, case)
            number = case.number
        number = number or await sending.led_to(session, person_id, sheet.key)
        if number is not None:
            await drafts.throw_away(session, draft)
    if number is not None:
        return see_other(f"/cases/{number}", done="filed")
    await _keep(request, actor, sheet, answers, ())
    async with home.database.reading() as session:
        problems = explain_all(sheet.form, result.problems, actor.language)
        return await _draw(request, session, actor, sheet, answers, problems)


def _ask(actor: Actor, sheet: Sheet, values: Mapping[str, Value], files: Sequence[IncomingFile]) -> service.Request:
    said = "\n".join(f"{label}: {value}" for label, value in read_aloud(sheet.form, values, actor.language))
    return service.Request(
        subject=sheet.form.label.in_(actor.language),
        words=Words(text=said, channel=Channel.WEB),
        files=files,
        form_key=sheet.form.key,
        fields=dict(values),
    )


async def _handed_in(sent: Posted, form: Form) -> list[IncomingFile]:
    """Return the files that were put into the slots of named documents, and those besides."""
    found: list[IncomingFile] = []
    for document in form.documents:
        name = DOCUMENT_PREFIX + document.key
        found += await sent.files(name, document_key=document.key, sensitive=document.sensitive)
    return [*found, *await sent.files("files")]


async def mark_favourite(request: web.Request) -> web.StreamResponse:
    """Give a form a heart, or take it away, and go back to where that was done."""
    actor = signed_in(request)
    form, sent = _form(request, actor), await posted(request)
    async with shell(request).database.transaction() as session:
        await favourites.mark(session, actor.person_id or 0, form.key, wanted=sent.text("wanted", 5) == "yes")
    return see_other(local_path(sent.text("back", 500), f"/catalogue/forms/{form.key}"))


async def throw_away_draft(request: web.Request) -> web.StreamResponse:
    """Delete one's own draft; one that is gone already is no fault."""
    actor = signed_in(request)
    async with shell(request).database.transaction() as session:
        draft = await drafts.find(session, actor.person_id or 0, request.match_info["key"])
        await drafts.throw_away(session, draft)
    return see_other("/", done="draft_deleted")

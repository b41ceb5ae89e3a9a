"""The page of one case, and what its requester does there: read, add, accept, refuse."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from casework.audit import service as audit
from casework.cases import service, store, unanswered, watching
from casework.cases.contradiction import contradicts
from casework.cases.models import Case
from casework.cases.permissions import Action, require
from casework.catalogue.models import Form
from casework.drafts import sending
from casework.drafts import service as drafts
from casework.errors import InvalidInput
from casework.messages.models import Channel
from casework.messages.service import Words
from casework.people.models import Actor
from casework.portal import uploads
from casework.portal.case_view import view_case
from casework.portal.forms import FormView, kept_answers, view_form
from casework.portal.shell.bodies import posted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import gettext, render_page
from casework.portal.shell.panels import PanelContext, Place, fill
from casework.portal.shell.redirects import local_path, see_other
from casework.portal.shell.visitor import signed_in
from casework.replying import service as replying

TABS = ("timeline", "attachments")


@dataclass(frozen=True)
class Draft:
    """What somebody filled in and what is wrong with it, so that the page can be shown again with nothing lost."""

    text: str = ""
    kind: str = "answer"
    problems: tuple[str, ...] = ()
    form: Form | None = None
    answers: Mapping[str, str] = field(default_factory=dict)
    field_problems: Mapping[str, str] = field(default_factory=dict)
    decision: str = ""
    comment: str = ""
    news: Collection[int] = ()
    status: int = 422


async def readable_case(request: web.Request, session: AsyncSession, actor: Actor) -> Case:
    """Return the case of this address. Raises `NotFound`, also when it is none of the person's business."""
    case = await store.by_number(session, request.match_info["number"])
    require(actor, Action.READ, case)
    return case


async def show_case(request: web.Request) -> web.StreamResponse:
    """Show a case; the opening itself is written down."""
    actor = signed_in(request)
    home = shell(request)
    async with home.database.transaction() as session:
        case = await readable_case(request, session, actor)
        audit.record(
            session, at=home.desk.clock.now(), action="read", actor=actor, channel=Channel.WEB, case_id=case.id
        )
        return await _draw(request, session, case, actor, _chosen_form(request), status=200)


def _chosen_form(request: web.Request) -> Draft:
    """Return an empty draft on the form that a handler chose to fill in."""
    return Draft(form=shell(request).desk.catalogue.form(request.query.get("form", "")))


async def show_again(request: web.Request, actor: Actor, draft: Draft) -> web.StreamResponse:
    """Show the page with what was sent and what is wrong with it."""
    async with shell(request).database.reading() as session:
        case = await readable_case(request, session, actor)
        wrong = bool(draft.problems or draft.field_problems or draft.decision)
        return await _draw(request, session, case, actor, draft, status=draft.status if wrong else 200)


async def _draw(
    request: web.Request, session: AsyncSession, case: Case, actor: Actor, draft: Draft, *, status: int
) -> web.Response:
    home = shell(request)
    view = await view_case(session, home.desk, case, actor)
    if view.may_handle and not draft.text:
        draft = await _with_kept_reply(session, case, actor, draft)
    tab = request.query.get("tab", "")
    return render_page(
        request,
        "portal/case.html",
        status=status,
        view=view,
        case=case,
        tab=tab if tab in TABS else TABS[0],
        draft=draft,
        key=drafts.new_key(),
        other_services=home.desk.directory.services.values() if view.may_handle else (),
        since=view.mark,
        form_view=_form_view(case, actor, draft, home.desk.catalogue.form(case.form_key or "")),
        narrated={
            entry.id: home.narrators[entry.kind](request, entry)
            for entry in view.timeline
            if entry.kind in home.narrators
        },
        panels=await fill(home.panels, Place.CASE_PAGE, PanelContext(request, session, actor, case)),
    )


async def _with_kept_reply(session: AsyncSession, case: Case, actor: Actor, draft: Draft) -> Draft:
    """Put what the handler had begun to write back into the page."""
    kept = await replying.of_person(session, case.id, actor.person_id or 0)
    return draft if kept is None else replace(draft, text=kept.text, kind=kept.kind)


def _form_view(case: Case, actor: Actor, draft: Draft, present: Form | None) -> FormView | None:
    """Return the form that a handler fills in: the one they chose, else the one the case is on."""
    form = draft.form or present
    if form is None:
        return None
    kept = kept_answers(form, case.fields) if case.form_key == form.key else {}
    return view_form(form, {**kept, **draft.answers}, actor.language, draft.field_problems)


async def write(request: web.Request) -> web.StreamResponse:
    """Add the requester's words and files to their case; on a closed case they open a new one."""
    actor = signed_in(request)
    home = shell(request)
    form = await posted(request)
    text, files = form.text("text"), await form.files("files")
    if not text and not files:
        problem = gettext(request, "Write something, or choose a file.")
        return await show_again(request, actor, Draft(problems=(problem,)))
    files, problem = await uploads.look_at(request, files, None)
    if problem:
        return await show_again(request, actor, Draft(text=text, problems=(problem,)))
    person_id, key = actor.person_id or 0, drafts.usable_key(form.text("key", 40))
    async with home.database.transaction() as session:
        case = await readable_case(request, session, actor)
        if await sending.begin(session, person_id, key, home.desk.clock.now()):
            words = Words(text=text, channel=Channel.WEB)
            held = await service.add_message(session, home.desk, case, actor, words, files=files)
            await sending.finish(session, person_id, key, held)
        number = await sending.led_to(session, person_id, key) or case.number
    return see_other(f"/cases/{number}", done="written")


async def stop_watching(request: web.Request) -> web.StreamResponse:
    """Let the visitor follow the case no longer."""
    actor = signed_in(request)
    home = shell(request)
    async with home.database.transaction() as session:
        case = await readable_case(request, session, actor)
        await watching.stop_watching(session, home.desk, case, actor, Channel.WEB)
    return see_other(f"/cases/{case.number}", done="unwatched")


async def decide(request: web.Request) -> web.StreamResponse:
    """Accept or refuse the answer, with a comment; one that says the opposite is asked about once."""
    actor = signed_in(request)
    home = shell(request)
    form = await posted(request)
    decision, comment = form.text("decision", 10), form.text("comment", 10_000)
    if decision not in {"accept", "refuse"}:
        raise InvalidInput({"decision": gettext(request, "Choose yes or no.")})
    if not form.text("sure", 5) and contradicts(comment, accepted=decision == "accept"):
        return await show_again(request, actor, Draft(decision=decision, comment=comment))
    async with home.database.transaction() as session:
        case = await readable_case(request, session, actor)
        await service.decide(
            session, home.desk, case, actor, accepted=decision == "accept", comment=comment, channel=Channel.WEB
        )
    back = local_path(form.text("back", 500), f"/cases/{case.number}")
    return see_other(back, done="accepted" if decision == "accept" else "refused")


async def come_back(request: web.Request) -> web.StreamResponse:
    """Open a case again that was closed because its requester did not answer."""
    actor = signed_in(request)
    home = shell(request)
    comment = (await posted(request)).text("comment", 10_000)
    async with home.database.transaction() as session:
        case = await readable_case(request, session, actor)
        await unanswered.come_back(session, home.desk, case, actor, comment=comment, channel=Channel.WEB)
    return see_other(f"/cases/{case.number}", done="reopened")

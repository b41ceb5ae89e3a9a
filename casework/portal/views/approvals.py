"""Approvals: what waits for a person's word, what a request says, and their yes or no."""

from aiohttp import web
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.approvals import service, store
from casework.approvals.models import Approval
from casework.attachments import service as attachments
from casework.attachments.models import Attachment
from casework.audit import service as audit
from casework.cases.models import Case
from casework.errors import InvalidInput, NotFound
from casework.messages.models import Channel
from casework.people import store as people
from casework.people.models import Actor
from casework.portal.forms import read_aloud
from casework.portal.shell.bodies import posted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import gettext, render_page
from casework.portal.shell.redirects import see_other
from casework.portal.shell.visitor import signed_in
from casework.portal.views.attachments import as_download, note_reading


async def list_approvals(request: web.Request) -> web.StreamResponse:
    """Show what waits for a person's word, and what they decided last."""
    actor = signed_in(request)
    async with shell(request).database.reading() as session:
        waiting = await store.waiting_for(session, actor.person_id or 0)
        decided = await store.decided_by(session, actor.person_id or 0)
        concerned = {asking.for_id for _, asking, _ in waiting if asking.for_id}
        concerned |= {case.requester_id for _, _, case in waiting} | {case.requester_id for _, case in decided}
        names = await people.names(session, concerned)
    return render_page(request, "portal/approvals.html", waiting=waiting, decided=decided, names=names)


async def show_approval(request: web.Request) -> web.StreamResponse:
    """Show what a request says to somebody who is asked to approve it; the opening is written down."""
    actor = signed_in(request)
    async with shell(request).database.transaction() as session:
        return await _draw(request, session, actor, problem="")


async def _draw(
    request: web.Request, session: AsyncSession, actor: Actor, *, problem: str, reason: str = ""
) -> web.Response:
    home = shell(request)
    approval_id = int(request.match_info["id"])
    try:
        approval, case, acting = await service.asked_of(session, home.desk, approval_id, actor)
    except service.AlreadyDecided:
        return await _draw_decided(request, session, await store.approval(session, approval_id))
    audit.record(session, at=home.desk.clock.now(), action="read", actor=acting, channel=Channel.WEB, case_id=case.id)
    form = home.desk.catalogue.form(approval.form_key)
    return render_page(
        request,
        "portal/approval.html",
        status=422 if problem else 200,
        approval=approval,
        case=case,
        form=form,
        answers=read_aloud(form, approval.fields, actor.language) if form else (),
        files=await _documents(session, case),
        requester=(await people.person(session, case.requester_id)).name,
        acts_for=acting.acts_for,
        problem=problem,
        reason=reason,
    )


async def _draw_decided(request: web.Request, session: AsyncSession, approval: Approval) -> web.Response:
    """Say that there is nothing left to decide: who decided, and nothing of the request."""
    names = await people.names(session, [approval.decided_by_id] if approval.decided_by_id else [])
    decided_by = names.get(approval.decided_by_id or 0, "")
    return render_page(request, "portal/approval_decided.html", approval=approval, decided_by=decided_by)


async def _documents(session: AsyncSession, case: Case) -> list[Attachment]:
    """Return the files of a request that an approver may see: nothing about health, and nothing internal."""
    files = await attachments.of_case(session, case.id, with_internal=False)
    return [file for file in files if file.sensitive is None]


async def decide(request: web.Request) -> web.StreamResponse:
    """Give or refuse an approval; a refusal needs a reason, which the requester reads."""
    actor = signed_in(request)
    home = shell(request)
    sent = await posted(request)
    decision, reason = sent.text("decision", 10), sent.text("reason", 10_000)
    if decision not in {"approve", "refuse"}:
        raise InvalidInput({"decision": gettext(request, "Choose yes or no.")})
    async with home.database.transaction() as session:
        if decision == "refuse" and not reason:
            problem = gettext(request, "Write why you refuse: the requester will read it.")
            return await _draw(request, session, actor, problem=problem)
        approval_id = int(request.match_info["id"])
        await service.decide(
            session, home.desk, approval_id, actor, approved=decision == "approve", reason=reason, channel=Channel.WEB
        )
    return see_other("/approvals", done="approved" if decision == "approve" else "approval_refused")


async def download(request: web.Request) -> web.StreamResponse:
    """Hand a file of a request to somebody who is asked to approve it, and write the reading down."""
    actor = signed_in(request)
    home = shell(request)
    async with home.database.transaction() as session:
        _, case, acting = await service.asked_of(session, home.desk, int(request.match_info["id"]), actor)
        query = select(Attachment).where(
            Attachment.id == int(request.match_info["file"]), Attachment.case_id == case.id
        )
        file = (await session.execute(query)).scalar_one_or_none()
        if file is None or file.internal or file.sensitive is not None:
            raise NotFound
        note_reading(session, home.desk, case, file, acting)
    return as_download(file, await home.desk.storage.get(file.sha256))

"""What an admin does with received mail: look for it, open it, save it as a file, release it."""

from collections.abc import Mapping, Sequence
from functools import partial

from aiohttp import web

from casework.audit import service as audit
from casework.cases.permissions import Action
from casework.errors import Conflict, NotFound
from casework.messages.models import Channel
from casework.outbox import service as outbox
from casework.outbox import store as outbox_store
from casework.outbox.models import OutboxMail
from casework.people import store as people
from casework.portal.shell.headers import DOWNLOAD_POLICY
from casework.portal.shell.keys import shell
from casework.portal.shell.log_filter import read_log_filter
from casework.portal.shell.pages import render_page
from casework.portal.shell.redirects import see_other
from casework.portal.shell.visitor import admitted
from mail_gateway import store
from mail_gateway.pages import reading, reasons
from mail_gateway.store import RELEASABLE, MailState

TO_LOOK_AT = "attention"
SHOWN: Mapping[str, Sequence[MailState]] = {
    TO_LOOK_AT: RELEASABLE,
    **{state.value: (state,) for state in MailState},
    "all": tuple(MailState),
}
LONGEST_ID = 9


async def list_mails(request: web.Request) -> web.StreamResponse:
    """Show the received mails as an admin filters them; first those that wait for an admin."""
    admitted(request, Action.ADMINISTER)
    chosen = read_log_filter(request.query)
    shows = request.query.get("state", TO_LOOK_AT)
    shows = shows if shows in SHOWN else TO_LOOK_AT
    async with shell(request).database.reading() as session:
        page = await reading.mails(session, chosen, SHOWN[shows], before=_before(request))
        counts = await reading.count_releasable(session)
        outgoing = await outbox_store.standing_aside(session, limit=reading.PAGE) if shows == TO_LOOK_AT else ()
        mailboxes = await reading.mailboxes(session)
    return render_page(
        request,
        "mail/mails.html",
        page=page,
        shows=shows,
        chosen=chosen,
        counts=counts,
        outgoing=outgoing,
        mailboxes=mailboxes,
        why=partial(reasons.in_words, request),
        as_stored=reasons.as_stored,
    )


def _before(request: web.Request) -> int | None:
    text = request.query.get("before", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID else None


async def show_mail(request: web.Request) -> web.StreamResponse:
    """Show what is known of one mail; the opening itself is written down."""
    actor = admitted(request, Action.ADMINISTER)
    home = shell(request)
    async with home.database.transaction() as session:
        found = await reading.mail(session, int(request.match_info["id"]))
        audit.record(
            session,
            at=home.desk.clock.now(),
            action="read_mail",
            actor=actor,
            channel=Channel.WEB,
            case_id=found.mail.case_id,
            details={"mail": found.mail.id},
        )
        header = await reading.header_text(session, found.mail.id)
        names = await people.names(session, [found.mail.person_id] if found.mail.person_id else [])
    return render_page(
        request,
        "mail/mail.html",
        mail=found.mail,
        number=found.case_number,
        person=names.get(found.mail.person_id or 0, ""),
        header=header,
        may_release=found.mail.state in RELEASABLE,
        why=reasons.in_words(request, found.mail),
        stored=reasons.as_stored(found.mail),
    )


async def download_mail(request: web.Request) -> web.StreamResponse:
    """Hand out the bytes of a mail as they arrived, as a file to save, and write that down."""
    actor = admitted(request, Action.ADMINISTER)
    home = shell(request)
    async with home.database.transaction() as session:
        found = await reading.mail(session, int(request.match_info["id"]))
        audit.record(
            session,
            at=home.desk.clock.now(),
            action="download_mail",
            actor=actor,
            channel=Channel.WEB,
            case_id=found.mail.case_id,
            details={"mail": found.mail.id, "sha256": found.mail.sha256},
        )
        raw = await store.raw(session, found.mail.id)
    disposition = f'attachment; filename="mail-{found.mail.id}.eml"'
    return web.Response(
        body=raw,
        content_type="message/rfc822",
        headers={"Content-Disposition": disposition, "Content-Security-Policy": DOWNLOAD_POLICY},
    )


async def release_mail(request: web.Request) -> web.StreamResponse:
    """Have a held or shunted mail worked on again, with the admin's word for its sender."""
    actor = admitted(request, Action.ADMINISTER)
    home = shell(request)
    async with home.database.transaction() as session:
        mail = (await reading.mail(session, int(request.match_info["id"]))).mail
        details = {"mail": mail.id, "from": mail.from_address, "state": mail.state, "reason": mail.reason}
        try:
            await store.release(session, mail.id)
        except NotFound as error:
            raise Conflict from error
        audit.record(
            session,
            at=home.desk.clock.now(),
            action="release_mail",
            actor=actor,
            channel=Channel.WEB,
            case_id=mail.case_id,
            details=details,
        )
    return see_other(f"/admin/mail/{mail.id}", done="released")


async def release_outgoing(request: web.Request) -> web.StreamResponse:
    """Have a mail of ours that is held or failed leave after all; who let it go, and what held it, is written down."""
    actor = admitted(request, Action.ADMINISTER)
    home = shell(request)
    now = home.desk.clock.now()
    async with home.database.transaction() as session:
        mail = await session.get(OutboxMail, int(request.match_info["id"]))
        if mail is None:
            raise NotFound
        details = {
            "mail": mail.id,
            "to": mail.to_address,
            "state": mail.state,
            "reason": mail.reason or mail.last_reply,
        }
        try:
            await outbox.release(session, mail.id, now=now)
        except NotFound as error:
            raise Conflict from error
        audit.record(
            session,
            at=now,
            action="release_outgoing_mail",
            actor=actor,
            channel=Channel.WEB,
            case_id=mail.case_id,
            details=details,
        )
    return see_other("/admin/mail", done="released")

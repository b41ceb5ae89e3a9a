"""The catalogue that is in force, the settings in force, and the jobs that failed."""

from aiohttp import web

from casework.administration import reading
from casework.administration.addresses import before
from casework.administration.settings_in_force import SETTINGS_IN_FORCE
from casework.audit import service as audit
from casework.cases.permissions import Action
from casework.messages.models import Channel
from casework.outbox import service as outbox
from casework.outbox.service import RELEASABLE
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import render_page
from casework.portal.shell.redirects import see_other
from casework.portal.shell.visitor import admitted
from casework.webhooks import service as webhooks


async def show_catalogue(request: web.Request) -> web.StreamResponse:
    """Show the catalogue's version in force, its forms, and the versions that cases are on."""
    admitted(request, Action.ADMINISTER)
    async with shell(request).database.reading() as session:
        versions = await reading.cases_by_version(session)
    return render_page(request, "admin/catalogue.html", versions=versions)


async def show_settings(request: web.Request) -> web.StreamResponse:
    """Show each setting with its value, secrets hidden, and where it came from."""
    admitted(request, Action.ADMINISTER)
    return render_page(request, "admin/settings.html", settings=request.app[SETTINGS_IN_FORCE])


async def show_jobs(request: web.Request) -> web.StreamResponse:
    """Show what the desk tried to send and could not."""
    admitted(request, Action.ADMINISTER)
    async with shell(request).database.reading() as session:
        mails = await reading.failed_mails(session, before(request))
        deliveries = await reading.failing_deliveries(session)
    return render_page(request, "admin/jobs.html", mails=mails, deliveries=deliveries, releasable=RELEASABLE)


async def retry_mail(request: web.Request) -> web.StreamResponse:
    """Have a held or failed mail leave after all."""
    actor = admitted(request, Action.ADMINISTER)
    home = shell(request)
    mail_id = int(request.match_info["id"])
    async with home.database.transaction() as session:
        now = home.desk.clock.now()
        await outbox.release(session, mail_id, now=now)
        audit.record(
            session,
            at=now,
            action="release_outgoing_mail",
            actor=actor,
            channel=Channel.WEB,
            details={"mail": mail_id},
        )
    return see_other("/admin/jobs", done="again")


async def retry_delivery(request: web.Request) -> web.StreamResponse:
    """Have a notification sent once more."""
    admitted(request, Action.ADMINISTER)
    home = shell(request)
    async with home.database.transaction() as session:
        await webhooks.retry(session, int(request.match_info["id"]), home.desk.clock.now())
    return see_other("/admin/jobs", done="again")

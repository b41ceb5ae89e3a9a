"""What the mail gateway hands to the portal."""

from aiohttp import web

from casework.people.models import Role
from casework.portal.shell.panels import Panel, Place
from casework.portal.shell.section import Link, Section
from casework.portal.shell.wording import sentence
from mail_gateway.pages import panels, views

MAILS = "/admin/mail"
MAIL = MAILS + r"/{id:\d{1,9}}"

SECTION = Section(
    domain="mail",
    routes=(
        web.get(MAILS, views.list_mails),
        web.get(MAIL, views.show_mail),
        web.get(MAIL + "/raw", views.download_mail),
        web.post(MAIL + "/release", views.release_mail),
        web.post(MAILS + r"/outgoing/{id:\d{1,9}}/release", views.release_outgoing),
    ),
    panels=(
        Panel(Place.CASE_PAGE, panels.on_case),
        Panel(Place.CASE_LOG, panels.in_case_log),
        Panel(Place.ADMIN, panels.for_admins),
    ),
    links=(Link(MAILS, sentence("Received mails"), frozenset({Role.ADMIN}), admin=True),),
)

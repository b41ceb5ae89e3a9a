"""What these pages hand to the portal."""

from aiohttp import web

from casework.administration import house_views, people_views, program_views
from casework.people.models import Role
from casework.portal.shell.section import Link, Section
from casework.portal.shell.wording import sentence

ID = r"/{id:\d{1,9}}"
ADMINS = frozenset({Role.ADMIN})

SECTION = Section(
    domain="admin",
    routes=(
        web.get("/admin/users", people_views.list_users),
        web.get("/admin/users" + ID, people_views.show_user),
        web.post("/admin/users" + ID, people_views.change_user),
        web.get("/admin/organisations", people_views.list_organisations),
        web.get("/admin/catalogue", house_views.show_catalogue),
        web.get("/admin/settings", house_views.show_settings),
        web.get("/admin/jobs", house_views.show_jobs),
        web.post("/admin/jobs/mails" + ID, house_views.retry_mail),
        web.post("/admin/jobs/notifications" + ID, house_views.retry_delivery),
        web.get("/admin/tokens", program_views.list_tokens),
        web.post("/admin/tokens", program_views.make_token),
        web.post("/admin/tokens" + ID + "/revoke", program_views.revoke_token),
        web.get("/admin/webhooks", program_views.list_webhooks),
        web.post("/admin/webhooks", program_views.make_webhook),
        web.post("/admin/webhooks" + ID + "/remove", program_views.remove_webhook),
    ),
    links=(
        Link("/admin/jobs", sentence("Failed jobs"), ADMINS, admin=True),
        Link("/admin/users", sentence("Users"), ADMINS, admin=True),
        Link("/admin/organisations", sentence("Organisations"), ADMINS, admin=True),
        Link("/admin/catalogue", sentence("Versions of the catalogue"), ADMINS, admin=True),
        Link("/admin/settings", sentence("Settings in force"), ADMINS, admin=True),
        Link("/admin/tokens", sentence("Tokens of programs"), ADMINS, admin=True),
        Link("/admin/webhooks", sentence("Notifications to other systems"), ADMINS, admin=True),
    ),
)

"""The addresses of the desk's own pages."""

from aiohttp import web

from casework.portal.shell.section import Section
from casework.portal.views import (
    attachments,
    case,
    case_log,
    cases,
    catalogue,
    front,
    handling,
    profile,
    sign_in,
    start,
    workspace,
)

NUMBER = r"/cases/{number:[A-Za-z]{3}\d{7}}"
ID = r"{id:\d{1,9}}"

ROUTES = (
    web.get("/", front.show_front),
    web.get("/sign-in", sign_in.show_sign_in),
    web.post("/sign-in", sign_in.send_code),
    web.post("/sign-in/code", sign_in.redeem_code),
    web.post("/sign-out", sign_in.sign_out),
    web.get("/search", start.search),
    web.get("/cases", cases.list_cases),
    web.get("/tasks", cases.list_tasks),
    web.get(NUMBER, case.show_case),
    web.post(NUMBER + "/messages", case.write),
    web.post(NUMBER + "/decision", case.decide),
    web.post(NUMBER + "/claim", handling.claim),
    web.post(NUMBER + "/reply", handling.reply),
    web.post(NUMBER + "/form", handling.classify),
    web.get("/attachments/" + ID, attachments.download),
    web.get("/catalogue", catalogue.show_catalogue),
    web.get("/catalogue/forms/{key}", catalogue.show_form),
    web.post("/catalogue/forms/{key}", catalogue.file_form),
    web.get("/workspace", workspace.show_workspace),
    web.get("/admin", case_log.show_admin),
    web.get("/admin/log", case_log.show_log),
    web.get("/admin/log/export", case_log.export_log),
    web.get("/profile", profile.show_profile),
    web.post("/profile/language", profile.change_language),
    web.post("/profile/sessions/" + ID + "/end", profile.end_session),
)

SECTION = Section(domain="portal", routes=ROUTES)

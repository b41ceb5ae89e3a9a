"""The addresses of the desk's own pages."""

from aiohttp import web

from casework.portal.shell.section import Section
from casework.portal.views import (
    front,
    sign_in,
    start,
)

ROUTES = (
    web.get("/", front.show_front),
    web.get("/sign-in", sign_in.show_sign_in),
    web.post("/sign-in", sign_in.send_code),
    web.post("/sign-in/code", sign_in.redeem_code),
    web.post("/sign-out", sign_in.sign_out),
    web.get("/search", start.search),
)

SECTION = Section(domain="portal", routes=ROUTES)

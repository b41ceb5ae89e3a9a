"""What payroll hands to the portal."""

from aiohttp import web

from casework.messages.models import EventKind
from casework.people.models import Role
from casework.portal.shell.panels import Panel, Place
from casework.portal.shell.section import Link, Section
from casework.portal.shell.wording import sentence
from payroll.pages import panels, previews, sentences, simulation, views

PAYROLL = "/admin/payroll"
LABEL = sentence("Payroll")
SIMULATION = "/pay/simulation"

SECTION = Section(
    domain="payroll",
    routes=(
        web.get(PAYROLL, views.show_payroll),
        web.get(PAYROLL + r"/runs/{id:\d{1,9}}", views.show_run),
        web.get(SIMULATION, simulation.show_simulation),
    ),
    panels=(
        Panel(Place.CASE_PAGE, previews.on_case),
        Panel(Place.CASE_PAGE, panels.on_case),
        Panel(Place.CASE_LOG, panels.in_case_log),
        Panel(Place.ADMIN, panels.for_admins),
    ),
    links=(
        Link(SIMULATION, sentence("Pay simulation")),
        Link(PAYROLL, LABEL, frozenset({Role.PAYROLL})),
        Link(PAYROLL, LABEL, frozenset({Role.ADMIN}), admin=True),
    ),
    narrators={EventKind.PAY_EFFECT: sentences.tell_effect, EventKind.PROBLEM: sentences.tell_problem},
)

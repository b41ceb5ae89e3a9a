"""What payroll hands to the portal."""

from aiohttp import web

from casework.messages.models import EventKind
from casework.people.models import Role
from casework.portal.shell.panels import Panel, Place
from casework.portal.shell.section import Link, Section
from casework.portal.shell.wording import sentence
from payroll.pages import panels, payslips, previews, sentences, signing, simulation, steps, views

PAYROLL = "/admin/payroll"
LABEL = sentence("Payroll")
PAYSLIPS = "/payslips"
MY_PAYSLIPS = sentence("My payslips")
SIMULATION = "/pay/simulation"

SECTION = Section(
    domain="payroll",
    routes=(
        web.get(PAYROLL, views.show_payroll),
        web.get(signing.PAGE, signing.show_law),
        web.post(signing.PAGE, signing.sign),
        web.post(signing.PAGE + r"/{id:\d{1,9}}/confirm", signing.confirm),
        web.post(signing.PAGE + r"/{id:\d{1,9}}/withdraw", signing.withdraw),
        web.post(PAYROLL + "/runs", steps.order_run),
        web.get(PAYROLL + r"/runs/{id:\d{1,9}}", views.show_run),
        web.get(SIMULATION, simulation.show_simulation),
        web.post(PAYROLL + r"/runs/{id:\d{1,9}}/step", steps.take_step),
        web.get(PAYROLL + r"/outputs/{id:\d{1,9}}", steps.fetch_output),
        web.get(PAYSLIPS, payslips.list_payslips),
        web.get(PAYSLIPS + r"/{id:\d{1,9}}", payslips.show_payslip),
        web.get(PAYSLIPS + r"/{id:\d{1,9}}/pdf", payslips.download_payslip),
        web.post(PAYSLIPS + r"/{id:\d{1,9}}/dispute", payslips.dispute_line),
        web.post(PAYSLIPS + r"/{id:\d{1,9}}/objection", payslips.object_to_repayment),
    ),
    panels=(
        Panel(Place.CASE_PAGE, previews.on_case),
        Panel(Place.CASE_PAGE, panels.on_case),
        Panel(Place.CASE_LOG, panels.in_case_log),
        Panel(Place.ADMIN, panels.for_admins),
    ),
    links=(
        Link(PAYSLIPS, MY_PAYSLIPS),
        Link(PAYROLL, LABEL, frozenset({Role.PAYROLL})),
        Link(PAYROLL, LABEL, frozenset({Role.ADMIN}), admin=True),
    ),
    narrators={EventKind.PAY_EFFECT: sentences.tell_effect, EventKind.PROBLEM: sentences.tell_problem},
)

"""What the desk's own pages show of pay: beside a case, in the case log, and to admins."""

from functools import partial

from aiohttp import web
from markupsafe import Markup

from casework.cases.models import Case
from casework.messages.models import Event, EventKind
from casework.people.models import Role
from casework.portal.shell.keys import shell
from casework.portal.shell.log_filter import LogFilter
from casework.portal.shell.pages import render_fragment
from casework.portal.shell.panels import PanelContext
from payroll.effects import declared, store
from payroll.pages import entries, reading, sentences
from payroll.pages.speech import Speech
from payroll.pages.views import read_id
from payroll.runs import problems

STAFF = (Role.HANDLER, Role.PAYROLL, Role.ADMIN)
SHOWN_IN_LOG = 20


async def on_case(context: PanelContext) -> Markup:
    """Draw how far a case has come on its way to pay; for staff, and never on a request of one's own."""
    case, actor = context.subject, context.actor
    if not isinstance(case, Case) or actor is None or not actor.has(*STAFF) or actor.person_id == case.requester_id:
        return Markup()
    effects = await store.of_case(context.session, case.id)
    expected = "" if effects else _expected(context.request, case)
    if not effects and not expected:
        return Markup()
    speech = Speech.to(context.request)
    return render_fragment(
        context.request,
        "payroll/case_panel.html",
        effects=effects,
        expected=expected,
        facts=await store.facts_of_case(context.session, case.number),
        problems=await problems.of_case(context.session, case.id),
        say=speech,
        what=partial(sentences.problem, speech),
        remedy=partial(sentences.remedy, speech),
    )


def _expected(request: web.Request, case: Case) -> str:
    """Return what will happen to a case that payroll has not seen: nothing, by itself, or any moment now."""
    form = shell(request).desk.catalogue.form(case.form_key or "")
    if form is None or form.payroll.kind in declared.NO_EFFECT:
        return ""
    return "any_moment" if case.is_closed else "when_closed"


async def in_case_log(context: PanelContext) -> Markup:
    """Draw what payroll wrote on timelines, as far as the admin's choice meets it."""
    chosen = context.subject if isinstance(context.subject, LogFilter) else LogFilter()
    before = read_id(context.request, "pay_before")
    found = await entries.find(context.session, chosen, before, SHOWN_IN_LOG)
    if not found.rows:
        return Markup()
    older = context.request.rel_url.update_query(pay_before=str(found.next_before)) if found.next_before else ""
    return render_fragment(
        context.request,
        "payroll/log_panel.html",
        rows=found.rows,
        older=str(older),
        tell=partial(_tell, Speech.to(context.request)),
    )


def _tell(speech: Speech, event: Event) -> str:
    if event.kind == EventKind.PAY_EFFECT:
        return sentences.effect(speech, event.data.get("months", ()))
    return sentences.problems(speech, event.data.get("problems", ()))


async def for_admins(context: PanelContext) -> Markup:
    """Draw how many problems of payroll wait for somebody."""
    count = await reading.count_problems(context.session)
    return render_fragment(context.request, "payroll/admin_panel.html", count=count)

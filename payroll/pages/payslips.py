"""My payslips: the list by year, one slip with its lines, its PDF, and the dispute of a line.

What somebody earns is shown to whoever proved more than that they read a mailbox (docs/decisions/0006).
"""

import asyncio
from functools import partial
from itertools import groupby

from aiohttp import web
from sqlalchemy.ext.asyncio import AsyncSession

from casework.audit import service as audit
from casework.cases import service as cases
from casework.clock import local_date
from casework.errors import InvalidInput, NotFound
from casework.messages.models import Channel
from casework.messages.service import Words
from casework.people.models import LANGUAGES
from casework.portal.shell.bodies import posted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import gettext, render_page
from casework.portal.shell.redirects import see_other
from casework.portal.shell.visitor import require_level, signed_in, visitor
from casework.portal.shell.wording import sentence
from payroll.errors import PayrollError
from payroll.pages.downloads import download
from payroll.pages.speech import Speech
from payroll.payslips import document, explanation, store
from payroll.payslips.models import PaySlip
from payroll.payslips.slip import Slip, SlipLine
from payroll.repayments import service as repayments
from payroll.repayments.models import RepaymentPlan

FORM = "pay_question"
LONGEST_WORDS = 4000
SUBJECT = sentence("Payslip of %(month)s: %(line)s")
OBJECTION = sentence("Objection to the repayment on the payslip of %(month)s")
REFUSALS: dict[type[PayrollError], str] = {
    repayments.PlanSettled: sentence("You objected already, or it was decided; this is how it stands now."),
    repayments.TermOver: sentence("The thirty days in which one can object have passed."),
}
QUOTED = sentence("Line on the payslip of %(month)s: %(line)s, %(amount)s")


async def list_payslips(request: web.Request) -> web.StreamResponse:
    """Show a person's own payslips, by year."""
    actor = require_level(request)
    async with shell(request).database.reading() as session:
        slips = await store.of_person(session, actor.person_id or 0)
    read = [(slip.id, Slip.of(slip.content)) for slip in slips]
    years = [(year, list(of_year)) for year, of_year in groupby(read, key=lambda one: one[1].period[:4])]
    return render_page(request, "payroll/payslips.html", years=years, say=Speech.to(request))


async def show_payslip(request: web.Request) -> web.StreamResponse:
    """Show one payslip to the person it is of, or to an officer; the reading is written down."""
    async with shell(request).database.transaction() as session:
        kept = await _read(request, session, "read_payslip")
        return await _draw(request, session, kept)


async def _draw(
    request: web.Request,
    session: AsyncSession,
    kept: PaySlip,
    *,
    problem: str = "",
    status: int = 422,
    chosen: str = "",
    words: str = "",
) -> web.Response:
    return render_page(
        request,
        "payroll/payslip.html",
        status=status if problem else 200,
        kept=kept,
        slip=Slip.of(kept.content),
        plan=await repayments.of_person(session, kept.run_id, kept.person_id),
        today=local_date(shell(request).desk.clock.now()),
        cases=await store.cases(session, kept),
        is_own=kept.person_id == signed_in(request).person_id,
        ground=explanation.ground,
        problem=problem,
        chosen=chosen,
        words_sent=words,
        say=Speech.to(request),
    )


async def object_to_repayment(request: web.Request) -> web.StreamResponse:
    """Open a case in which somebody objects to paying back what their own payslip says."""
    actor = signed_in(request)
    home = shell(request)
    words = (await posted(request)).text("words", LONGEST_WORDS)
    try:
        async with home.database.transaction() as session:
            kept = await _read(request, session, "read_payslip")
            plan = await repayments.of_person(session, kept.run_id, kept.person_id)
            if plan is None or kept.person_id != actor.person_id:
                raise NotFound
            if not words:
                return await _draw(request, session, kept, problem=gettext(request, "Write why you object."))
            case = await cases.open_case(session, home.desk, actor, _objection(request, plan, words))
            await repayments.object_to(session, home.desk.clock, plan.id, actor, Channel.WEB, case.number)
    except (repayments.PlanSettled, repayments.TermOver) as refusal:
        problem = gettext(request, REFUSALS[type(refusal)])
        async with home.database.transaction() as session:
            kept = await _read(request, session, "read_payslip")
            return await _draw(request, session, kept, problem=problem, status=409)
    return see_other(f"/cases/{case.number}", done="sent")


def _objection(request: web.Request, plan: RepaymentPlan, words: str) -> cases.Request:
    subject = gettext(request, OBJECTION) % {"month": Speech.to(request).month(plan.period)}
    return cases.Request(
        subject=subject,
        words=Words(text=f"{subject}\n\n{words}", channel=Channel.WEB),
        form_key=FORM,
        fields={"month": plan.period, "question": words},
    )


async def download_payslip(request: web.Request) -> web.StreamResponse:
    """Hand over a payslip as a PDF, in the reader's language or the one that was asked for; it is written down."""
    async with shell(request).database.transaction() as session:
        kept = await _read(request, session, "download_payslip")
    wanted = request.query.get("language", "")
    language = wanted if wanted in LANGUAGES else visitor(request).language
    slip = Slip.of(kept.content)
    content = await asyncio.to_thread(document.pdf, slip, language, kept.issued_at)
    return download(f"{slip.period}-{slip.number}-{slip.employee_number}-{language}.pdf", "application/pdf", content)


async def dispute_line(request: web.Request) -> web.StreamResponse:
    """Open a case about a line of one's own payslip, with the line quoted."""
    actor = require_level(request)
    home = shell(request)
    sent = await posted(request)
    chosen, words = sent.text("line", 60), sent.text("words", LONGEST_WORDS)
    async with home.database.transaction() as session:
        kept = await _read(request, session, "read_payslip")
        if kept.person_id != actor.person_id:
            raise NotFound
        if not words:
            problem = gettext(request, "Write what is wrong with this line.")
            return await _draw(request, session, kept, problem=problem, chosen=chosen)
        asked = _request(request, Slip.of(kept.content), chosen, words)
        case = await cases.open_case(session, home.desk, actor, asked)
    return see_other(f"/cases/{case.number}", done="sent")


def _request(request: web.Request, slip: Slip, chosen: str, words: str) -> cases.Request:
    speech, translate = Speech.to(request), partial(gettext, request)
    period, line = _line(request, slip, chosen)
    told = {"month": speech.month(period), "line": speech.wage_type(line.wage_type), "amount": speech.euro(line.amount)}
    quoted = translate(QUOTED) % told
    return cases.Request(
        subject=translate(SUBJECT) % told,
        words=Words(text=f"{quoted}\n\n{words}", channel=Channel.WEB),
        form_key=FORM,
        fields={"month": period, "payslip_line": f"{told['line']}: {told['amount']}", "question": words},
    )


def _line(request: web.Request, slip: Slip, chosen: str) -> tuple[str, SlipLine]:
    """Return the month and the line that a person chose. Raises `InvalidInput` for one that the slip does not have."""
    for month in slip.months:
        for line in month.lines:
            if chosen == f"{month.period} {line.wage_type}":
                return month.period, line
    raise InvalidInput({"line": gettext(request, "Choose a line of this payslip.")})


async def _read(request: web.Request, session: AsyncSession, action: str) -> PaySlip:
    actor = require_level(request)
    kept = await store.for_reader(session, int(request.match_info["id"]), actor)
    audit.record(
        session,
        at=shell(request).desk.clock.now(),
        action=action,
        actor=actor,
        channel=Channel.WEB,
        details={"payslip": kept.id, "period": kept.period, "employee_number": kept.content["employee_number"]},
    )
    return kept

"""Where somebody sees what their pay would come to under each working regime."""

from aiohttp import web

from casework.audit import service as audit
from casework.clock import local_date
from casework.messages.models import Channel
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import render_page
from casework.portal.shell.visitor import require_level
from payroll import simulation
from payroll.engine.periods import PayMonth
from payroll.facts import service as facts
from payroll.pages import law, sentences
from payroll.pages.speech import Speech

MONTHS_AHEAD = 6


async def show_simulation(request: web.Request) -> web.StreamResponse:
    """Show one's own month as it is and under each regime; that it was looked at is written down."""
    actor = require_level(request)
    home = shell(request)
    months = _months(PayMonth.of(local_date(home.desk.clock.now())))
    month = next((one for one in months if str(one) == request.query.get("month")), months[0])
    part = request.query.get("part", simulation.USUAL_PART)
    part = part if part in simulation.PARTS else simulation.USUAL_PART
    async with home.database.transaction() as session:
        moment = await facts.known_moment(session, home.desk.clock)
        simulated = await simulation.of_person(
            session, home.desk.catalogue, law.in_use(request), actor.person_id or 0, month, part, moment
        )
        audit.record(
            session,
            at=home.desk.clock.now(),
            action="read_pay_simulation",
            actor=actor,
            channel=Channel.WEB,
            details={"period": str(month)},
        )
    speech, problem = Speech.to(request), simulated.problem
    form = home.desk.catalogue.form(simulation.FORM)
    field = form.field(simulation.FIELD) if form is not None else None
    return render_page(
        request,
        "payroll/simulation.html",
        simulated=simulated,
        labels={option.key: option.label.in_(speech.language) for option in (field.options if field else ())},
        months=[str(one) for one in months],
        part=part,
        parts=simulation.PARTS,
        problem=sentences.problem(speech, problem.rule, problem.period, problem.on) if problem else "",
        say=speech,
    )


def _months(first: PayMonth) -> list[PayMonth]:
    months = [first]
    while len(months) <= MONTHS_AHEAD:
        months.append(months[-1].following)
    return months

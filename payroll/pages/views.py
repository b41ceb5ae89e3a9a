"""Where payroll's officers and admins see what waits for them, the open months, and what the runs came to."""

from functools import partial

from aiohttp import web

from casework.audit import service as audit
from casework.cases.permissions import Action
from casework.clock import local_date
from casework.messages.models import Channel
from casework.people.models import Actor
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import render_page
from casework.portal.shell.visitor import admitted, require_level
from payroll.engine.periods import PayMonth
from payroll.pages import advice, reading, sentences
from payroll.pages.speech import Speech
from payroll.runs import store

LONGEST_ID = 9


async def show_payroll(request: web.Request) -> web.StreamResponse:
    """Show the problems that stand, the open months as last calculated, and the runs."""
    admitted(request, Action.RUN_PAY)
    after, before = read_id(request, "after"), read_id(request, "before")
    async with shell(request).database.reading() as session:
        problems = await reading.standing_problems(session, after or 0)
        count = await reading.count_problems(session)
        months = await store.calculations(session)
        runs = await reading.runs(session, before)
    speech = Speech.to(request)
    return render_page(
        request,
        "payroll/payroll.html",
        problems=problems,
        count=count,
        months=months,
        runs=runs,
        this_month=str(PayMonth.of(local_date(shell(request).desk.clock.now()))),
        say=speech,
        what=partial(sentences.problem, speech),
        remedy=partial(sentences.remedy, speech),
    )


async def show_run(request: web.Request) -> web.StreamResponse:
    """Show what a run came to for each person; that somebody looked at their pay is written down."""
    admitted(request, Action.RUN_PAY)
    return await draw_run(request, require_level(request), int(request.match_info["id"]))


async def draw_run(request: web.Request, actor: Actor, run_id: int, problem: str = "") -> web.Response:
    """Draw a run: where it stands, what keeps it, what it made and what it came to; `problem` is why a step failed."""
    home = shell(request)
    async with home.database.transaction() as session:
        run = await reading.run(session, run_id)
        people = await reading.run_rows(session, run, read_id(request, "after") or 0)
        state = await reading.run_state(session, run, [row.person_id for row in people.rows])
        audit.record(
            session,
            at=home.desk.clock.now(),
            action="read_pay_run",
            actor=actor,
            channel=Channel.WEB,
            details={"run": run.id, "period": run.period, "people": [row.employee_number for row in people.rows]},
        )
    speech = Speech.to(request)
    return render_page(
        request,
        "payroll/run.html",
        status=409 if problem else 200,
        run=run,
        people=people,
        state=state,
        tables={name: speech.translate(title) for name, title in advice.TABLES.items()},
        problem=problem,
        say=speech,
        what=partial(sentences.problem, speech),
        remedy=partial(sentences.remedy, speech),
    )


def read_id(request: web.Request, name: str) -> int | None:
    """Read from the query where a part of a list begins; what cannot be read is left out."""
    text = request.query.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) <= LONGEST_ID else None

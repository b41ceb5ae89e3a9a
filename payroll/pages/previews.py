"""Shows what a ticket would change in pay before it is closed: to its handler, and to the one whose pay it is."""

from markupsafe import Markup

from casework.audit import service as audit
from casework.cases.models import Case, Status
from casework.cases.permissions import Action, may
from casework.messages.models import Channel
from casework.people.models import Actor
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import render_fragment
from casework.portal.shell.panels import PanelContext
from casework.portal.shell.visitor import is_proven
from payroll.effects import preview
from payroll.effects.preview import Preview
from payroll.facts import service as facts
from payroll.pages import law, sentences
from payroll.pages.speech import Speech


async def on_case(context: PanelContext) -> Markup:
    """Draw what the ticket would change if it were closed now; that somebody was shown it is written down.

    Amounts are for a session that proved enough; any other is told how to prove more.
    The requester sees it while an answer waits for them, and only of their own pay; nobody else but a handler does.
    """
    case, actor, home = context.subject, context.actor, shell(context.request)
    if not isinstance(case, Case) or actor is None or not _may_ask(case, actor):
        return Markup()
    moment = await facts.known_moment(context.session, home.desk.clock) + facts.TICK
    expected = await preview.of_case(context.session, home.desk.catalogue, law.in_use(context.request), case, moment)
    if expected is None or not (may(actor, Action.HANDLE, case) or actor.person_id == expected.person_id):
        return Markup()
    if not is_proven(context.request):
        return render_fragment(context.request, "payroll/preview_unproven.html", case=case)
    if context.request.method == "GET":  # a form that is shown again shows what was read a moment ago
        audit.record(
            context.session,
            at=home.desk.clock.now(),
            action="read_pay_preview",
            actor=actor,
            channel=Channel.WEB,
            case_id=case.id,
            details={"months": [month.period for month in expected.months]},
        )
    return render_fragment(
        context.request, "payroll/preview_panel.html", expected=expected, **_words(Speech.to(context.request), expected)
    )


def _may_ask(case: Case, actor: Actor) -> bool:
    if case.is_closed:
        return False
    own = may(actor, Action.DECIDE, case) and case.status is Status.AWAITING_ACCEPTANCE
    return own or may(actor, Action.HANDLE, case)


def _words(speech: Speech, expected: Preview) -> dict[str, object]:
    problems = [sentences.problem(speech, one.rule, one.period, one.on) for one in expected.problems]
    unclear = expected.unclear
    if unclear is not None:
        problems.append(sentences.problem(speech, unclear.rule, None, unclear.on))
    return {"say": speech, "problems": problems}

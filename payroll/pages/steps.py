"""What officers do with a run: order it, look at it, approve, pay and close it, and fetch what it made."""

from aiohttp import web

from casework.audit import service as audit
from casework.cases.permissions import Action
from casework.errors import InvalidInput
from casework.messages.models import Channel
from casework.people.models import Actor
from casework.portal.shell.bodies import posted
from casework.portal.shell.keys import shell
from casework.portal.shell.pages import gettext
from casework.portal.shell.redirects import see_other
from casework.portal.shell.visitor import admitted, require_level
from casework.portal.shell.wording import sentence
from payroll import paying
from payroll.declarations import outputs
from payroll.declarations.outputs import OutputDiffers
from payroll.engine.errors import ColumnsInvalid
from payroll.engine.periods import PayMonth
from payroll.errors import PayrollError
from payroll.pages import law, reading, views
from payroll.pages.downloads import download
from payroll.payments.pain001 import PaymentFileInvalid
from payroll.reconciliation import NotReconciled
from payroll.runs.hindrances import OtherLaw, PartsBroken, RunHeld
from payroll.runs.ledger import LedgerBroken
from payroll.runs.lifecycle import (
    EarlierRunStands,
    OtherPayerNeeded,
    ProblemsStand,
    SecondPersonNeeded,
    StepNotAllowed,
)
from payroll.runs.service import Order, begin_anew, carry_out
from payroll.settings import PayrollSettings

DIFFERENT = sentence("The outputs differ from the ledger. Nothing was handed over; call the administrators.")
REFUSALS: dict[type[PayrollError], str] = {
    StepNotAllowed: sentence("Somebody went on with this run meanwhile; this is how it stands now."),
    SecondPersonNeeded: sentence("You ordered this run, so somebody else has to approve it."),
    OtherPayerNeeded: sentence("You approved this run and the schedule ordered it, so somebody else has to pay it."),
    ProblemsStand: sentence("Settle each problem below first; nobody is paid while one stands."),
    EarlierRunStands: sentence("An earlier run waits for approval; approve that one first."),
    NotReconciled: DIFFERENT,
    LedgerBroken: DIFFERENT,
    OutputDiffers: DIFFERENT,
    OtherLaw: sentence(
        "This run was begun with other law tables, or by another version of the program; the page says what to do."
    ),
    PartsBroken: sentence("The program failed on a part of this run; it is tried again by itself."),
    PaymentFileInvalid: sentence(
        "The file for the bank does not follow the bank's rules. Nothing was handed over; call the administrators."
    ),
}
STEPS = {"approve": paying.approve, "pay": paying.pay, "close": paying.close}
LOOK, ANEW = "look", "anew"


async def order_run(request: web.Request) -> web.StreamResponse:
    """Run a month for everybody, in the name of whoever asks."""
    actor = _officer(request)
    home = shell(request)
    try:
        month = PayMonth.parse((await posted(request)).text("period", 7))
    except ColumnsInvalid as error:
        raise InvalidInput({"period": gettext(request, "Choose a month.")}) from error
    order = Order(month, ordered_by_id=actor.person_id)
    clock = home.desk.clock
    try:
        run_id = await carry_out(home.database, clock, law.in_use(request), PayrollSettings(), order)
    except RunHeld as held:
        return await _refused(request, actor, held.run_id, held)
    try:
        await paying.look(home.database, clock, run_id)
    except StepNotAllowed as refusal:  # of two who order the same run, one may find it approved by somebody already
        return await _refused(request, actor, run_id, refusal)
    return see_other(f"/admin/payroll/runs/{run_id}", done="run")


async def take_step(request: web.Request) -> web.StreamResponse:
    """Look at a run, begin it anew, approve, pay or close it; a refusal is shown on its page with what to do."""
    actor = _officer(request)
    home = shell(request)
    run_id = int(request.match_info["id"])
    step = (await posted(request)).text("step", 10)
    async with home.database.reading() as session:
        await reading.run(session, run_id)
    try:
        if step == LOOK:
            await paying.look(home.database, home.desk.clock, run_id)
        elif step == ANEW:
            await begin_anew(
                home.database, home.desk.clock, law.in_use(request), PayrollSettings(), run_id, actor, Channel.WEB
            )
        elif step in STEPS:
            await STEPS[step](home.database, home.desk.clock, run_id, actor, Channel.WEB)
        else:
            raise InvalidInput({"step": gettext(request, "Choose what to do with the run.")})
    except tuple(REFUSALS) as refusal:
        return await _refused(request, actor, run_id, refusal)
    return see_other(f"/admin/payroll/runs/{run_id}", done=step)


async def _refused(request: web.Request, actor: Actor, run_id: int, refusal: PayrollError) -> web.Response:
    """Show a run as it stands, with why a step was not taken and what to do."""
    return await views.draw_run(request, actor, run_id, problem=gettext(request, REFUSALS[type(refusal)]))


async def fetch_output(request: web.Request) -> web.StreamResponse:
    """Hand an output to an officer, and write the reading down."""
    actor = _officer(request)
    home = shell(request)
    async with home.database.transaction() as session:
        output, content = await outputs.read(session, int(request.match_info["id"]))
        details = {"output": output.id, "kind": output.kind, "filename": output.filename, "sha256": output.sha256}
        audit.record(
            session,
            at=home.desk.clock.now(),
            action="read_pay_output",
            actor=actor,
            channel=Channel.WEB,
            details=details,
        )
    return download(output.filename, "application/octet-stream", content)


def _officer(request: web.Request) -> Actor:
    admitted(request, Action.RUN_PAY)
    return require_level(request)

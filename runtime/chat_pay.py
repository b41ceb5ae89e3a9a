"""What the chat tells of somebody's own pay; that it was looked at is written down."""

from babel.dates import format_date
from babel.numbers import format_currency

from bot.ports import Asker, ExplainedPayslip, PaySimulation, Refusal, RefusalReason, SimulatedRegime
from casework.audit import service as audit
from casework.clock import local_date
from casework.db import Database
from casework.desk import Desk
from casework.messages.models import Channel
from casework.people import store as people
from casework.portal.shell import formats
from payroll import simulation
from payroll.engine import parameters
from payroll.engine.money import Cents, format_cents
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.facts import service as facts
from payroll.payslips import explanation
from payroll.payslips import store as payslips
from payroll.payslips.slip import Slip
from payroll.simulation import Simulation

UNAVAILABLE = Refusal(RefusalReason.UNAVAILABLE)
NOT_PROVEN = Refusal(RefusalReason.NOT_PROVEN)


class ChatPayDesk:
    """Answers questions about pay from the real engine; leave is kept elsewhere, so nothing is said of it.

    As on the pages, what somebody earns is told to whoever proved well who they are, and to nobody else.
    """

    def __init__(self, database: Database, desk: Desk, law: ParameterSet | None = None) -> None:
        self._law = law if law is not None else parameters.packaged()
        self._database = database
        self._desk = desk

    async def explain_payslip(self, asker: Asker, language: str) -> ExplainedPayslip | Refusal:
        """Return the newest slip of a run that was paid, a sentence for each line; the reading is written down."""
        if not asker.is_proven:
            return NOT_PROVEN
        person_id = int(asker.person_id)
        async with self._database.transaction() as session:
            newest = next(iter(await payslips.of_person(session, person_id)), None)
            if newest is None:
                return UNAVAILABLE
            audit.record(
                session,
                at=self._desk.clock.now(),
                action="read_payslip",
                actor=await people.actor(session, person_id),
                channel=Channel.CHAT,
                details={
                    "payslip": newest.id,
                    "period": newest.period,
                    "employee_number": newest.content["employee_number"],
                },
            )
        return ExplainedPayslip(
            month=_month(PayMonth.parse(newest.period), language),
            lines=tuple(explanation.told(Slip.of(newest.content), language)),
            url=self._desk.settings.link(f"/payslips/{newest.id}"),
        )

    async def simulate(self, asker: Asker, language: str) -> PaySimulation | Refusal:
        """Return the net of this month as it is and under each regime whose pay can be said beforehand."""
        if not asker.is_proven:
            return NOT_PROVEN
        simulated = await self._simulated(int(asker.person_id))
        if simulated.problem is not None or not simulated.has_pay:
            return UNAVAILABLE
        form = self._desk.catalogue.form(simulation.FORM)
        field = form.field(simulation.FIELD) if form is not None else None
        labels = {option.key: option.label.in_(language) for option in (field.options if field else ())}
        return PaySimulation(
            month=_month(simulated.month, language),
            net=_euro(simulated.present.get("net", 0), language),
            regimes=tuple(
                SimulatedRegime(labels[one.regime], _euro(one.net, language))
                for one in simulated.regimes
                if one.net is not None
            ),
            url=self._desk.settings.link("/pay/simulation"),
        )

    async def leave_left(self, asker: Asker, language: str) -> Refusal:  # noqa: ARG002 -- the port names them
        """Answer that it is not available."""
        return UNAVAILABLE

    async def _simulated(self, person_id: int) -> Simulation:
        clock = self._desk.clock
        month = PayMonth.of(local_date(clock.now()))
        async with self._database.transaction() as session:
            moment = await facts.known_moment(session, clock)
            simulated = await simulation.of_person(
                session, self._desk.catalogue, self._law, person_id, month, simulation.USUAL_PART, moment
            )
            audit.record(
                session,
                at=clock.now(),
                action="read_pay_simulation",
                actor=await people.actor(session, person_id),
                channel=Channel.CHAT,
                details={"period": str(month)},
            )
        return simulated


def _month(month: PayMonth, language: str) -> str:
    return str(format_date(month.first_on, "MMMM y", locale=formats.LOCALES[language]))


def _euro(cents: Cents, language: str) -> str:
    return str(format_currency(format_cents(cents), "EUR", format="#,##0.00 ¤¤", locale=formats.LOCALES[language]))

"""Takes back what a case brought into pay, and settles what an officer entered: by new rows, never by deleting any."""

from sqlalchemy.ext.asyncio import AsyncSession

from casework.audit import service as audit
from casework.cases import store as cases
from casework.clock import Clock
from casework.people.models import Actor
from payroll.effects import store
from payroll.effects.models import EffectState
from payroll.errors import PayrollError
from payroll.facts import service as facts
from payroll.facts.models import FactSource
from payroll.facts.service import Origin
from payroll.runs import problems


class NothingToTakeBack(PayrollError):
    """The case has brought no fact that still counts."""


class NothingToSettle(PayrollError):
    """The case waits for no officer."""


async def take_back(session: AsyncSession, clock: Clock, number: str, officer: Actor, channel: str, reason: str) -> int:
    """Book a counter-fact against each fact of a case that was refused or corrected afterwards, and say how many.

    The months that the case touched are calculated again by the next run, which books the difference under the number
    of the case. Raises `NotFound`, or `NothingToTakeBack`.
    """
    moment = await facts.next_moment(session, clock)
    case = await cases.by_number(session, number)
    brought = await store.facts_of_case(session, case.number)
    origin = Origin(FactSource.OFFICER, officer.name, reason, case_number=case.number)
    booked = await facts.counter(session, brought, origin, moment)
    if not booked:
        raise NothingToTakeBack
    audit.record(
        session,
        at=clock.now(),
        action="take_back_pay_facts",
        actor=officer,
        channel=channel,
        case_id=case.id,
        details={"facts": booked, "reason": reason},
    )
    return booked


async def settle(session: AsyncSession, clock: Clock, number: str, officer: Actor, channel: str, reason: str) -> None:
    """Say that an officer entered what no rule works out: the problem of the case goes, with a reason in the log.

    Raises `NotFound`, or `NothingToSettle`.
    """
    await facts.next_moment(session, clock)
    case = await cases.by_number(session, number)
    effect = await store.latest_of_number(session, case.number)
    if effect is None or effect.state not in (EffectState.KEPT, EffectState.BY_HAND, EffectState.PROBLEM):
        raise NothingToSettle
    effect.state = EffectState.COMPLETE
    await problems.replace(session, f"case {case.number}", (), clock.now(), case_id=case.id)
    audit.record(
        session,
        at=clock.now(),
        action="settle_pay_effect",
        actor=officer,
        channel=channel,
        case_id=case.id,
        details={"reason": reason},
    )

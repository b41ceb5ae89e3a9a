"""Makes a plan of each negative net, keeps the objection term, and recovers an agreed plan by dated deductions."""

from collections.abc import Mapping, Sequence
from datetime import date, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.audit import service as audit
from casework.clock import Clock, local_date
from casework.messages.models import Channel
from casework.people.models import THE_DESK, Actor
from payroll.engine.money import Cents, format_cents
from payroll.engine.periods import PayMonth
from payroll.errors import PayrollError
from payroll.facts import service as facts
from payroll.facts.kinds import Treatment
from payroll.facts.models import FactKind, FactSource
from payroll.facts.service import Origin
from payroll.facts.timeline import Span
from payroll.repayments.models import PlanState, RepaymentPlan
from payroll.runs import problems
from payroll.runs.models import PayRun
from payroll.runs.problems import Problem

RULE = "repayment"
OBJECTION_TERM = timedelta(days=30)  # PersoPoint: an employee can contest a recalculation for thirty days
MOST_INSTALMENTS = 60


class PlanSettled(PayrollError):
    """There is no such plan that still waits for a decision."""


class TermRunning(PayrollError):
    """The employee can still object, or was not told yet: thirty days count from the day on which they are."""


class TermOver(PayrollError):
    """The term in which one can object has passed."""


class ToldInvalid(PayrollError):
    """An employee is told on a day between that on which the plan was made and today."""


class InstalmentsInvalid(PayrollError):
    """A plan has from 1 to 60 instalments, each of at least one cent."""


async def plan(session: AsyncSession, run: PayRun, owed: Mapping[int, Cents]) -> None:
    """Plan what each person owes after a run, in cents above zero; who has a plan of this run already keeps it.

    Each plan is a problem on the payroll page, which keeps no run up. The term begins when the employee is told.
    """
    if not owed:
        return
    query = select(RepaymentPlan.person_id).where(RepaymentPlan.run_id == run.id, RepaymentPlan.person_id.in_(owed))
    had = frozenset((await session.execute(query)).scalars())
    made_at = run.approved_at or run.known_at
    plans = [
        RepaymentPlan(
            run_id=run.id,
            person_id=person_id,
            period=run.period,
            owed=cents,
            made_at=made_at,
        )
        for person_id, cents in owed.items()
        if person_id not in had
    ]
    session.add_all(plans)
    await session.flush()
    for one in plans:
        await problems.replace(session, _source(one), [_problem(one)], made_at)


async def standing(session: AsyncSession) -> Sequence[RepaymentPlan]:
    """Return the plans that wait for a decision, oldest first."""
    waiting = RepaymentPlan.state.in_((PlanState.PROPOSED, PlanState.OBJECTED))
    return (await session.execute(select(RepaymentPlan).where(waiting).order_by(RepaymentPlan.id))).scalars().all()


async def of_person(session: AsyncSession, run_id: int, person_id: int) -> RepaymentPlan | None:
    """Return what a person owes after a run, if anything."""
    query = select(RepaymentPlan).where(RepaymentPlan.run_id == run_id, RepaymentPlan.person_id == person_id)
    return (await session.execute(query)).scalar_one_or_none()


async def told_by_mail(session: AsyncSession, clock: Clock, plan: RepaymentPlan, on: date) -> None:
    """Write down that the mail about a plan has left on a day; the term begins on that day."""
    await _begin_term(session, clock, plan, on)
    _log(session, clock, plan, THE_DESK, Channel.MAIL, "mail_of_repayment")


async def not_told_by_mail(session: AsyncSession, clock: Clock, plan: RepaymentPlan, on: date) -> None:
    """Stop the term that a mail of a day began, as the mail came back; it begins when an officer tells by letter."""
    if plan.objection_until != on + OBJECTION_TERM:
        return
    plan.objection_until = None
    await problems.replace(session, _source(plan), [_problem(plan)], clock.now())
    _log(session, clock, plan, THE_DESK, Channel.MAIL, "mail_of_repayment_came_back")


async def told(session: AsyncSession, clock: Clock, plan_id: int, actor: Actor, channel: str, on: date) -> None:
    """Write down that an officer told the employee by letter, who has no address; the term begins on that day.

    Raises `PlanSettled` for a plan whose term has begun, and `ToldInvalid`.
    """
    plan = await _waiting(session, plan_id)
    if plan.objection_until is not None:
        raise PlanSettled
    if not local_date(plan.made_at) <= on <= local_date(clock.now()):
        raise ToldInvalid
    plan.told_at = clock.now()  # a mail that had come back by then says no more about them
    await _begin_term(session, clock, plan, on)
    _log(session, clock, plan, actor, channel, "tell_of_repayment")


async def object_to(session: AsyncSession, clock: Clock, plan_id: int, actor: Actor, channel: str, reason: str) -> None:
    """Write down that the employee objects, once; nothing is recovered until somebody decides.

    `reason` may be the number of the case in which they say why. Raises `PlanSettled`, or `TermOver` after thirty days.
    """
    plan = await _waiting(session, plan_id)
    if plan.state == PlanState.OBJECTED:
        raise PlanSettled
    if plan.objection_until is not None and local_date(clock.now()) > plan.objection_until:
        raise TermOver
    if plan.objection_until is None:  # whoever objects before they were told knows, and is told no more
        await _begin_term(session, clock, plan, local_date(clock.now()))
    plan.state, plan.reason = PlanState.OBJECTED, reason
    _log(session, clock, plan, actor, channel, "object_to_repayment")


async def waive(session: AsyncSession, clock: Clock, plan_id: int, actor: Actor, channel: str, reason: str) -> None:
    """Let a debt go, with a reason. Raises `PlanSettled`."""
    plan = await _waiting(session, plan_id)
    await _settle(session, clock, plan, PlanState.WAIVED, actor, channel, reason)


async def agree(
    session: AsyncSession, clock: Clock, plan_id: int, actor: Actor, channel: str, instalments: int, since: PayMonth
) -> None:
    """Recover a debt by a deduction from the net of each of some months, the last of which takes what is left.

    Raises `PlanSettled`, `TermRunning` before the objection term has begun and passed, or `InstalmentsInvalid`.
    """
    moment = await facts.next_moment(session, clock)
    plan = await _waiting(session, plan_id)
    if plan.objection_until is None or local_date(clock.now()) <= plan.objection_until:
        raise TermRunning
    if not 1 <= instalments <= min(MOST_INSTALMENTS, plan.owed):
        raise InstalmentsInvalid
    origin = Origin(FactSource.OFFICER, actor.name, f"repayment plan {plan.id}")
    spans = [
        Span(month.first_on, month.first_on, {"about": RULE, "amount": cents, "treatment": Treatment.DEDUCTION.value})
        for month, cents in zip(_months(since, instalments), _shares(plan.owed, instalments), strict=True)
    ]
    facts.record(session, plan.person_id, FactKind.ONE_OFF, spans, origin, moment)
    plan.instalments = instalments
    await _settle(session, clock, plan, PlanState.AGREED, actor, channel, "")


def _shares(owed: Cents, instalments: int) -> list[Cents]:
    """Return equal shares in whole cents that add up to what is owed, the last one the largest."""
    share = owed // instalments
    return [share] * (instalments - 1) + [owed - share * (instalments - 1)]


def _months(since: PayMonth, count: int) -> list[PayMonth]:
    months = [since]
    while len(months) < count:
        months.append(months[-1].following)
    return months


async def _waiting(session: AsyncSession, plan_id: int) -> RepaymentPlan:
    plan = (
        await session.execute(select(RepaymentPlan).where(RepaymentPlan.id == plan_id).with_for_update())
    ).scalar_one_or_none()
    if plan is None or plan.state not in (PlanState.PROPOSED, PlanState.OBJECTED):
        raise PlanSettled
    return plan


async def _begin_term(session: AsyncSession, clock: Clock, plan: RepaymentPlan, told_on: date) -> None:
    """Let the thirty days in which the employee can object begin on the day on which they were told."""
    plan.objection_until = told_on + OBJECTION_TERM
    await problems.replace(session, _source(plan), [_problem(plan)], clock.now())


async def _settle(
    session: AsyncSession, clock: Clock, plan: RepaymentPlan, state: PlanState, actor: Actor, channel: str, reason: str
) -> None:
    plan.state, plan.reason = state, reason or plan.reason
    await problems.replace(session, _source(plan), (), clock.now())
    _log(session, clock, plan, actor, channel, f"{state}_repayment")


def _log(session: AsyncSession, clock: Clock, plan: RepaymentPlan, actor: Actor, channel: str, action: str) -> None:
    details = {"plan": plan.id, "person": plan.person_id, "reason": plan.reason}
    audit.record(session, at=clock.now(), action=action, actor=actor, channel=channel, details=details)


def _source(plan: RepaymentPlan) -> str:
    return f"repayment {plan.id}"


def _problem(plan: RepaymentPlan) -> Problem:
    until = plan.objection_until
    term = f"the employee can object until {until}, then" if until else "once the employee was told and has 30 days,"
    message = (
        f"{format_cents(plan.owed)} more is recovered than {plan.period} brings: plan {plan.id}; {term} "
        "agree on instalments"
    )
    return Problem(plan.person_id, RULE, plan.period, message, plan.objection_until)

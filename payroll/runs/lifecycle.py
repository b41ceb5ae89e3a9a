"""The only door to a run's state: calculated, approved by a second person, paid, closed; each step is written down."""

from datetime import datetime

from sqlalchemy import and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.audit import service as audit
from casework.people.models import Actor
from payroll.errors import PayrollError
from payroll.runs import problems, store
from payroll.runs.models import PayDifference, PayResult, PayRun, RunState


class StepNotAllowed(PayrollError):
    """A run cannot go from its state to the one that was asked for."""

    def __init__(self, run: PayRun, wanted: RunState) -> None:
        super().__init__(f"run {run.number} of {run.period} is {run.state}, so it cannot become {wanted}")


class SecondPersonNeeded(PayrollError):
    """A run is approved by another person than the one who ordered it."""


class OtherPayerNeeded(PayrollError):
    """Nobody is named who ordered the run, so another officer than the one who approved it has to pay it."""


class ProblemsStand(PayrollError):
    """A run with problems cannot be approved or paid; settle each of them and look again."""


class EarlierRunStands(PayrollError):
    """An earlier run was not approved yet; runs are approved in their order, as each corrects the ones before it."""


async def locked(session: AsyncSession, run_id: int) -> PayRun:
    """Return a run that nobody else changes until the transaction ends. Raises `PayrollError` if there is none."""
    run = (await session.execute(select(PayRun).where(PayRun.id == run_id).with_for_update())).scalar_one_or_none()
    if run is None:
        raise PayrollError(f"there is no run {run_id}")
    return run


async def approve(session: AsyncSession, run_id: int, actor: Actor, channel: str, now: datetime) -> PayRun:
    """Approve a run. Raises `StepNotAllowed`, `SecondPersonNeeded`, `ProblemsStand` or `EarlierRunStands`."""
    run = await locked(session, run_id)
    require(run, RunState.CALCULATED, RunState.APPROVED)
    if actor.person_id is None or actor.person_id == run.ordered_by_id:
        raise SecondPersonNeeded
    await require_no_problem(session, run)
    if await _earlier_stands(session, run):
        raise EarlierRunStands
    run.state, run.approved_by_id, run.approved_at = RunState.APPROVED, actor.person_id, now
    write_down(session, run, "approve_pay_run", actor, channel, now)
    return run


async def _earlier_stands(session: AsyncSession, run: PayRun) -> bool:
    """Whether an earlier run that booked something waits; one that could calculate nobody keeps nothing up."""
    result = select(PayResult.id).where(PayResult.run_id == PayRun.id).exists()
    difference = select(PayDifference.id).where(PayDifference.run_id == PayRun.id).exists()
    waiting = or_(PayRun.state == RunState.OPEN, and_(PayRun.state == RunState.CALCULATED, or_(result, difference)))
    earlier = select(PayRun.id).where(PayRun.id < run.id, waiting)
    return (await session.execute(earlier.limit(1))).scalar_one_or_none() is not None


async def mark_paid(session: AsyncSession, run_id: int, actor: Actor, channel: str, now: datetime) -> None:
    """Call an approved run paid. Raises `StepNotAllowed`, `OtherPayerNeeded` or `ProblemsStand`."""
    run = await locked(session, run_id)
    require_payer(run, actor)
    await require_no_problem(session, run)
    run.state, run.paid_by_id, run.paid_at = RunState.PAID, actor.person_id, now
    write_down(session, run, "pay_pay_run", actor, channel, now)


async def close(session: AsyncSession, run_id: int, actor: Actor, channel: str, now: datetime) -> PayRun:
    """Close a paid run. Raises `StepNotAllowed`."""
    run = await locked(session, run_id)
    require(run, RunState.PAID, RunState.CLOSED)
    run.state, run.closed_by_id, run.closed_at = RunState.CLOSED, actor.person_id, now
    write_down(session, run, "close_pay_run", actor, channel, now)
    return run


def require(run: PayRun, state: RunState, wanted: RunState) -> None:
    """Raise `StepNotAllowed` unless a run is in the state from which the wanted one follows."""
    if run.state != state:
        raise StepNotAllowed(run, wanted)


def require_payer(run: PayRun, actor: Actor) -> None:
    """Raise `StepNotAllowed` unless a run is approved, and `OtherPayerNeeded` unless two officers stand behind it."""
    require(run, RunState.APPROVED, RunState.PAID)
    if run.ordered_by_id is None and actor.person_id in (None, run.approved_by_id):
        raise OtherPayerNeeded


async def require_no_problem(session: AsyncSession, run: PayRun) -> None:
    """Raise `ProblemsStand` while the calculation or the payment of a run has a problem."""
    for source in sources(run):
        if await problems.of_source(session, source):
            raise ProblemsStand


def sources(run: PayRun) -> tuple[str, str, str]:
    """Return under which names a run keeps problems: of its calculation, of its payments, of what holds it up."""
    return store.source_of(run), payment_source(run), hindrance_source(run)


def payment_source(run: PayRun) -> str:
    """Return under which name a run keeps what stands in the way of its payments."""
    return f"payment {run.id}"


def hindrance_source(run: PayRun) -> str:
    """Return under which name a run keeps why it cannot be finished."""
    return f"unfinished run {run.id}"


def write_down(session: AsyncSession, run: PayRun, action: str, actor: Actor, channel: str, now: datetime) -> None:
    """Enter a step in the log."""
    details = {"run": run.id, "period": run.period, "number": run.number}
    audit.record(session, at=now, action=action, actor=actor, channel=channel, details=details)

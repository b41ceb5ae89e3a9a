"""Reads payslips: those of a person, one of them, and where its differences come from."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases.permissions import Action, may
from casework.errors import NotFound
from casework.people.models import Actor
from payroll.payslips.models import PaySlip
from payroll.runs.models import NO_CASE, PayDifference, PayRun, RunState

READABLE = (RunState.PAID, RunState.CLOSED)


async def of_person(session: AsyncSession, person_id: int) -> Sequence[PaySlip]:
    """Return the slips of a person whose runs were paid, the newest first."""
    query = select(PaySlip).join(PayRun).where(PaySlip.person_id == person_id, PayRun.state.in_(READABLE))
    return (await session.execute(query.order_by(PaySlip.period.desc(), PaySlip.id.desc()))).scalars().all()


async def for_reader(session: AsyncSession, slip_id: int, reader: Actor) -> PaySlip:
    """Return a slip to the person it is of, or to an officer. Raises `NotFound`: nobody else may know of it."""
    query = select(PaySlip).join(PayRun).where(PaySlip.id == slip_id, PayRun.state.in_(READABLE))
    slip = (await session.execute(query)).scalar_one_or_none()
    if slip is None or (slip.person_id != reader.person_id and not may(reader, Action.RUN_PAY)):
        raise NotFound
    return slip


async def of_run(session: AsyncSession, run_id: int, people: Sequence[int]) -> dict[int, int]:
    """Return the ids of the slips that a run issued to these people."""
    query = select(PaySlip.person_id, PaySlip.id).where(PaySlip.run_id == run_id, PaySlip.person_id.in_(people))
    return {person_id: slip_id for person_id, slip_id in await session.execute(query)}


async def cases(session: AsyncSession, slip: PaySlip) -> dict[tuple[str, str], list[str]]:
    """Return the numbers of the cases that the differences on a slip come from, by month and wage type."""
    query = select(PayDifference.period, PayDifference.wage_type, PayDifference.case_number).where(
        PayDifference.run_id == slip.run_id,
        PayDifference.person_id == slip.person_id,
        PayDifference.case_number != NO_CASE,
    )
    found: dict[tuple[str, str], list[str]] = {}
    for period, wage_type, number in await session.execute(query.order_by(PayDifference.case_number)):
        found.setdefault((period, wage_type), []).append(number)
    return found

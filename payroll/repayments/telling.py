"""Tells employees that a repayment was planned: by a link to their payslip, without an amount or what it is about."""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.clock import local_date
from casework.desk import Desk
from casework.outbox import service as outbox
from casework.outbox.models import MailKind
from casework.people.models import EmailAddress
from payroll.payslips.models import PaySlip
from payroll.payslips.store import READABLE
from payroll.repayments.models import PlanState, RepaymentPlan
from payroll.runs.models import PayRun


async def waiting(session: AsyncSession) -> Sequence[int]:
    """Return the plans of paid runs whose employees were not told yet and have an address."""
    query = (
        select(RepaymentPlan.id)
        .join(PayRun, PayRun.id == RepaymentPlan.run_id)
        .join(EmailAddress, EmailAddress.person_id == RepaymentPlan.person_id)
        .where(
            RepaymentPlan.told_at.is_(None),
            RepaymentPlan.state == PlanState.PROPOSED,
            PayRun.state.in_(READABLE),
            EmailAddress.is_primary,
        )
        .order_by(RepaymentPlan.id)
    )
    return (await session.execute(query)).scalars().all()


async def tell(session: AsyncSession, desk: Desk, plan_id: int) -> None:
    """Write to the employee, once, as long as they can object."""
    now = desk.clock.now()
    plan = (
        await session.execute(select(RepaymentPlan).where(RepaymentPlan.id == plan_id).with_for_update())
    ).scalar_one()
    if plan.told_at is not None or plan.state != PlanState.PROPOSED or local_date(now) > plan.objection_until:
        return
    query = select(PaySlip.id).where(PaySlip.run_id == plan.run_id, PaySlip.person_id == plan.person_id)
    link = desk.settings.link(f"/payslips/{(await session.execute(query)).scalar_one()}")
    plan.told_at = now
    await outbox.tell(
        session,
        kind=MailKind.REPAYMENT,
        person_id=plan.person_id,
        context={"link": link},
        now=now,
        dedupe_key=f"{MailKind.REPAYMENT}:{plan.id}",
    )

"""Tells employees that a repayment was planned: by a link to their payslip, without an amount or what it is about."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, String, cast, literal, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.clock import local_date
from casework.desk import Desk
from casework.outbox import service as outbox
from casework.outbox.models import MailKind, OutboxMail
from casework.people.models import EmailAddress
from payroll.payslips.models import PaySlip
from payroll.payslips.store import READABLE
from payroll.repayments import service as repayments
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
    """Write to the employee, once; their term begins when the mail has left."""
    now = desk.clock.now()
    plan = await _locked(session, plan_id)
    if plan.told_at is not None or plan.state != PlanState.PROPOSED:
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
        dedupe_key=_key(plan_id),
    )


async def left(session: AsyncSession) -> Sequence[int]:
    """Return the plans whose mail has left, and has not come back, and whose term has not begun."""
    arrived = OutboxMail.sent_at.is_not(None) & OutboxMail.bounced_at.is_(None)
    return await _plans(session, RepaymentPlan.objection_until.is_(None), arrived)


async def came_back(session: AsyncSession) -> Sequence[int]:
    """Return the plans whose mail came back and whose term runs, but for those of which a letter told since."""
    not_told_since = OutboxMail.bounced_at >= RepaymentPlan.told_at
    return await _plans(session, RepaymentPlan.objection_until.is_not(None), not_told_since)


async def begin_term(session: AsyncSession, desk: Desk, plan_id: int) -> None:
    """Count the thirty days from the day on which the mail left, and write that down."""
    plan = await _locked(session, plan_id)
    sent_at = await _sent_at(session, plan_id)
    if sent_at is not None and plan.objection_until is None and plan.state == PlanState.PROPOSED:
        await repayments.told_by_mail(session, desk.clock, plan, local_date(sent_at))


async def stop_term(session: AsyncSession, desk: Desk, plan_id: int) -> None:
    """Count no longer from a mail that came back: nobody was told by it. A term that a letter began runs on."""
    plan = await _locked(session, plan_id)
    sent_at = await _sent_at(session, plan_id)
    if sent_at is not None and plan.state == PlanState.PROPOSED:
        await repayments.not_told_by_mail(session, desk.clock, plan, local_date(sent_at))


async def _plans(session: AsyncSession, plan_is: ColumnElement[bool], mail_is: ColumnElement[bool]) -> Sequence[int]:
    key = literal(f"{MailKind.REPAYMENT}:") + cast(RepaymentPlan.id, String)
    query = select(RepaymentPlan.id).where(
        RepaymentPlan.told_at.is_not(None),
        RepaymentPlan.state == PlanState.PROPOSED,
        plan_is,
        select(OutboxMail.id).where(OutboxMail.dedupe_key == key, mail_is).exists(),
    )
    return (await session.execute(query.order_by(RepaymentPlan.id))).scalars().all()


async def _sent_at(session: AsyncSession, plan_id: int) -> datetime | None:
    query = select(OutboxMail.sent_at).where(OutboxMail.dedupe_key == _key(plan_id))
    return (await session.execute(query)).scalar_one()


async def _locked(session: AsyncSession, plan_id: int) -> RepaymentPlan:
    query = select(RepaymentPlan).where(RepaymentPlan.id == plan_id).with_for_update()
    return (await session.execute(query)).scalar_one()


def _key(plan_id: int) -> str:
    return f"{MailKind.REPAYMENT}:{plan_id}"

"""Orders the payments of a run: a row for each person, once, however often and by however many it is asked."""

from collections.abc import Sequence
from datetime import date

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.calendars import store as calendars
from casework.clock import local_date
from payroll.engine.periods import PayMonth
from payroll.payments.accounts import Payee
from payroll.payments.models import PayPayment
from payroll.repayments import service as repayments
from payroll.runs.models import PayRun
from payroll.runs.pay_day import execution_day, pay_day
from payroll.runs.rows import insert_rows

LONGEST_NAME = 70


async def order(session: AsyncSession, run: PayRun, payees: Sequence[Payee]) -> None:
    """Order what these people get and plan what they owe back; who has a row of this run already keeps it."""
    had = await _had(session, run, payees)
    days = await execution_days(session, run, {payee.employer.organisation_id for payee in payees if payee.employer})
    payments = [
        {
            "run_id": run.id,
            "person_id": payee.person_id,
            "employer_id": payee.employer.organisation_id,
            "reference": f"{run.period}-{run.number}-{payee.person_id}",
            "name": payee.name[:LONGEST_NAME],
            "iban": payee.iban,
            "amount": payee.amount,
            "execution_on": days[payee.employer.organisation_id],
        }
        for payee in payees
        if payee.is_paid and payee.employer is not None and payee.person_id not in had
    ]
    await insert_rows(session, PayPayment, payments)
    await repayments.plan(session, run, {payee.person_id: -payee.amount for payee in payees if payee.amount < 0})


async def count(session: AsyncSession, run_id: int) -> int:
    """Return how many payments of a run were ordered."""
    query = select(func.count()).select_from(PayPayment).where(PayPayment.run_id == run_id)
    return (await session.execute(query)).scalar_one()


async def execution_days(session: AsyncSession, run: PayRun, employers: set[int]) -> dict[int, date]:
    """Return on which day banks carry out the payments of each employer: its pay day, or the first after approval."""
    month, approved_on = PayMonth.parse(run.period), local_date(run.approved_at or run.known_at)
    by_organisation = await calendars.of_organisations(session, employers)
    return {one: execution_day(pay_day(month, by_organisation[one]), approved_on) for one in employers}


async def _had(session: AsyncSession, run: PayRun, payees: Sequence[Payee]) -> frozenset[int]:
    if not payees:
        return frozenset()
    ends = (payees[0].person_id, payees[-1].person_id)
    query = select(PayPayment.person_id).where(PayPayment.run_id == run.id, PayPayment.person_id.between(*ends))
    return frozenset((await session.execute(query)).scalars())

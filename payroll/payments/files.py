"""Makes the payment files of a run from its payments: one for each employer, since each pays from its own account."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from payroll.employers.models import PayEmployer
from payroll.payments import pain001
from payroll.payments.models import PayPayment
from payroll.payments.pain001 import Credit, Debtor
from payroll.runs.models import PayRun

LONGEST_DEBTOR = 70


@dataclass(frozen=True)
class PaymentFile:
    """What one bank is handed: its name tells the message, so that a bank refuses the same one twice."""

    message_id: str
    content: bytes


async def of_run(session: AsyncSession, run: PayRun) -> list[PaymentFile]:
    """Return the payment files of a run, by employer; the same run gives the same bytes."""
    files = []
    for employer in await _employers(session, run):
        query = (
            select(PayPayment.name, PayPayment.iban, PayPayment.amount, PayPayment.reference, PayPayment.execution_on)
            .where(PayPayment.run_id == run.id, PayPayment.employer_id == employer.organisation_id)
            .order_by(PayPayment.execution_on, PayPayment.person_id)
        )
        credits_ = [
            Credit(name, iban, amount, reference, f"{run.period} {employer.name}"[:140], on)
            for name, iban, amount, reference, on in await session.execute(query)
        ]
        message_id = f"BALIE-{run.period}-{run.number}-{employer.organisation_id}"
        created_at = run.approved_at or run.known_at
        content = await asyncio.to_thread(pain001.write, message_id, created_at, _debtor(employer), credits_)
        files.append(PaymentFile(message_id, content))
    return files


async def _employers(session: AsyncSession, run: PayRun) -> Sequence[PayEmployer]:
    paying = select(PayPayment.employer_id).where(PayPayment.run_id == run.id)
    query = select(PayEmployer).where(PayEmployer.organisation_id.in_(paying)).order_by(PayEmployer.organisation_id)
    return (await session.execute(query)).scalars().all()


def _debtor(employer: PayEmployer) -> Debtor:
    return Debtor(
        name=employer.name[:LONGEST_DEBTOR],
        iban=employer.iban,
        street=employer.street[:LONGEST_DEBTOR],
        building=employer.building[:16],
        postcode=employer.postcode,
        town=employer.town[:35],
        country=employer.country,
    )

"""Takes a run from calculated to closed: looks, approves, orders and issues part by part, and hands out the files.

A run that is being paid holds no long transaction: each part of its people has one of its own, which does nothing
twice, so whoever is killed midway begins again and the outcome is the same to the byte. Each locks the run, so that
of two who pay at once one goes after the other.
"""

from collections.abc import Sequence

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.clock import Clock
from casework.db import Database
from casework.people.models import Actor
from payroll import reconciliation
from payroll.declarations import journal, outputs, withholding_return
from payroll.declarations.outputs import Made, OutputKind
from payroll.payments import accounts, files, orders
from payroll.payments.models import PayPayment
from payroll.payslips import issuing
from payroll.runs import ledger as ledgers
from payroll.runs import lifecycle, store
from payroll.runs.ledger import Ledger
from payroll.runs.models import PayRun, PayRunPart, RunState


async def look(database: Database, clock: Clock, run_id: int) -> int:
    """Look what stands in the way of paying a calculated run, and return how much that is."""
    async with database.transaction() as session:
        run = await lifecycle.locked(session, run_id)
        lifecycle.require(run, RunState.CALCULATED, RunState.APPROVED)
        return await accounts.look(session, run, clock.now())


async def approve(database: Database, clock: Clock, run_id: int, actor: Actor, channel: str) -> None:
    """Look at a run and approve it as a second person; what is found stays. Raises as the life cycle does."""
    await look(database, clock, run_id)
    async with database.transaction() as session:
        await lifecycle.approve(session, run_id, actor, channel, clock.now())


async def pay(database: Database, clock: Clock, run_id: int, actor: Actor, channel: str) -> None:
    """Order the payments of an approved run, issue its slips and make its files, reconciled to the ledger.

    Raises `StepNotAllowed`, `OtherPayerNeeded`, `ProblemsStand` or `NotReconciled`; what was ordered by then is
    ordered once.
    """
    async with database.transaction() as session:
        run = await _payable(session, run_id)
        lifecycle.require_payer(run, actor)
        await accounts.look(session, run, clock.now())
    async with database.reading() as session:
        await lifecycle.require_no_problem(session, run)
        parts = await _parts(session, run_id)
    for people in parts:
        async with database.transaction() as session:
            await _payable(session, run_id)
            booked = await ledgers.of_run(session, run, people)
            payees = await accounts.payees(session, run, booked)
            await orders.order(session, run, payees)
            await issuing.issue(session, run, booked, payees, run.approved_at or run.known_at)
    made = await _make(database, run)
    async with database.transaction() as session:
        await _payable(session, run_id)
        for output in made:
            await outputs.keep(session, output, clock.now(), run.id)
        await lifecycle.mark_paid(session, run_id, actor, channel, clock.now())


async def close(database: Database, clock: Clock, run_id: int, actor: Actor, channel: str) -> None:
    """Close a paid run, after holding its outputs against the ledger once more."""
    async with database.transaction() as session:
        run = await lifecycle.locked(session, run_id)
        lifecycle.require(run, RunState.PAID, RunState.CLOSED)
        await reconciliation.of_run(session, run, await ledgers.of_run(session, run))
        await lifecycle.close(session, run_id, actor, channel, clock.now())


async def reconcile(database: Database, run_id: int) -> None:
    """Hold a paid run against its ledger. Raises `NotReconciled`."""
    async with database.reading() as session:
        run = await store.run(session, run_id)
        await reconciliation.of_run(session, run, await ledgers.of_run(session, run))


async def _payable(session: AsyncSession, run_id: int) -> PayRun:
    """Return an approved run, locked. Raises `StepNotAllowed`."""
    run = await lifecycle.locked(session, run_id)
    lifecycle.require(run, RunState.APPROVED, RunState.PAID)
    return run


async def _parts(session: AsyncSession, run_id: int) -> Sequence[tuple[int, int]]:
    query = select(PayRunPart.people).where(PayRunPart.run_id == run_id).order_by(PayRunPart.part)
    return [(people[0], people[-1]) for people in (await session.execute(query)).scalars() if people]


async def _make(database: Database, run: PayRun) -> list[Made]:
    async with database.reading() as session:
        ledger = await ledgers.of_run(session, run)
        await reconciliation.of_run(session, run, ledger)
        written = await files.of_run(session, run)
        postings = journal.of_ledger(ledger)
        returned = await _return(session, run, ledger)
    reconciliation.of_files(ledger, written, postings, returned)
    key, name = str(run.id), f"{run.period}-{run.number}"
    return [
        *[
            await outputs.made(OutputKind.PAYMENT_FILE, file.message_id, f"{file.message_id}.xml", file.content)
            for file in written
        ],
        await outputs.made(OutputKind.JOURNAL, key, f"journal-{name}.csv", journal.as_csv(postings)),
        await outputs.made(
            OutputKind.WITHHOLDING_RETURN, key, f"withholding-{name}.csv", withholding_return.as_csv(returned)
        ),
    ]


async def _return(session: AsyncSession, run: PayRun, ledger: Ledger) -> list[withholding_return.ReturnRow]:
    payees = await accounts.payees(session, run, ledger)
    numbers = {one.person_id: one.employer.enterprise_number for one in payees if one.employer is not None}
    days = select(PayPayment.execution_on).where(PayPayment.run_id == run.id).order_by(PayPayment.execution_on)
    first = (await session.execute(days.limit(1))).scalar_one_or_none()
    return withholding_return.of_ledger(ledger, numbers, f"{first:%Y-%m}" if first else run.period)

"""Takes a run from calculated to closed: looks, approves, orders and issues part by part, and hands out the files.

A run that is being paid holds no long transaction: each part of its people has one of its own, which does nothing
twice, so whoever is killed midway begins again and the outcome is the same to the byte. Each locks the run, so that
of two who pay at once one goes after the other.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sqlalchemy import func, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.clock import Clock
from casework.db import Database
from casework.people.models import Actor
from payroll import reconciliation
from payroll.declarations import journal, outputs, withholding_return
from payroll.declarations.journal import Journal
from payroll.declarations.outputs import Made, OutputKind
from payroll.declarations.withholding_return import WithholdingReturn
from payroll.payments import accounts, files, orders
from payroll.payments.accounts import Payee
from payroll.payments.models import PayPayment
from payroll.payslips import issuing
from payroll.reconciliation import Expected
from payroll.runs import cycles, lifecycle, parts, store
from payroll.runs import ledger as ledgers
from payroll.runs.ledger import Ledger
from payroll.runs.models import PayRun, RunState


@dataclass
class Books:
    """What the files of a run are made of, added up part by part: nobody holds the ledger of a ministry at once."""

    journal: Journal = field(default_factory=Journal)
    returned: WithholdingReturn = field(default_factory=WithholdingReturn)
    expected: Expected = field(default_factory=Expected)

    def add(self, ledger: Ledger, payees: Iterable[Payee]) -> None:
        """Take in what is booked on some people, and who employs them."""
        employers = {one.person_id: one.employer.enterprise_number for one in payees if one.employer is not None}
        self.journal.add(ledger)
        self.returned.add(ledger, employers)
        self.expected.add(ledger)


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
        ranges = await parts.ranges(session, run_id)
    books = Books()
    for people in ranges:
        async with database.transaction() as session:
            await _payable(session, run_id)
            with cycles.not_searched():
                books.add(*await _settle(session, run, people))
    made = await _make(database, run, books)
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
        await reconciliation.of_run(session, run)
        await lifecycle.close(session, run_id, actor, channel, clock.now())


async def reconcile(database: Database, run_id: int) -> None:
    """Hold a paid run against its ledger. Raises `NotReconciled`."""
    async with database.reading() as session:
        run = await store.run(session, run_id)
        await reconciliation.of_run(session, run)


async def _payable(session: AsyncSession, run_id: int) -> PayRun:
    """Return an approved run, locked. Raises `StepNotAllowed`."""
    run = await lifecycle.locked(session, run_id)
    lifecycle.require(run, RunState.APPROVED, RunState.PAID)
    return run


async def _settle(session: AsyncSession, run: PayRun, people: tuple[int, int]) -> tuple[Ledger, Sequence[Payee]]:
    """Order what a range of people gets or owes and issue their slips, held against what is booked on them."""
    booked = await ledgers.of_run(session, run, people)
    payees = await accounts.payees(session, run, ledgers.payable(booked))
    await orders.order(session, run, payees)
    await issuing.issue(session, run, booked, payees, run.approved_at or run.known_at)
    await reconciliation.of_people(session, run, booked, people)
    return booked, payees


async def _make(database: Database, run: PayRun, books: Books) -> list[Made]:
    async with database.reading() as session:
        written = await files.of_run(session, run)
        returned = books.returned.rows(await _paid_in(session, run))
    postings = books.journal.postings()
    reconciliation.of_files(books.expected, written, postings, returned)
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


async def _paid_in(session: AsyncSession, run: PayRun) -> str:
    """Return the month in which banks begin to carry a run out, or its own where there is nothing to pay."""
    query = select(func.min(PayPayment.execution_on)).where(PayPayment.run_id == run.id)
    first = (await session.execute(query)).scalar_one_or_none()
    return f"{first:%Y-%m}" if first else run.period

"""One part of a run's people: calculated and stored in one transaction, by whichever process comes to it first."""

import asyncio
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import delete, func, select, text, update
from sqlalchemy.ext.asyncio import AsyncSession

from casework.clock import local_date
from casework.db import rowcount
from payroll.engine.parameters import ParameterSet
from payroll.engine.periods import PayMonth
from payroll.facts import store as facts_store
from payroll.facts.models import Fact
from payroll.facts.store import FactsByPerson
from payroll.runs import problems, reach, store
from payroll.runs.booking import Booking, book_month
from payroll.runs.models import PayDifference, PayResult, PayRun, PayRunPart
from payroll.runs.problems import Problem
from payroll.runs.rows import insert_rows

LET_GO = ("idle_in_transaction_session_timeout = '5min'", "tcp_keepalives_idle = 60", "tcp_keepalives_interval = 20")
LAST_ID = 2**31 - 1


async def plan(session: AsyncSession, run: PayRun, people: Sequence[int]) -> list[int]:
    """Cut the people of a run into parts, written with the run, and return the numbers of the parts."""
    size = run.people_per_part
    parts = [people[start : start + size] for start in range(0, len(people), size)]
    rows = [{"run_id": run.id, "part": number, "people": list(part)} for number, part in enumerate(parts)]
    await insert_rows(session, PayRunPart, rows)
    return list(range(len(parts)))


async def ranges(session: AsyncSession, run_id: int) -> list[tuple[int, int]]:
    """Return a range of ids for each part of a run, both ends included; nobody stands outside all of them."""
    query = select(PayRunPart.people).where(PayRunPart.run_id == run_id).order_by(PayRunPart.part)
    later = [people[0] for people in (await session.execute(query)).scalars() if people][1:]
    return list(zip([0, *later], [*(first - 1 for first in later), LAST_ID], strict=True))


async def not_done(session: AsyncSession, run_id: int) -> Sequence[int]:
    """Return the parts of a run that nobody has finished, in order."""
    query = select(PayRunPart.part).where(PayRunPart.run_id == run_id, PayRunPart.done_at.is_(None))
    return (await session.execute(query.order_by(PayRunPart.part))).scalars().all()


async def replan(session: AsyncSession, run: PayRun, people: Sequence[int]) -> list[int]:
    """Throw away what an unfinished run calculated, once nobody is at a part of it, and cut its people anew."""
    await session.execute(select(PayRunPart.part).where(PayRunPart.run_id == run.id).with_for_update())
    for table in (PayResult, PayDifference, PayRunPart):
        await session.execute(delete(table).where(table.run_id == run.id))
    return await plan(session, run, people)


async def counts(session: AsyncSession, run_id: int) -> tuple[int, int]:
    """Return how many parts of a run are done, and how many it has."""
    query = select(func.count(PayRunPart.done_at), func.count()).where(PayRunPart.run_id == run_id)
    done, all_ = (await session.execute(query)).one()
    return done, all_


async def take(session: AsyncSession, run_id: int, part: int, *, wait: bool) -> Sequence[int] | None:
    """Lock a part until the transaction ends and return its people; None if it is done, or not to be waited for.

    PostgreSQL takes the lock from a process that stands still for minutes, or whose machine is gone.
    """
    if session.get_bind().dialect.name == "postgresql":
        for setting in LET_GO:
            await session.execute(text(f"SET LOCAL {setting}"))
    query = select(PayRunPart.people).where(
        PayRunPart.run_id == run_id, PayRunPart.part == part, PayRunPart.done_at.is_(None)
    )
    return (await session.execute(query.with_for_update(skip_locked=not wait))).scalar_one_or_none()


async def work_off(
    session: AsyncSession, run: PayRun, part: int, people: Sequence[int], parameters: ParameterSet, now: datetime
) -> None:
    """Calculate a part that `take` gave to this transaction, store what it comes to, and mark it as done."""
    this_month = PayMonth.parse(run.period)
    mine = frozenset(people)
    latest_facts = await _latest_facts(session, run, people)
    held: dict[tuple[PayMonth, ...], dict[int, Problem]] = defaultdict(dict)
    for month, run_for in (await store.run_before(session, this_month, (people[0], people[-1]))).items():
        late = await _late(session, month, people, run_for, latest_facts)
        await _book(session, run, month, late, parameters, now, held[month.quarter])
    await _book(session, run, this_month, mine, parameters, now, held[this_month.quarter])
    marked = update(PayRunPart).where(PayRunPart.run_id == run.id, PayRunPart.part == part)
    if rowcount(await session.execute(marked.values(done_at=now))) != 1:
        raise RuntimeError("a part that was taken is gone")


async def _book(
    session: AsyncSession,
    run: PayRun,
    month: PayMonth,
    people: Collection[int],
    parameters: ParameterSet,
    now: datetime,
    held: dict[int, Problem],
) -> None:
    """Book a month of some people; who has to wait joins those who are `held` in the quarter."""
    if not people:
        return
    ends = (min(people), max(people))
    since = reach.needed_since(month, parameters)
    known: FactsByPerson = {
        person: facts
        for person, facts in (await facts_store.of_month(session, month, run.known_at, ends, since)).items()
        if person in people
    }
    stored = await store.latest_results(session, str(month), ends)
    earlier = month != PayMonth.parse(run.period)
    bookings, found = await asyncio.to_thread(
        book_month, known, stored, month, run.known_at, parameters, earlier=earlier, paid_in=_paid_in(run), held=held
    )
    held.update({problem.person_id: problem for problem in found if problem.person_id is not None})
    await _store(session, run, month, bookings)
    if found:
        await problems.add(session, store.source_of(run), found, now)


def _paid_in(run: PayRun) -> PayMonth:
    """Return the month in which a run is paid: its own, or the later one in which somebody runs it again."""
    return max(PayMonth.parse(run.period), PayMonth.of(local_date(run.known_at)))


async def _latest_facts(session: AsyncSession, run: PayRun, people: Sequence[int]) -> dict[int, datetime]:
    """Return when the last fact about each person became known, among what the run knows."""
    query = select(Fact.person_id, func.max(Fact.known_from)).where(
        Fact.person_id.between(people[0], people[-1]), Fact.known_from <= run.known_at
    )
    return {person: latest for person, latest in await session.execute(query.group_by(Fact.person_id))}


async def _late(
    session: AsyncSession,
    month: PayMonth,
    people: Sequence[int],
    run_for: Collection[int],
    latest_facts: dict[int, datetime],
) -> frozenset[int]:
    """Return who has no result of an earlier month that was `run_for` them, or of whom something is known since."""
    query = select(PayResult.person_id, func.max(PayResult.known_at)).where(
        PayResult.period == str(month), PayResult.person_id.between(people[0], people[-1])
    )
    known = {person: at for person, at in await session.execute(query.group_by(PayResult.person_id))}
    return frozenset(
        person
        for person in people
        if (latest_facts.get(person, known[person]) > known[person] if person in known else person in run_for)
    )


async def _store(session: AsyncSession, run: PayRun, month: PayMonth, bookings: Sequence[Booking]) -> None:
    results = [
        {
            "run_id": run.id,
            "person_id": booking.person_id,
            "period": str(month),
            "known_at": run.known_at,
            "amounts": booking.amounts,
            "parameters": booking.parameters,
        }
        for booking in bookings
    ]
    await insert_rows(session, PayResult, results)
    differences = [
        {
            "run_id": run.id,
            "person_id": booking.person_id,
            "period": str(month),
            "wage_type": wage_type,
            "case_number": case_number,
            "amount": amount,
        }
        for booking in bookings
        for (wage_type, case_number), amount in booking.differences.items()
        if amount
    ]
    await insert_rows(session, PayDifference, differences)

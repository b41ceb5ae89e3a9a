"""Writes facts, and keeps the order in which payroll comes to know things."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from sqlalchemy import insert, select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession

from casework.clock import Clock
from payroll.facts.models import Fact, FactKind, FactSource, Knowledge
from payroll.facts.timeline import FOREVER, Span

THE_ROW = 1
NEVER = datetime(1970, 1, 1, tzinfo=UTC)
TICK = timedelta(microseconds=1)


@dataclass(frozen=True)
class Origin:
    """Where a fact comes from: who says so, why, and the case, or the number of another system, that it stands in."""

    source: FactSource
    author: str
    reason: str
    case_number: str | None = None
    effect: str | None = None
    reference: str | None = None


async def next_moment(session: AsyncSession, clock: Clock) -> datetime:
    """Return the present moment, or a tick after the latest one given out: no two writers ever share one.

    Until the transaction ends every other writer of payroll waits, so whoever gets a moment sees all that was
    known before it. A run and a fact that came in the same instant, or from two machines whose clocks differ,
    are thus always in order.
    """
    latest = await _locked(session)
    latest.latest_at = max(clock.now(), latest.latest_at + TICK)
    await session.flush()
    return latest.latest_at


async def known_moment(session: AsyncSession, clock: Clock) -> datetime:
    """Return a moment at which all that is written is known: for reading, when nothing will be written on it."""
    latest = (await session.execute(select(Knowledge.latest_at).where(Knowledge.id == THE_ROW))).scalar_one_or_none()
    return max(clock.now(), latest or NEVER)


async def _locked(session: AsyncSession) -> Knowledge:
    query = select(Knowledge).where(Knowledge.id == THE_ROW).with_for_update()
    latest = (await session.execute(query)).scalar_one_or_none()
    if latest is None:
        try:
            async with session.begin_nested():
                await session.execute(insert(Knowledge).values(id=THE_ROW, latest_at=NEVER))
        except IntegrityError:
            pass  # another process began it first, and its row is the one to lock
        latest = (await session.execute(query)).scalar_one()
    return latest


def record(
    session: AsyncSession, person_id: int, kind: FactKind, spans: Iterable[Span], origin: Origin, known_from: datetime
) -> None:
    """Add a fact for each span; `known_from` is a moment that `next_moment` gave to this transaction."""
    session.add_all(drafted(person_id, kind, spans, origin, known_from))


def drafted(person_id: int, kind: FactKind, spans: Iterable[Span], origin: Origin, known_from: datetime) -> list[Fact]:
    """Return a fact for each span, written nowhere: what a preview calculates with."""
    return [
        Fact(
            person_id=person_id,
            kind=kind,
            values=dict(span.values),
            valid_from=span.first_on,
            valid_to=None if span.last_on == FOREVER else span.last_on,
            known_from=known_from,
            source=origin.source,
            case_number=origin.case_number,
            effect=origin.effect,
            reference=origin.reference,
            author=origin.author,
            reason=origin.reason,
        )
        for span in spans
    ]


async def counter(session: AsyncSession, countered: Iterable[Fact], origin: Origin, known_from: datetime) -> int:
    """Book a counter-fact against each of these facts that has none yet, and return how many were booked.

    From `known_from` on the facts count no more; what was known before stays what it was.
    """
    facts = list(countered)
    query = select(Fact.counters_id).where(Fact.counters_id.in_([fact.id for fact in facts]))
    done = set((await session.execute(query)).scalars())
    against = [fact for fact in facts if fact.id not in done and fact.counters_id is None]
    for fact in against:
        (booked,) = drafted(fact.person_id, FactKind(fact.kind), [fact.span], origin, known_from)
        booked.counters_id = fact.id
        session.add(booked)
    await session.flush()
    return len(against)

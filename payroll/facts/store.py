"""Reads facts, one question each."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import date, datetime
from typing import TypeAlias

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from payroll.engine.periods import PayMonth
from payroll.facts.models import Fact, FactKind, FactSource
from payroll.facts.timeline import Span, painted, within

FactsByPerson: TypeAlias = dict[int, list[Fact]]


async def of_person(session: AsyncSession, person_id: int, kind: FactKind) -> Sequence[Fact]:
    """Return all that was ever known about one thing of a person, oldest knowledge first."""
    query = select(Fact).where(Fact.person_id == person_id, Fact.kind == kind)
    return (await session.execute(query.order_by(Fact.known_from, Fact.id))).scalars().all()


async def of_month(
    session: AsyncSession, month: PayMonth, known_at: datetime, people: tuple[int, int] | int
) -> FactsByPerson:
    """Return the facts that touch a month, known at a moment, of one person or of a range of people (both included).

    Each person's facts stand in the order in which they became known.
    """
    first, last = (people, people) if isinstance(people, int) else people
    query = select(Fact).where(
        Fact.person_id.between(first, last),
        Fact.valid_from <= month.last_on,
        or_(Fact.valid_to.is_(None), Fact.valid_to >= month.first_on),
        Fact.known_from <= known_at,
    )
    facts: FactsByPerson = defaultdict(list)
    for fact in (await session.execute(query.order_by(Fact.person_id, Fact.known_from, Fact.id))).scalars():
        facts[fact.person_id].append(fact)
    return dict(facts)


async def people_with_pay(session: AsyncSession, known_at: datetime) -> Sequence[int]:
    """Return everybody who ever had pay, as known at a moment, in the order of their ids."""
    query = select(Fact.person_id).where(Fact.kind == FactKind.PAY, Fact.known_from <= known_at)
    return (await session.execute(query.distinct().order_by(Fact.person_id))).scalars().all()


async def imported(session: AsyncSession, people: Collection[int]) -> dict[tuple[int, FactKind], list[Span]]:
    """Return what the imports alone say about these people, by person and kind."""
    query = select(Fact).where(
        Fact.source == FactSource.IMPORT, Fact.person_id.between(min(people, default=0), max(people, default=0))
    )
    spans: dict[tuple[int, FactKind], list[Span]] = defaultdict(list)
    for fact in (await session.execute(query.order_by(Fact.known_from, Fact.id))).scalars():
        if fact.person_id in people:
            spans[fact.person_id, FactKind(fact.kind)].append(fact.span)
    return {key: painted(held) for key, held in spans.items()}


def in_force(facts: Iterable[Fact], kind: FactKind, known_at: datetime) -> list[Span]:
    """Return what held about one thing, as known at a moment; the facts stand in the order of their knowledge."""
    return painted(fact.span for fact in facts if fact.kind == kind and fact.known_from <= known_at)


def in_force_between(
    facts: Iterable[Fact], kind: FactKind, known_at: datetime, first_on: date, last_on: date
) -> list[Span]:
    """Return what held about one thing on these days, as known at a moment."""
    return within(in_force(facts, kind, known_at), first_on, last_on)

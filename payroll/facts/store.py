"""Reads facts, one question each."""

from collections import defaultdict
from collections.abc import Collection, Iterable, Sequence
from datetime import UTC, date, datetime
from typing import TypeAlias, TypeVar

from sqlalchemy import ColumnElement, and_, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from payroll.engine.periods import PayMonth
from payroll.facts.kinds import KINDS
from payroll.facts.known import FactRow, KnownFact
from payroll.facts.models import PAY_KINDS, Fact, FactKind, FactSource
from payroll.facts.timeline import Span, Values, on_day, painted

FactsByPerson: TypeAlias = dict[int, list[FactRow]]
LATEST = datetime.max.replace(tzinfo=UTC)
_ROW = tuple(getattr(Fact, name) for name in FactRow._fields)

AFact = TypeVar("AFact", bound=KnownFact)


async def of_person(session: AsyncSession, person_id: int, kind: FactKind) -> Sequence[Fact]:
    """Return all that was ever known about one thing of a person, oldest knowledge first."""
    query = select(Fact).where(Fact.person_id == person_id, Fact.kind == kind)
    return (await session.execute(query.order_by(Fact.known_from, Fact.id))).scalars().all()


async def of_references(session: AsyncSession, source: FactSource, references: Collection[str]) -> Sequence[Fact]:
    """Return what has come in from another system under these numbers."""
    query = select(Fact).where(Fact.source == source, Fact.reference.in_(references))
    return (await session.execute(query)).scalars().all()


async def all_of_person(session: AsyncSession, person_id: int) -> Sequence[Fact]:
    """Return all that was ever known about a person, oldest knowledge first."""
    query = select(Fact).where(Fact.person_id == person_id)
    return (await session.execute(query.order_by(Fact.known_from, Fact.id))).scalars().all()


async def of_month(
    session: AsyncSession,
    month: PayMonth,
    known_at: datetime,
    people: tuple[int, int] | int,
    since: date | None = None,
) -> FactsByPerson:
    """Return the facts that touch a month, known at a moment, of one person or of a range of people (both included).

    `since` is an earlier day from which facts are needed too, for a payment that counts the work of a year.
    Each person's facts stand in the order in which they became known.
    """
    first, last = (people, people) if isinstance(people, int) else people
    query = select(*_ROW).where(
        Fact.person_id.between(first, last), *touching(month, since), Fact.known_from <= known_at
    )
    facts: FactsByPerson = defaultdict(list)
    for row in await session.execute(query.order_by(Fact.person_id, Fact.known_from, Fact.id)):
        fact = FactRow._make(row)
        facts[fact.person_id].append(fact)
    return dict(facts)


def touching(month: PayMonth, since: date | None = None) -> list[ColumnElement[bool]]:
    """Pick the facts that cover a day of a month, or of the time since an earlier day.

    With them those on pay and employment later in its quarter: they say whether the month brings the last pay of it.
    """
    first_on = since or month.first_on
    begins = or_(
        Fact.valid_from <= month.last_on,
        and_(Fact.kind.in_((*PAY_KINDS, FactKind.EMPLOYMENT)), Fact.valid_from <= month.quarter[-1].last_on),
    )
    return [begins, or_(Fact.valid_to.is_(None), Fact.valid_to >= first_on)]


async def people_with_pay(session: AsyncSession, known_at: datetime) -> Sequence[int]:
    """Return everybody who ever had pay or a scale, as known at a moment, in the order of their ids."""
    query = select(Fact.person_id).where(Fact.kind.in_(PAY_KINDS), Fact.known_from <= known_at)
    return (await session.execute(query.distinct().order_by(Fact.person_id))).scalars().all()


async def held_on(
    session: AsyncSession, kind: FactKind, on: date, known_at: datetime, people: tuple[int, int]
) -> dict[int, Values]:
    """Return what held about one thing of a range of people on a day; whoever nothing was known about is left out."""
    query = select(*_ROW).where(
        Fact.kind == kind,
        Fact.person_id.between(*people),
        Fact.valid_from <= on,
        or_(Fact.valid_to.is_(None), Fact.valid_to >= on),
        Fact.known_from <= known_at,
    )
    known: dict[int, list[FactRow]] = defaultdict(list)
    for row in await session.execute(query.order_by(Fact.known_from, Fact.id)):
        fact = FactRow._make(row)
        known[fact.person_id].append(fact)
    held = {person_id: on_day(in_force(facts, kind, known_at), on) for person_id, facts in known.items()}
    return {person_id: values for person_id, values in held.items() if values is not None}


async def imported(session: AsyncSession, people: Collection[int]) -> dict[tuple[int, FactKind], list[Span]]:
    """Return what the imports alone say about these people, by person and kind."""
    query = select(Fact).where(
        or_(Fact.source == FactSource.IMPORT, Fact.counters_id.is_not(None)),
        Fact.person_id.between(min(people, default=0), max(people, default=0)),
    )
    known = (await session.execute(query.order_by(Fact.known_from, Fact.id))).scalars().all()
    spans: dict[tuple[int, FactKind], list[Span]] = defaultdict(list)
    for fact in standing(known, LATEST):
        if fact.person_id in people:
            spans[fact.person_id, FactKind(fact.kind)].append(fact.span)
    return {key: painted(held) for key, held in spans.items()}


def standing(facts: Iterable[AFact], known_at: datetime) -> list[AFact]:
    """Return what counts as known at a moment: neither counter-facts nor what they counter, in the same order."""
    known = [fact for fact in facts if fact.known_from <= known_at]
    countered = {fact.counters_id for fact in known if fact.counters_id is not None}
    if not countered:
        return known
    return [fact for fact in known if fact.counters_id is None and fact.id not in countered]


def in_force(facts: Iterable[KnownFact], kind: FactKind, known_at: datetime) -> list[Span]:
    """Return what held about one thing, as known at a moment; the facts stand in the order of their knowledge."""
    return painted(fact.span for fact in standing(facts, known_at) if fact.kind == kind)


def beside_each_other(facts: Iterable[KnownFact], kind: FactKind, known_at: datetime) -> list[list[Span]]:
    """Return what held about each of several things of one kind, such as allowances; see `KindOfFact`."""
    rules = KINDS[kind]
    counted = [fact for fact in standing(facts, known_at) if fact.kind == kind]
    if rules.adds_up:
        return [[fact.span] for fact in counted]
    by_topic: dict[str | None, list[Span]] = defaultdict(list)
    for fact in counted:
        by_topic[topic(kind, fact.values)].append(fact.span)
    return [painted(spans) for spans in by_topic.values()]


def topic(kind: FactKind, values: Values) -> str | None:
    """Return what tells a fact apart from others of its kind, if anything does."""
    apart = KINDS[kind].apart
    return None if apart is None else str(values.get(apart))

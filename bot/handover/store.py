"""Reads the queue of people who wait for a handler, one question each."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import and_, func, or_, select, update
from sqlalchemy.ext.asyncio import AsyncSession

from bot.handover.models import LIVE, QUEUED, Duty, Handover, HandoverState

RECENT = 20  # conversations that an estimate is made from


async def live(session: AsyncSession, conversation_id: str) -> Handover | None:
    """Return the wish for a person that has not ended in this conversation."""
    query = select(Handover).where(Handover.conversation_id == conversation_id, Handover.state.in_(LIVE))
    return (await session.execute(query.order_by(Handover.id.desc()).limit(1))).scalar_one_or_none()


async def locked(session: AsyncSession, handover_id: int) -> Handover | None:
    """Return one wish as it stands now, and let nobody else change it before this transaction ends."""
    query = select(Handover).where(Handover.id == handover_id).with_for_update()
    return (await session.execute(query, execution_options={"populate_existing": True})).scalar_one_or_none()


async def in_states(session: AsyncSession, *states: HandoverState) -> Sequence[Handover]:
    """Return those who are in these states, in the order in which they asked."""
    query = select(Handover).where(Handover.state.in_(states)).order_by(Handover.asked_at, Handover.id)
    return (await session.execute(query)).scalars().all()


async def talks_of(session: AsyncSession, handler_id: int) -> Sequence[Handover]:
    """Return the conversations that a handler holds."""
    query = select(Handover).where(Handover.handler_id == handler_id, Handover.state == HandoverState.TALKING)
    return (await session.execute(query.order_by(Handover.id))).scalars().all()


async def position(session: AsyncSession, one: Handover) -> int:
    """Return the place in the queue of a team and a language, counted from 1."""
    before = or_(Handover.asked_at < one.asked_at, and_(Handover.asked_at == one.asked_at, Handover.id < one.id))
    query = select(func.count()).where(
        Handover.state.in_(QUEUED), Handover.team == one.team, Handover.language == one.language, before
    )
    return (await session.execute(query)).scalar_one() + 1


async def lengths(session: AsyncSession, team: str, language: str) -> list[timedelta]:
    """Return how long the newest conversations of a queue took."""
    query = (
        select(Handover.begun_at, Handover.ended_at)
        .where(Handover.state == HandoverState.ENDED, Handover.team == team, Handover.language == language)
        .where(Handover.begun_at.is_not(None), Handover.ended_at.is_not(None))
        .order_by(Handover.ended_at.desc())
        .limit(RECENT)
    )
    return [ended - begun for begun, ended in await session.execute(query) if begun and ended]


async def duty(session: AsyncSession, handler_id: int, *, lock: bool = False) -> Duty | None:
    """Return whether, and how, a handler is available; locked, nobody else gives them a conversation meanwhile."""
    query = select(Duty).where(Duty.handler_id == handler_id)
    found = await session.execute(query.with_for_update() if lock else query)
    return found.scalar_one_or_none()


async def on_duty(session: AsyncSession, seen_since: datetime) -> Sequence[Duty]:
    """Return the handlers who are available and whose page was seen since; who waits longest comes first."""
    query = select(Duty).where(Duty.seen_at >= seen_since).order_by(Duty.since_at, Duty.handler_id)
    return (await session.execute(query)).scalars().all()


async def see_handler(session: AsyncSession, handler_id: int, now: datetime) -> None:
    """Write down that the page of a handler asked."""
    await session.execute(update(Duty).where(Duty.handler_id == handler_id).values(seen_at=now))


async def see_person(session: AsyncSession, handover_id: int, now: datetime) -> None:
    """Write down that a page of the person asked."""
    await session.execute(update(Handover).where(Handover.id == handover_id).values(person_seen_at=now))

"""Keeps what a handler types, tells the others that they are at it, and finds what was said meanwhile."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases.models import Case
from casework.cases.permissions import Action, require
from casework.messages.models import Event, EventKind
from casework.messages.service import storable
from casework.people.models import Actor
from casework.replying.models import ReplyDraft

TYPING = timedelta(seconds=45)  # after the last letter that reached us; a page that writes saves every few seconds
NEWS = (
    EventKind.MESSAGE,
    EventKind.ANSWER,
    EventKind.QUESTION,
    EventKind.NOTE,
    EventKind.ASSIGNED,
    EventKind.GIVEN_BACK,
    EventKind.CLASSIFIED,
    EventKind.FILLED,
    EventKind.ACCEPTED,
    EventKind.REFUSED,
    EventKind.REOPENED,
    EventKind.MERGED,
    EventKind.TOOK_IN,
)
"""What may change a reply that somebody is writing."""


async def keep(session: AsyncSession, case: Case, handler: Actor, kind: str, text: str, now: datetime) -> None:
    """Keep what a handler has typed so far; an empty text is thrown away. Raises `NotPermitted` or `NotFound`."""
    require(handler, Action.HANDLE, case)
    person_id = handler.person_id or 0
    if not text.strip():
        await discard(session, case.id, person_id)
        return
    draft = ReplyDraft(
        case_id=case.id, person_id=person_id, kind=kind, text=storable(text), saved_at=now, typing_until=now + TYPING
    )
    await session.merge(draft)


async def of_person(session: AsyncSession, case_id: int, person_id: int) -> ReplyDraft | None:
    """Return what somebody has begun on a case."""
    return await session.get(ReplyDraft, (case_id, person_id))


async def typing(session: AsyncSession, case_id: int, person_id: int, now: datetime) -> Sequence[int]:
    """Return who else is writing on a case just now."""
    query = select(ReplyDraft.person_id).where(
        ReplyDraft.case_id == case_id, ReplyDraft.person_id != person_id, ReplyDraft.typing_until > now
    )
    return (await session.execute(query.order_by(ReplyDraft.person_id))).scalars().all()


async def discard(session: AsyncSession, case_id: int, person_id: int) -> None:
    """Throw away what somebody has begun on a case: it was sent, or emptied."""
    await session.execute(delete(ReplyDraft).where(ReplyDraft.case_id == case_id, ReplyDraft.person_id == person_id))


async def discard_left(session: AsyncSession, before: datetime) -> None:
    """Throw away what nobody went on with since a moment."""
    await session.execute(delete(ReplyDraft).where(ReplyDraft.saved_at < before))


async def news_since(
    session: AsyncSession, case_ids: Collection[int], person_id: int, event_id: int
) -> Sequence[Event]:
    """Return what others did on these cases after an event that the writer of a reply had seen."""
    by_others = or_(Event.actor_id.is_(None), Event.actor_id != person_id)
    query = select(Event).where(Event.case_id.in_(case_ids), Event.id > event_id, Event.kind.in_(NEWS), by_others)
    return (await session.execute(query.order_by(Event.id).limit(20))).scalars().all()

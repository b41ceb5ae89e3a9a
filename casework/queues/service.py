"""Keeps views of the queue under a name, for a handler and, if they share it, for their team."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.errors import InvalidInput, NotFound
from casework.messages.service import storable
from casework.people import store as people
from casework.queues.filters import QueueFilter
from casework.queues.models import SavedView

LONGEST_NAME = 60
MOST_VIEWS = 30  # of one handler: each is counted whenever the page is drawn


async def views_of(session: AsyncSession, person_id: int) -> Sequence[SavedView]:
    """Return the views that somebody kept, and those that their team shares, by name."""
    team_id = (await people.person(session, person_id)).team_id
    mine = SavedView.owner_id == person_id
    seen = mine if team_id is None else or_(mine, SavedView.team_id == team_id)
    query = select(SavedView).where(seen).order_by(SavedView.name, SavedView.id).limit(2 * MOST_VIEWS)
    return (await session.execute(query)).scalars().all()


async def keep(
    session: AsyncSession, person_id: int, name: str, wanted: QueueFilter, now: datetime, *, for_team: bool
) -> SavedView:
    """Keep a view under a name; the owner's view of that name is replaced.

    Raises `InvalidInput`, keyed `name`, with `missing` or `too_many`.
    """
    name = " ".join(storable(name).split())[:LONGEST_NAME]
    if not name:
        raise InvalidInput({"name": "missing"})
    own = (await session.execute(select(SavedView).where(SavedView.owner_id == person_id))).scalars().all()
    kept = next((view for view in own if view.name == name), None)
    if kept is None:
        if len(own) >= MOST_VIEWS:
            raise InvalidInput({"name": "too_many"})
        kept = SavedView(owner_id=person_id, name=name)
        session.add(kept)
    kept.asked, kept.saved_at = wanted.asked, now
    kept.team_id = (await people.person(session, person_id)).team_id if for_team else None
    await session.flush()
    return kept


async def throw_away(session: AsyncSession, person_id: int, view_id: int) -> None:
    """Remove one of somebody's own views. Raises `NotFound` for any other."""
    view = await session.get(SavedView, view_id)
    if view is None or view.owner_id != person_id:
        raise NotFound
    await session.delete(view)

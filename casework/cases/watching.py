"""Who follows a case that is not theirs: people who may read it anyway, and are told when something was said."""

from collections.abc import Iterable

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases import notices
from casework.cases.models import Case, CaseWatcher
from casework.cases.permissions import Action, may
from casework.desk import Desk
from casework.errors import NotFound
from casework.messages import service as messages
from casework.messages.models import Channel, EventKind
from casework.people import store as people
from casework.people.models import Actor

MOST_NAMED = 20


async def name_watchers(
    session: AsyncSession, desk: Desk, case: Case, by: Actor, addresses: Iterable[str], channel: Channel
) -> None:
    """Have the people behind these addresses follow a case, as far as they may read it; nobody else is told anything.

    To follow gives no right. Whoever stopped following is not named again.
    """
    for address in list(dict.fromkeys(map(people.normalise_address, addresses)))[:MOST_NAMED]:
        person = await people.person_by_address(session, address)
        if person is None or person.id in {case.requester_id, case.handler_id, by.person_id}:
            continue
        watcher = await people.actor(session, person.id)
        if may(watcher, Action.READ, case) and await _row(session, case, person.id) is None:
            session.add(CaseWatcher(case_id=case.id, person_id=person.id, since_at=desk.clock.now()))
            _enter(session, desk, case, EventKind.WATCHED, by, channel, watcher.name)
            await notices.tell_watcher(session, desk, case, watcher, notices.NAMED)


async def stop_watching(session: AsyncSession, desk: Desk, case: Case, watcher: Actor, channel: Channel) -> None:
    """Let somebody follow a case no longer. Raises `NotFound` if they do not follow it."""
    row = await _row(session, case, watcher.person_id or 0)
    if row is None or row.left_at is not None:
        raise NotFound(f"{watcher.name} does not follow {case.number}")
    row.left_at = desk.clock.now()
    _enter(session, desk, case, EventKind.UNWATCHED, watcher, channel, watcher.name)


async def _row(session: AsyncSession, case: Case, person_id: int) -> CaseWatcher | None:
    query = select(CaseWatcher).where(CaseWatcher.case_id == case.id, CaseWatcher.person_id == person_id)
    return (await session.execute(query)).scalar_one_or_none()


def _enter(
    session: AsyncSession, desk: Desk, case: Case, kind: EventKind, actor: Actor, channel: Channel, name: str
) -> None:
    messages.enter(
        session, case_id=case.id, kind=kind, actor=actor, channel=channel, at=desk.clock.now(), data={"name": name}
    )

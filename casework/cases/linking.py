"""Ties cases together that have to do with each other, and unties them; each side says so to handlers."""

from sqlalchemy import ColumnElement, and_, delete, or_, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases.models import Case, CaseLink
from casework.cases.permissions import Action, require
from casework.desk import Desk
from casework.errors import InvalidInput, NotFound
from casework.messages import service as messages
from casework.messages.models import Channel, EventKind
from casework.people.models import Actor


async def link(session: AsyncSession, desk: Desk, case: Case, other: Case, handler: Actor) -> bool:
    """Tie two cases together; return False where they are already, and nothing happened.

    Raises `InvalidInput` keyed `number` for a case with itself, `NotPermitted` or `NotFound`.
    """
    for one in (case, other):
        require(handler, Action.HANDLE, one)
    if case.id == other.id:
        raise InvalidInput({"number": "itself"})
    if (await session.execute(select(CaseLink.id).where(_between(case, other)))).first() is not None:
        return False
    session.add(CaseLink(case_id=max(case.id, other.id), earlier_id=min(case.id, other.id)))
    _enter_on_both(session, desk, case, other, handler, EventKind.RELATED)
    return True


async def unlink(session: AsyncSession, desk: Desk, case: Case, other: Case, handler: Actor) -> None:
    """Untie two cases. Raises `NotFound` where nothing ties them, `NotPermitted`."""
    for one in (case, other):
        require(handler, Action.HANDLE, one)
    found = (await session.execute(delete(CaseLink).where(_between(case, other)).returning(CaseLink.id))).all()
    if not found:
        raise NotFound(f"nothing ties {case.number} to {other.number}")
    _enter_on_both(session, desk, case, other, handler, EventKind.UNRELATED)


def _between(case: Case, other: Case) -> ColumnElement[bool]:
    return or_(
        and_(CaseLink.case_id == case.id, CaseLink.earlier_id == other.id),
        and_(CaseLink.case_id == other.id, CaseLink.earlier_id == case.id),
    )


def _enter_on_both(session: AsyncSession, desk: Desk, case: Case, other: Case, handler: Actor, kind: EventKind) -> None:
    for one, far in ((case, other), (other, case)):
        messages.enter(
            session,
            case_id=one.id,
            kind=kind,
            actor=handler,
            channel=Channel.WEB,
            at=desk.clock.now(),
            data={"number": far.number},
        )

"""Lets a case go on within another one, and parts them again.

Nothing is moved: each case keeps its number, its words, its files, its followers and its mail threads, and the one
that goes on shows them all. So parting puts everything back, what came in meanwhile included.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession

from casework.approvals import store as approvals
from casework.approvals.models import ApprovalState
from casework.cases import lifecycle, notices, store
from casework.cases.lifecycle import MERGEABLE
from casework.cases.models import Case
from casework.cases.permissions import Action, may, require
from casework.desk import Desk
from casework.errors import CaseworkError, Conflict, TransitionNotAllowed
from casework.messages import service as messages
from casework.messages.models import Channel, EventKind
from casework.people.models import Actor


class Obstacle(StrEnum):
    """Why a case cannot go on within another."""

    ITSELF = "itself"
    NOT_OPEN = "not_open"
    ANSWERED = "answered"
    OTHER_IS_CLOSED = "other_is_closed"
    APPROVAL_OPEN = "approval_open"
    NOT_SAID_APART = "not_said_apart"


class CannotMerge(CaseworkError):
    """These two cases cannot be merged."""

    def __init__(self, obstacle: Obstacle) -> None:
        super().__init__(f"these two cases cannot be merged: {obstacle}")
        self.obstacle = obstacle


@dataclass(frozen=True)
class Seen:
    """The versions of two cases that the page showed on which somebody decided."""

    case: int
    into: int


async def obstacle(session: AsyncSession, case: Case, into: Case) -> Obstacle | None:
    """Return why a case cannot go on within another, but for their requesters being two people."""
    if case.id == into.id:
        return Obstacle.ITSELF
    if case.is_closed:
        return Obstacle.NOT_OPEN
    if case.status not in MERGEABLE:
        return Obstacle.ANSWERED
    if into.is_closed:
        return Obstacle.OTHER_IS_CLOSED
    if any(one.state == ApprovalState.OPEN for one in await approvals.of_case(session, case.id)):
        return Obstacle.APPROVAL_OPEN
    return None


async def merge(
    session: AsyncSession, desk: Desk, case: Case, into: Case, handler: Actor, seen: Seen, *, two_people: bool = False
) -> None:
    """Have a case go on within another one and tell its requester in one mail.

    `two_people` is the handler's word that the two requesters are not the same; neither ever reads the other's words.
    Raises `CannotMerge`, `Conflict` when one of them changed since it was `seen`, `NotPermitted` or `NotFound`.
    """
    for one in (case, into):
        require(handler, Action.HANDLE, one)
    for case_id in sorted({case.id, into.id}):  # always in this order, or two merges could wait for each other
        await store.locked(session, case_id)
    if (case.version, into.version) != (seen.case, seen.into):
        raise Conflict
    found = await obstacle(session, case, into)
    if found is None and case.requester_id != into.requester_id and not two_people:
        found = Obstacle.NOT_SAID_APART
    if found is not None:
        raise CannotMerge(found)
    lifecycle.merge(session, case, into, actor=handler, channel=Channel.WEB, clock=desk.clock)
    is_same = case.requester_id == into.requester_id
    _enter(session, desk, case, EventKind.MERGED, handler, {"number": into.number} if is_same else {})
    _enter(session, desk, into, EventKind.TOOK_IN, handler, {"number": case.number})
    await session.flush()
    await notices.tell_merged(session, desk, case, into if is_same else None)


async def part(session: AsyncSession, desk: Desk, case: Case, handler: Actor, seen: int) -> None:
    """Let a case that went on within another stand by itself again, where it stood, and tell its requester.

    Raises `Conflict` when it changed since it was `seen`, `TransitionNotAllowed`, `NotPermitted` or `NotFound`.
    """
    require(handler, Action.HANDLE, case)
    await store.locked(session, case.id)
    if case.version != seen:
        raise Conflict
    if case.merged_into_id is None:
        raise TransitionNotAllowed(case.number, case.status, case.status)
    into = await store.by_id(session, case.merged_into_id)
    lifecycle.part(session, case, actor=handler, channel=Channel.WEB, clock=desk.clock)
    _enter(session, desk, case, EventKind.UNMERGED, handler, {})
    _enter(session, desk, into, EventKind.GAVE_UP, handler, {"number": case.number})
    await session.flush()
    await notices.tell_parted(session, desk, case)


async def shown_with(session: AsyncSession, case: Case, reader: Actor) -> Sequence[Case]:
    """Return the cases that go on within a case, as far as somebody reads them as they read that one."""
    return [
        one
        for one in await store.merged_into(session, case.id)
        if may(reader, Action.READ, one) and may(reader, Action.READ_NOTES, one) == may(reader, Action.READ_NOTES, case)
    ]


def _enter(
    session: AsyncSession, desk: Desk, case: Case, kind: EventKind, handler: Actor, data: dict[str, str]
) -> None:
    messages.enter(
        session, case_id=case.id, kind=kind, actor=handler, channel=Channel.WEB, at=desk.clock.now(), data=data
    )

"""How a case goes from one handler to another, or back to the queue; why stays among handlers."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from sqlalchemy.ext.asyncio import AsyncSession

from casework.cases import notices, store
from casework.cases.lifecycle import transition
from casework.cases.models import Case, Status
from casework.cases.permissions import Action, require
from casework.desk import Desk
from casework.errors import InvalidInput, TransitionNotAllowed
from casework.messages import service as messages
from casework.messages.models import Channel, EventKind
from casework.messages.service import storable
from casework.people import store as people
from casework.people.models import Actor, Role

LONGEST_REASON = 1_000


@dataclass(frozen=True)
class Handing:
    """To whom a case goes, why, and by which channel that was said; `by_rule` is what a rule of the house went by.

    `one_of_many` leaves the mail to whoever hands over many: `notices.tell_assigned` writes one for all of them.
    """

    to: Actor
    reason: str
    channel: Channel
    by_rule: Mapping[str, str] = field(default_factory=dict)
    one_of_many: bool = False


async def hand_over(session: AsyncSession, desk: Desk, case: Case, giver: Actor, handing: Handing) -> None:
    """Make a case another handler's, and tell them by mail; the reason is kept for handlers.

    `giver` is a handler, or the desk itself when it assigns. Raises `InvalidInput` keyed `handler` for somebody who
    cannot have the case, `TransitionNotAllowed` on a closed case, `NotPermitted` or `NotFound`.
    """
    if giver.person_id is not None:
        require(giver, Action.HANDLE, case)
    await store.locked(session, case.id)
    _require_open(case)
    if handing.to.person_id == case.requester_id or Role.HANDLER not in handing.to.roles:
        raise InvalidInput({"handler": "cannot"})
    if handing.to.person_id == case.handler_id:
        return
    case.handler_id = handing.to.person_id
    _enter(
        session, desk, case, EventKind.ASSIGNED, giver, handing.channel, {"handler": handing.to.name, "given": "yes"}
    )
    _give_reason(
        session, desk, case, giver, handing.channel, {"handler": handing.to.name, **handing.by_rule}, handing.reason
    )
    if case.status is Status.OPEN:
        transition(session, case, Status.ASSIGNED, actor=giver, channel=handing.channel, clock=desk.clock)
    await session.flush()
    if giver.person_id != handing.to.person_id and not handing.one_of_many:
        await notices.tell_assigned(session, desk, [case])


async def give_back(
    session: AsyncSession, desk: Desk, case: Case, handler: Actor, reason: str, channel: Channel
) -> None:
    """Put a case back where everybody can take it; what was begun stays begun.

    Raises `TransitionNotAllowed` on a closed case, `NotPermitted` or `NotFound`.
    """
    require(handler, Action.HANDLE, case)
    await store.locked(session, case.id)
    _require_open(case)
    if case.handler_id is None:
        return
    former = await people.person(session, case.handler_id)
    case.handler_id = None
    _enter(session, desk, case, EventKind.GIVEN_BACK, handler, channel, {"handler": former.name})
    _give_reason(session, desk, case, handler, channel, {}, reason)
    if case.status is Status.ASSIGNED:
        transition(session, case, Status.OPEN, actor=handler, channel=channel, clock=desk.clock)


def _require_open(case: Case) -> None:
    if case.is_closed:
        raise TransitionNotAllowed(case.number, case.status, Status.ASSIGNED)


def _give_reason(
    session: AsyncSession, desk: Desk, case: Case, giver: Actor, channel: Channel, data: dict[str, str], reason: str
) -> None:
    said = storable(reason.strip())[:LONGEST_REASON]
    if said or "rule" in data:
        comment = {"comment": said} if said else {}
        _enter(session, desk, case, EventKind.ROUTED, giver, channel, {**data, **comment})


def _enter(
    session: AsyncSession, desk: Desk, case: Case, kind: EventKind, actor: Actor, channel: Channel, data: dict[str, str]
) -> None:
    messages.enter(session, case_id=case.id, kind=kind, actor=actor, channel=channel, at=desk.clock.now(), data=data)

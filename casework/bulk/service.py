"""Does one thing to a case among many, by the same services as on its own page."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm.exc import StaleDataError

from casework.canned import service as canned
from casework.cases import handing_over, handling, linking, notices, store
from casework.cases.handing_over import Handing
from casework.cases.models import Case
from casework.cases.permissions import Action, may
from casework.desk import Desk
from casework.errors import CaseworkError, Conflict, NotFound
from casework.messages.models import Channel, MessageKind
from casework.messages.service import Words
from casework.people import store as people
from casework.people.models import Actor

MOST = 50  # cases at once: as many as a page of the queue shows


class Deed(StrEnum):
    """What can be done to many cases at once."""

    CLAIM = "claim"
    GIVE = "give"
    GIVE_BACK = "give_back"
    CLASSIFY = "classify"
    ASK = "ask"
    LINK = "link"


TARGETLESS = frozenset({Deed.CLAIM, Deed.GIVE_BACK})
"""Deeds that need nothing more said; the others need a colleague, a form, a canned answer or a number."""


@dataclass(frozen=True)
class Order:
    """A deed, and the id, key or number of what it is done with."""

    deed: Deed
    target: str = ""

    @property
    def is_complete(self) -> bool:
        """Whether everything is said that the deed needs."""
        return self.deed in TARGETLESS or bool(self.target)


@dataclass(frozen=True)
class Outcome:
    """What became of a deed on one case: done, nothing to do, or an error that says why not."""

    number: str
    version: int
    subject: str = ""
    requester: str = ""
    changed: bool = False
    error: CaseworkError | None = None


async def do(
    session: AsyncSession, desk: Desk, handler: Actor, order: Order, number: str, seen: int | None = None
) -> Outcome:
    """Do it to one case, wholly or not at all; what stands in the way comes back as a value.

    `seen` is the version that the handler decided on, if they were shown one.
    """
    try:
        case = await store.locked(session, (await store.by_number(session, number)).id)
    except NotFound as error:
        return Outcome(number, 0, error=error)
    if not may(handler, Action.HANDLE, case):
        return Outcome(number, 0, error=NotFound())
    requester = (await people.person(session, case.requester_id)).name
    version, subject = case.version, case.subject
    if seen is not None and seen != version:
        return Outcome(number, version, subject, requester, error=Conflict())
    try:
        async with session.begin_nested():
            changed = await _carry_out(session, desk, case, handler, order)
    except (CaseworkError, StaleDataError) as error:
        said = error if isinstance(error, CaseworkError) else Conflict()
        return Outcome(number, version, subject, requester, error=said)
    return Outcome(number, version, subject, requester, changed=changed)


async def _carry_out(session: AsyncSession, desk: Desk, case: Case, handler: Actor, order: Order) -> bool:
    """Do it; False when there was nothing to do."""
    match order.deed:
        case Deed.CLAIM:
            mine = case.handler_id == handler.person_id
            await handling.claim(session, desk, case, handler, Channel.WEB)
            return not mine
        case Deed.GIVE:
            to = await people.actor(session, _id(order))
            same = case.handler_id == to.person_id
            handing = Handing(to, "", Channel.WEB, one_of_many=True)
            await handing_over.hand_over(session, desk, case, handler, handing)
            return not same
        case Deed.GIVE_BACK:
            nobodys = case.handler_id is None
            await handing_over.give_back(session, desk, case, handler, "", Channel.WEB)
            return not nobodys
        case Deed.CLASSIFY:
            same = case.form_key == order.target
            await handling.classify(session, desk, case, handler, order.target, {}, Channel.WEB)
            return not same
        case Deed.ASK:
            words = Words(await canned.filled(session, case, handler, _id(order)), Channel.WEB)
            await handling.write_to_requester(session, desk, case, handler, words, kind=MessageKind.QUESTION)
            return True
        case Deed.LINK:
            other = await store.by_number(session, order.target)
            return await linking.link(session, desk, case, other, handler)


async def tell(session: AsyncSession, desk: Desk, handler: Actor, order: Order, outcomes: Sequence[Outcome]) -> None:
    """Tell a colleague of all that was given to them, in one mail."""
    if order.deed is not Deed.GIVE or _id(order) == handler.person_id:
        return
    given = [await store.by_number(session, one.number) for one in outcomes if one.changed]
    await notices.tell_assigned(session, desk, [case for case in given if case.handler_id == _id(order)])


def _id(order: Order) -> int:
    """Return the id that was chosen; what is none is nothing that exists."""
    if not (order.target.isascii() and order.target.isdigit() and len(order.target) <= 9):
        raise NotFound
    return int(order.target)

"""Names deputies and ends them. A deputy never has a deputy of their own meanwhile: there is no chain or circle."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date
from enum import StrEnum

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.audit import service as audit
from casework.cases.permissions import Action, may
from casework.clock import local_date
from casework.deputies import store
from casework.deputies.models import Deputy
from casework.desk import Desk
from casework.errors import CaseworkError, NotFound
from casework.messages.models import Channel
from casework.outbox import service as outbox
from casework.outbox.models import MailKind
from casework.people.models import Actor, Person

LONGEST_DAYS = 366


class Unfit(StrEnum):
    """Why somebody cannot be a deputy on these days."""

    ONESELF = "oneself"
    WRONG_DAYS = "wrong_days"
    HAS_ONE = "has_one"
    IS_ONE = "is_one"
    IS_AWAY = "is_away"


class UnfitDeputy(CaseworkError):
    """Choose another deputy, or other days."""

    def __init__(self, reason: Unfit) -> None:
        super().__init__(f"not a deputy: {reason}")
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Days:
    """From a first day up to a last one, which counts."""

    first_on: date
    last_on: date


async def name_deputy(
    session: AsyncSession, desk: Desk, actor: Actor, person_id: int, deputy_id: int, days: Days
) -> Deputy:
    """Have somebody stand in for a person, and tell the deputy; a person does it for themselves, an admin for anybody.

    Raises `NotFound` for somebody else's deputy, and `UnfitDeputy`.
    """
    _require_own(actor, person_id)
    await _lock(session, person_id, deputy_id)
    now = desk.clock.now()
    reason = await _unfit(session, person_id, deputy_id, days, local_date(now))
    if reason is not None:
        raise UnfitDeputy(reason)
    named = Deputy(
        person_id=person_id,
        deputy_id=deputy_id,
        first_on=days.first_on,
        last_on=days.last_on,
        named_by_id=actor.person_id,
        named_at=now,
    )
    session.add(named)
    await session.flush()
    _record(session, desk, "deputy_named", actor, named)
    await outbox.tell(
        session,
        kind=MailKind.DEPUTY,
        person_id=deputy_id,
        context={"link": desk.settings.link("/deputies")},
        now=now,
        dedupe_key=f"{MailKind.DEPUTY}:{named.id}",
    )
    return named


async def end(session: AsyncSession, desk: Desk, actor: Actor, deputy_row_id: int) -> None:
    """End what a person named before its last day; the deputy may lay it down too. Raises `NotFound`."""
    named = await session.get(Deputy, deputy_row_id)
    if named is None or named.ended_at is not None:
        raise NotFound
    if actor.person_id != named.deputy_id:
        _require_own(actor, named.person_id)
    named.ended_at = desk.clock.now()
    _record(session, desk, "deputy_ended", actor, named)


async def acting(session: AsyncSession, desk: Desk, actor: Actor, person_id: int | None, name: str) -> Actor:
    """Return an actor as they act on what is a person's: as that person's deputy, if today they are."""
    if person_id is None or actor.person_id is None or actor.person_id == person_id:
        return actor
    today = local_date(desk.clock.now())
    stands_in = await store.stands_in_for(session, actor.person_id, person_id, today)
    return replace(actor, acts_for=name) if stands_in else actor


def _require_own(actor: Actor, person_id: int) -> None:
    if not may(actor, Action.NAME_DEPUTY, person_id=person_id):
        raise NotFound


async def _lock(session: AsyncSession, *person_ids: int) -> None:
    """Let namings that concern the same people follow each other: two that start together could make a chain."""
    query = select(Person.id).where(Person.id.in_(person_ids)).order_by(Person.id).with_for_update()
    await session.execute(query)


async def _unfit(session: AsyncSession, person_id: int, deputy_id: int, days: Days, today: date) -> Unfit | None:
    deputy = await session.get(Person, deputy_id)
    if deputy is None or not deputy.active:
        return Unfit.IS_AWAY
    own = await store.touching(session, person_id, days.first_on, days.last_on)
    theirs = await store.touching(session, deputy_id, days.first_on, days.last_on)
    return why_unfit([*own, *theirs], person_id, deputy_id, days, today)


def why_unfit(known: Sequence[Deputy], person_id: int, deputy_id: int, days: Days, today: date) -> Unfit | None:
    """Return why somebody cannot stand in for another; `known` is what is in force in these days about either."""
    if person_id == deputy_id:
        return Unfit.ONESELF
    if not today <= days.last_on or not 0 <= (days.last_on - days.first_on).days <= LONGEST_DAYS:
        return Unfit.WRONG_DAYS
    if any(one.person_id == person_id for one in known):
        return Unfit.HAS_ONE
    if any(one.deputy_id == person_id for one in known):
        return Unfit.IS_ONE
    return Unfit.IS_AWAY if any(one.person_id == deputy_id for one in known) else None


def _record(session: AsyncSession, desk: Desk, action: str, actor: Actor, named: Deputy) -> None:
    details = {
        "person": named.person_id,
        "deputy": named.deputy_id,
        "first_on": named.first_on.isoformat(),
        "last_on": named.last_on.isoformat(),
    }
    audit.record(session, at=desk.clock.now(), action=action, actor=actor, channel=Channel.WEB, details=details)

"""Decides whether a mail may leave: not to an address that gives everything back, and not over a ceiling."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.outbox import bounces, ceilings
from casework.outbox.models import HoldReason

# What almost every mail asks, as one question; only many mails to one address are looked at one by one.
_STOPPED_AND_HOW_MANY = select(bounces.STOPPED.exists(), ceilings.HOW_MANY.scalar_subquery()).execution_options(
    autoflush=False
)


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a mail is held: by its name, for pages, and in words, for the log."""

    reason: HoldReason
    words: str


_STOPPED = Hold(HoldReason.ADDRESS_STOPPED, "mails to this address came back too often")


async def hold_for(session: AsyncSession, *, address: str, case_id: int | None, now: datetime) -> Hold | None:
    """Return why a mail to this address, about this case if about any, must be held; None if it may leave."""
    if ceilings.is_first(session, address=address, case_id=case_id):
        return _STOPPED if await bounces.is_stopped(session, address, now) else None
    await ceilings.write_pending(session, address=address, case_id=case_id)
    asked = bounces.asked(address, now) | ceilings.asked(address, case_id, now)
    stopped, count = (await session.execute(_STOPPED_AND_HOW_MANY, asked)).one()
    if stopped:
        return _STOPPED
    if case_id is None or count < ceilings.FEWEST:
        return None
    reached = await ceilings.ceiling_reached(session, address=address, case_id=case_id, now=now)
    return None if reached is None else Hold(HoldReason.TOO_MANY, reached)

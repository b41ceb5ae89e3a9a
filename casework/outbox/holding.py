"""Decides whether a mail may leave: not to an address that gives everything back, and not over a ceiling."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.ext.asyncio import AsyncSession

from casework.outbox import bounces
from casework.outbox.ceilings import ceiling_reached
from casework.outbox.models import HoldReason


@dataclass(frozen=True, slots=True)
class Hold:
    """Why a mail is held: by its name, for pages, and in words, for the log."""

    reason: HoldReason
    words: str


async def hold_for(session: AsyncSession, *, address: str, case_id: int | None, now: datetime) -> Hold | None:
    """Return why a mail to this address, about this case if about any, must be held; None if it may leave."""
    if await bounces.is_stopped(session, address, now):
        return Hold(HoldReason.ADDRESS_STOPPED, "mails to this address came back too often")
    if case_id is None:
        return None
    reached = await ceiling_reached(session, address=address, case_id=case_id, now=now)
    return None if reached is None else Hold(HoldReason.TOO_MANY, reached)

"""How much the desk writes to one address about one case: the last bound on a loop that nothing else recognised."""

from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.outbox.models import OutboxMail, OutboxState

CEILINGS = (
    (10, timedelta(minutes=10)),
    (15, timedelta(minutes=30)),
    (25, timedelta(minutes=60)),
    (50, timedelta(minutes=180)),
    (100, timedelta(minutes=600)),
)
"""So many mails within so long, the shortest time first."""


async def ceiling_reached(session: AsyncSession, *, address: str, case_id: int, now: datetime) -> str | None:
    """Return in words which ceiling one more mail would break, or None; a mail that is held counts for none."""
    most, longest = CEILINGS[-1]
    query = select(OutboxMail.created_at).where(
        OutboxMail.case_id == case_id,
        OutboxMail.to_address == address,
        OutboxMail.state != OutboxState.HELD,
        OutboxMail.created_at > now - longest,
    )
    written_at = (await session.execute(query.order_by(OutboxMail.created_at.desc()).limit(most))).scalars().all()
    for count, span in CEILINGS:
        if sum(at > now - span for at in written_at) >= count:
            minutes = span // timedelta(minutes=1)
            return f"{count} mails went to this address about this case within {minutes} minutes"
    return None

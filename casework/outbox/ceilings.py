"""How much the desk writes to one address about one case: the last bound on a loop that nothing else recognised."""

from datetime import datetime, timedelta

from sqlalchemy import bindparam, select
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

_MOST, _LONGEST = CEILINGS[-1]
_WRITTEN_AT = (
    select(OutboxMail.created_at)
    .where(
        OutboxMail.case_id == bindparam("case_id"),
        OutboxMail.to_address == bindparam("address"),
        OutboxMail.state != OutboxState.HELD,
        OutboxMail.created_at > bindparam("since"),
    )
    .order_by(OutboxMail.created_at.desc())
    .limit(_MOST)
    .execution_options(autoflush=False)
)


async def ceiling_reached(session: AsyncSession, *, address: str, case_id: int, now: datetime) -> str | None:
    """Return in words which ceiling one more mail would break, or None; a mail that is held counts for none."""
    if any(_is_about(new, case_id, address) for new in session.new):
        await session.flush()
    asked = {"case_id": case_id, "address": address, "since": now - _LONGEST}
    written_at = (await session.execute(_WRITTEN_AT, asked)).scalars().all()
    for count, span in CEILINGS:
        if sum(at > now - span for at in written_at) >= count:
            minutes = span // timedelta(minutes=1)
            return f"{count} mails went to this address about this case within {minutes} minutes"
    return None


def _is_about(new: object, case_id: int, address: str) -> bool:
    """Tell whether something that is not written yet counts as well."""
    return isinstance(new, OutboxMail) and (new.case_id, new.to_address) == (case_id, address)

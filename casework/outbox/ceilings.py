"""How much the desk writes to one address about one case: the last bound on a loop that nothing else recognised."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import bindparam, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework import new_rows
from casework.outbox.models import OutboxMail, OutboxState

CEILINGS = (
    (10, timedelta(minutes=10)),
    (15, timedelta(minutes=30)),
    (25, timedelta(minutes=60)),
    (50, timedelta(minutes=180)),
    (100, timedelta(minutes=600)),
)
"""So many mails within so long, the shortest time first."""

FEWEST = CEILINGS[0][0]
"""With fewer mails than this no ceiling is near."""

_QUEUED = "whom mails were queued to"
_MOST, _LONGEST = CEILINGS[-1]
_COUNTS = (
    OutboxMail.case_id == bindparam("case_id"),
    OutboxMail.to_address == bindparam("address"),
    OutboxMail.state != OutboxState.HELD,
    OutboxMail.created_at > bindparam("since"),
)
HOW_MANY = select(func.count()).select_from(OutboxMail).where(*_COUNTS)
"""How many mails count towards the ceilings; its parameters are `asked`."""
_WRITTEN_AT = (
    select(OutboxMail.created_at)
    .where(*_COUNTS)
    .order_by(OutboxMail.created_at.desc())
    .limit(_MOST)
    .execution_options(autoflush=False)
)


def asked(address: str, case_id: int | None, now: datetime) -> dict[str, Any]:
    """Return what is asked about one address and one case."""
    return {"case_id": case_id, "address": address, "since": now - _LONGEST}


def note(session: AsyncSession, mail: OutboxMail) -> None:
    """Keep in mind, while a transaction lasts, to whom and about which case a mail was queued in it."""
    session.info.setdefault(_QUEUED, set()).add((mail.case_id, mail.to_address))


def is_first(session: AsyncSession, *, address: str, case_id: int | None) -> bool:
    """Return whether nobody can have written to an address about a case yet, because it begins in this transaction."""
    return new_rows.was_put(session, "cases", case_id) and not _was_queued(session, address, case_id)


def _was_queued(session: AsyncSession, address: str, case_id: int | None) -> bool:
    return (case_id, address) in session.info.get(_QUEUED, ())


async def write_pending(session: AsyncSession, *, address: str, case_id: int | None) -> None:
    """Write out mails that count as well, so that a question to the database sees them."""
    if _was_queued(session, address, case_id):
        await session.flush()


async def ceiling_reached(session: AsyncSession, *, address: str, case_id: int, now: datetime) -> str | None:
    """Return in words which ceiling one more mail would break, or None; a mail that is held counts for none."""
    await write_pending(session, address=address, case_id=case_id)
    written_at = (await session.execute(_WRITTEN_AT, asked(address, case_id, now))).scalars().all()
    for count, span in CEILINGS:
        if sum(at > now - span for at in written_at) >= count:
            minutes = span // timedelta(minutes=1)
            return f"{count} mails went to this address about this case within {minutes} minutes"
    return None

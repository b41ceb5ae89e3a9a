"""What a mail that came back means: for the mail itself, and for the address that it was sent to."""

import re
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import bindparam, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework import past_session
from casework.outbox.models import BouncingAddress, OutboxMail, OutboxState
from casework.sqlite_rows import StandingQuery

STOPPED_AT = 4
FORGOTTEN_AFTER = timedelta(days=30)
LONGEST_REASON = 500
MAY_COME_BACK = frozenset({OutboxState.SENT, OutboxState.QUEUED, OutboxState.SENDING})
"""A mail whose try had no clear end may have left all the same; one that came back is not tried again."""

ADDRESS_IS_BAD = re.compile(r"\b5\.(?:1\.(?:[1236]|10)|2\.[012])\b")
"""RFC 3463, 3.2 and 3.3: the mailbox or its address, and not our relay, our sender or our words."""


class Severity(StrEnum):
    """Whether an address may take mail another day, or will not (RFC 3463, section 2: classes 4 and 5)."""

    SOFT = "soft"
    HARD = "hard"


SCORE = {Severity.SOFT: 1, Severity.HARD: 2}

STOPPED = select(BouncingAddress.address).where(
    BouncingAddress.address == bindparam("address"),
    BouncingAddress.score >= STOPPED_AT,
    BouncingAddress.last_at > bindparam("remembered_since"),
)
"""The address, if no mail goes there; its parameters are `asked`. `_count` is the only writer, and flushes."""

_IS_STOPPED = StandingQuery(select(STOPPED.exists()))
_KNOWN = "addresses that are stopped, or are not"


async def record(session: AsyncSession, mail_id: int, *, severity: Severity, reason: str, now: datetime) -> bool:
    """Write down that a mail came back, and count it against its address; False if that was known, or cannot be."""
    query = select(OutboxMail).where(OutboxMail.id == mail_id).with_for_update()
    mail = (await session.execute(query)).scalar_one()
    if mail.state not in MAY_COME_BACK:
        return False
    mail.state, mail.bounce, mail.bounced_at = OutboxState.BOUNCED, severity, now
    mail.reason = reason[:LONGEST_REASON]
    mail.lease_owner = mail.leased_until = None
    await _count(session, mail.to_address, severity, now)
    return True


async def count_refusal(session: AsyncSession, mail_id: int, reply: str, now: datetime) -> None:
    """Count a refusal on the spot against its address, if the address is what was refused."""
    if ADDRESS_IS_BAD.search(reply):
        query = select(OutboxMail.to_address).where(OutboxMail.id == mail_id)
        await _count(session, (await session.execute(query)).scalar_one(), Severity.HARD, now)


async def _count(session: AsyncSession, address: str, severity: Severity, now: datetime) -> None:
    """Add to the score of an address; what happened before thirty quiet days is forgotten."""
    query = select(BouncingAddress).where(BouncingAddress.address == address).with_for_update()
    known = (await session.execute(query)).scalar_one_or_none()
    if known is None:
        known = BouncingAddress(address=address, score=0, last_at=now)
        session.add(known)
    elif now - known.last_at >= FORGOTTEN_AFTER:
        known.score = 0
    known.score += SCORE[severity]
    known.last_at = now
    session.info.pop(_KNOWN, None)
    await session.flush()


def asked(address: str, now: datetime) -> dict[str, Any]:
    """Return what is asked about one address: an address is stopped until thirty days have passed."""
    return {"address": address, "remembered_since": now - FORGOTTEN_AFTER}


async def is_stopped(session: AsyncSession, address: str, now: datetime) -> bool:
    """Return whether no mail goes to an address; each is asked about once in a transaction."""
    known: dict[str, bool] = session.info.setdefault(_KNOWN, {})
    if address not in known:
        [(stopped,)] = await past_session.find(session, _IS_STOPPED, **asked(address, now))
        known[address] = bool(stopped)
    return known[address]

"""Counts wrong passwords and codes for each account, so that guessing ends and nobody is locked out for ever.

Strangers share one count per account; a browser from which the person signed in before has a count of its own, so a
stranger who keeps guessing stops strangers alone. A refused try is not counted, so a count always runs out.
"""

from datetime import datetime, timedelta

from sqlalchemy import delete, func, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.digital_keys.models import FailedProof
from casework.digital_keys.secrecy import keyed_hash

MOST_FAILURES = 10
WINDOW = timedelta(minutes=15)
KEPT = timedelta(days=1)


def account(key: bytes, address: str, device: str) -> str:
    """Return the name under which failures are counted; `device` is empty for a browser we do not know."""
    return keyed_hash(key, "failures", address, device)


async def is_open(session: AsyncSession, account: str, now: datetime) -> bool:
    """Return whether another try is allowed now."""
    query = select(func.count()).where(FailedProof.account == account, FailedProof.at > now - WINDOW)
    return (await session.execute(query)).scalar_one() < MOST_FAILURES


async def count(session: AsyncSession, account: str, now: datetime) -> None:
    """Count a failure, and forget those of other days."""
    await session.execute(delete(FailedProof).where(FailedProof.at < now - KEPT))
    session.add(FailedProof(account=account, at=now))
    await session.flush()


async def forget(session: AsyncSession, account: str) -> None:
    """Forget the failures of an account after it was proven."""
    await session.execute(delete(FailedProof).where(FailedProof.account == account))

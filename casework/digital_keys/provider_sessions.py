"""Remembers at which provider the person of a session is signed in too, so that signing out here ends both."""

from dataclasses import dataclass, field
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.ext.asyncio import AsyncSession

from casework.digital_keys.models import ProviderSession, Way
from casework.digital_keys.secrecy import seal, unseal
from casework.people.sign_in import LONGEST_SESSION


@dataclass(frozen=True)
class SignedInThere:
    """The way by which somebody signed in at a provider, and the token that it gave."""

    way: Way
    token: str = field(repr=False)


async def keep(session: AsyncSession, key: bytes, session_id: int, there: SignedInThere, now: datetime) -> None:
    """Remember the provider of a session, in place of one before; those of sessions that are over are forgotten."""
    over = ProviderSession.kept_at <= now - LONGEST_SESSION
    await session.execute(delete(ProviderSession).where(over | (ProviderSession.session_id == session_id)))
    sealed = seal(key, there.token, _owner(session_id))
    session.add(ProviderSession(session_id=session_id, way=there.way, sealed_token=sealed, kept_at=now))


async def take(session: AsyncSession, key: bytes, session_id: int) -> SignedInThere | None:
    """Return where the person of a session is signed in too, and forget it."""
    of_session = ProviderSession.session_id == session_id
    kept = (await session.execute(select(ProviderSession).where(of_session))).scalar_one_or_none()
    if kept is None:
        return None
    way, token = Way(kept.way), unseal(key, kept.sealed_token, _owner(session_id))
    await session.execute(delete(ProviderSession).where(of_session))
    return SignedInThere(way, token) if token is not None else None


def _owner(session_id: int) -> str:
    return f"session {session_id}"

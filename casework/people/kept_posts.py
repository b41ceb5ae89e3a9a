"""Keeps what somebody sent when their session was over or of too low a level, until they have signed in."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import JSON, ForeignKey, Text, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, UtcDateTime
from casework.errors import NotFound

KEPT_FOR = timedelta(hours=12)
MOST_KEPT = 5


class KeptPost(Base):
    """One form as it was sent: where to, the texts in their order, and the files by their SHA-256."""

    __tablename__ = "kept_posts"
    id: Mapped[int] = mapped_column(primary_key=True)
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    path: Mapped[str] = mapped_column(Text)
    page: Mapped[str] = mapped_column(Text)
    texts: Mapped[list[list[str]]] = mapped_column(JSON)
    files: Mapped[list[dict[str, Any]]] = mapped_column(JSON)
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class Sent:
    """A form as somebody sent it; `page` is where it stood."""

    path: str
    page: str
    texts: Sequence[tuple[str, str]]
    files: Sequence[dict[str, Any]]


async def keep(session: AsyncSession, person_id: int, sent: Sent, now: datetime) -> int:
    """Keep a form for its sender alone, for twelve hours; of each sender the newest five."""
    await session.execute(delete(KeptPost).where(KeptPost.kept_at < now - KEPT_FOR))
    newest = select(KeptPost.id).where(KeptPost.person_id == person_id).order_by(KeptPost.id.desc())
    stay = (await session.execute(newest.limit(MOST_KEPT - 1))).scalars().all()
    await session.execute(delete(KeptPost).where(KeptPost.person_id == person_id, KeptPost.id.not_in(stay)))
    kept = KeptPost(
        person_id=person_id,
        path=sent.path,
        page=sent.page,
        texts=[[name, text] for name, text in sent.texts],
        files=[dict(file) for file in sent.files],
        kept_at=now,
    )
    session.add(kept)
    await session.flush()
    return kept.id


async def of_sender(session: AsyncSession, kept_id: int, person_id: int, now: datetime) -> KeptPost:
    """Return what was kept. Raises `NotFound`, also when somebody else sent it."""
    query = select(KeptPost).where(
        KeptPost.id == kept_id, KeptPost.person_id == person_id, KeptPost.kept_at > now - KEPT_FOR
    )
    found = (await session.execute(query)).scalar_one_or_none()
    if found is None:
        raise NotFound
    return found


async def forget(session: AsyncSession, kept_id: int, person_id: int) -> None:
    """Forget what was kept, because it was sent after all or is not wanted."""
    await session.execute(delete(KeptPost).where(KeptPost.id == kept_id, KeptPost.person_id == person_id))

"""Files that came by chat: kept by their content until a case takes them along."""

import secrets
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, select, update
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, UtcDateTime


class Upload(Base):
    """A file of a conversation; `case_number` is the case that took it. `quarantined` says what a scanner found.

    `handed_at` is when the assistant was told of it, which remembers it from then on with the draft of a request.
    """

    __tablename__ = "bot_uploads"
    key: Mapped[str] = mapped_column(String(40), primary_key=True)
    conversation_id: Mapped[str] = mapped_column(ForeignKey("bot_conversations.id"), index=True)
    person_id: Mapped[int]
    filename: Mapped[str] = mapped_column(Text)
    declared_type: Mapped[str] = mapped_column(Text)
    sha256: Mapped[str] = mapped_column(String(64))
    quarantined: Mapped[str | None] = mapped_column(Text)
    case_number: Mapped[str | None] = mapped_column(String(20))
    handed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    kept_at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file whose bytes are stored: its name as it can be shown, and what was found in it."""

    filename: str
    declared_type: str
    sha256: str
    quarantined: str | None = None


async def keep(
    session: AsyncSession, conversation_id: str, person_id: int, files: Sequence[KeptFile], now: datetime
) -> list[str]:
    """Write files down with their conversation, and return the keys under which a case can take them."""
    rows = [
        Upload(
            key=secrets.token_urlsafe(24),
            conversation_id=conversation_id,
            person_id=person_id,
            filename=file.filename,
            declared_type=file.declared_type,
            sha256=file.sha256,
            quarantined=file.quarantined,
            kept_at=now,
        )
        for file in files
    ]
    session.add_all(rows)
    await session.flush()
    return [row.key for row in rows]


async def waiting(session: AsyncSession, conversation_id: str) -> Sequence[str]:
    """Return the keys of the files of a conversation that no case has taken yet, in the order in which they came."""
    query = select(Upload.key).where(Upload.conversation_id == conversation_id, Upload.case_number.is_(None))
    return (await session.execute(query.order_by(Upload.kept_at, Upload.key))).scalars().all()


async def untold(session: AsyncSession, conversation_id: str) -> Sequence[str]:
    """Return the keys of the files that the assistant was not told of yet; of a harmful one it never is."""
    query = select(Upload.key).where(
        Upload.conversation_id == conversation_id,
        Upload.case_number.is_(None),
        Upload.handed_at.is_(None),
        Upload.quarantined.is_(None),
    )
    return (await session.execute(query.order_by(Upload.kept_at, Upload.key))).scalars().all()


async def mark_told(session: AsyncSession, keys: Sequence[str], now: datetime) -> None:
    """Write down that the assistant knows of these files."""
    await session.execute(update(Upload).where(Upload.key.in_(keys)).values(handed_at=now))


async def of_person(session: AsyncSession, person_id: int, keys: Sequence[str]) -> Sequence[Upload]:
    """Return a person's own files under these keys that no case has taken yet; any other key names nothing."""
    query = select(Upload).where(Upload.key.in_(keys), Upload.person_id == person_id, Upload.case_number.is_(None))
    return (await session.execute(query.order_by(Upload.kept_at, Upload.key))).scalars().all()


async def take(session: AsyncSession, rows: Sequence[Upload], case_number: str) -> None:
    """Write down which case took these files."""
    keys = [row.key for row in rows]
    await session.execute(update(Upload).where(Upload.key.in_(keys)).values(case_number=case_number))


async def in_use(session: AsyncSession, contents: Collection[str]) -> set[str]:
    """Return which of these contents a conversation refers to."""
    return set((await session.execute(select(Upload.sha256).where(Upload.sha256.in_(contents)))).scalars())

"""Where we are in what another service tells when it is asked: kept, so that a restart neither loses nor repeats."""

from sqlalchemy import String, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, Database


class SyncPosition(Base):
    """The newest position that a service gave us, in its own terms."""

    __tablename__ = "bot_sync_positions"
    channel: Mapped[str] = mapped_column(String(20), primary_key=True)
    position: Mapped[str] = mapped_column(Text)


async def read(database: Database, channel: str) -> str:
    """Return where we are; nothing at the first start."""
    async with database.reading() as session:
        found = await session.get(SyncPosition, channel)
        return found.position if found else ""


async def keep(database: Database, channel: str, position: str) -> None:
    """Keep where we are, once what came before it is answered."""
    async with database.transaction() as session:
        await session.merge(SyncPosition(channel=channel, position=position))

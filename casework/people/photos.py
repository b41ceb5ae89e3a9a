"""A person's photo: read with care, drawn anew at one size, so that nothing of the sent file itself is kept."""

import asyncio
import io
from datetime import datetime

from PIL import Image, ImageOps, UnidentifiedImageError
from sqlalchemy import ForeignKey, LargeBinary, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from casework.attachments.sniffing import sniff
from casework.db import Base, UtcDateTime

SIDE = 256
MOST_PIXELS = 40_000_000
LARGEST = 10 * 1024 * 1024
CONTENT_TYPE = "image/jpeg"
# What is read: the type that the content shows, and the one reader that may touch it.
READERS = {"image/jpeg": "JPEG", "image/png": "PNG", "image/webp": "WEBP"}


class PersonPhoto(Base):
    """The photo of one person, as we drew it."""

    __tablename__ = "person_photos"
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    jpeg: Mapped[bytes] = mapped_column(LargeBinary)
    set_at: Mapped[datetime] = mapped_column(UtcDateTime)


async def draw(content: bytes) -> bytes | None:
    """Return a photo as a square JPEG without any of its metadata; `None` for what is no photo, or too large."""
    reader = READERS.get(sniff(content)) if len(content) <= LARGEST else None
    return await asyncio.to_thread(_draw, content, reader) if reader else None


def _draw(content: bytes, reader: str) -> bytes | None:
    try:
        with Image.open(io.BytesIO(content), formats=[reader]) as image:
            if image.width * image.height > MOST_PIXELS:
                return None
            image.draft("RGB", (SIDE * 2, SIDE * 2))
            upright = ImageOps.exif_transpose(image).convert("RGBA")
    except (
        UnidentifiedImageError,
        Image.DecompressionBombError,
        Image.DecompressionBombWarning,
        OSError,
        SyntaxError,
        ValueError,
        EOFError,
    ):
        return None
    square = ImageOps.fit(upright, (SIDE, SIDE))
    flat = Image.new("RGB", square.size, "white")
    flat.paste(square, mask=square.getchannel("A"))
    drawn = io.BytesIO()
    flat.save(drawn, "JPEG", quality=85)
    return drawn.getvalue()


async def keep(session: AsyncSession, person_id: int, jpeg: bytes, now: datetime) -> None:
    """Keep a drawn photo in place of the former."""
    await remove(session, person_id)
    session.add(PersonPhoto(person_id=person_id, jpeg=jpeg, set_at=now))
    await session.flush()


async def of_person(session: AsyncSession, person_id: int) -> PersonPhoto | None:
    """Return a person's photo, if they have one."""
    return (await session.execute(select(PersonPhoto).where(PersonPhoto.person_id == person_id))).scalar_one_or_none()


async def remove(session: AsyncSession, person_id: int) -> None:
    """Take a person's photo away."""
    await session.execute(delete(PersonPhoto).where(PersonPhoto.person_id == person_id))

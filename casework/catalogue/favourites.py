"""The forms that a person marked with a heart."""

from sqlalchemy import ForeignKey, String, delete, select
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, insert_once


class FavouriteForm(Base):
    """One form that one person wants at hand."""

    __tablename__ = "favourite_forms"
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), primary_key=True)
    form_key: Mapped[str] = mapped_column(String(60), primary_key=True)


async def mark(session: AsyncSession, person_id: int, form_key: str, *, wanted: bool) -> None:
    """Make a form a favourite, or no longer one; doing so twice changes nothing."""
    if wanted:
        await insert_once(session, FavouriteForm, {"person_id": person_id, "form_key": form_key})
        return
    await session.execute(
        delete(FavouriteForm).where(FavouriteForm.person_id == person_id, FavouriteForm.form_key == form_key)
    )


async def of_person(session: AsyncSession, person_id: int) -> frozenset[str]:
    """Return the keys of a person's favourite forms."""
    query = select(FavouriteForm.form_key).where(FavouriteForm.person_id == person_id)
    return frozenset((await session.execute(query)).scalars())

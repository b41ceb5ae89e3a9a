"""An answer that is kept to be given again."""

from datetime import datetime

from sqlalchemy import JSON, ForeignKey, String
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, UtcDateTime


class CannedAnswer(Base):
    """A text in some of the four languages; a shared one is offered to every handler, and is still its owner's."""

    __tablename__ = "canned_answers"
    id: Mapped[int] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    shared: Mapped[bool] = mapped_column(index=True)
    title: Mapped[str] = mapped_column(String(80))
    texts: Mapped[dict[str, str]] = mapped_column(JSON)
    saved_at: Mapped[datetime] = mapped_column(UtcDateTime)

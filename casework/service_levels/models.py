"""That the handlers of a case were told that its time is over: at most one row for each case."""

from datetime import datetime

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, UtcDateTime


class Escalation(Base):
    """A case whose handlers were told; the key lets it happen once."""

    __tablename__ = "escalations"
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)

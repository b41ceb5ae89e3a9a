"""One row for each thing that somebody did or read; rows are only ever added, and each is sealed onto the one before.

`casework.audit.append_only` makes the database itself refuse a change.
"""

from datetime import datetime
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.audit import append_only
from casework.db import Base, UtcDateTime


class AuditEntry(Base):
    """Who did what to which case, when, and by which channel. Ids follow each other in the order of the commits."""

    __tablename__ = "audit_entries"
    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    action: Mapped[str] = mapped_column(String(40))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    actor: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(String(10))
    case_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"))
    details: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    seal: Mapped[str] = mapped_column(String(64))

    __table_args__ = (
        Index(None, "case_id", "id"),
        Index(None, "actor_id", "id"),
        Index(None, "action", "id"),
        Index(None, "at"),
    )


class AuditHead(Base):
    """The one row that says where the chain ends; whoever adds to the chain holds it until their commit."""

    __tablename__ = "audit_head"
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    entry_id: Mapped[int]
    seal: Mapped[str] = mapped_column(String(64))


append_only.guard(AuditEntry.metadata.tables[AuditEntry.__tablename__])
append_only.begin_chain(AuditHead.metadata.tables[AuditHead.__tablename__])

"""A file on a case; its bytes are kept elsewhere, under their SHA-256."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import ForeignKey, String, Text, false
from sqlalchemy.orm import Mapped, mapped_column

from casework.attachments.inspection import KeptContent
from casework.db import Base, UtcDateTime


class Attachment(Base):
    """A file that somebody handed in. `content_type` is sniffed; what the sender declared is kept beside it.

    `quarantined` says what a virus scanner found: the file is kept, and handed to nobody. `protected` says that a
    password closes it, `has_macros` that it carries programs, `unaccepted` that its kind is not taken as a document.
    """

    __tablename__ = "attachments"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    filename: Mapped[str] = mapped_column(Text)
    declared_type: Mapped[str] = mapped_column(Text)
    content_type: Mapped[str] = mapped_column(Text)
    size: Mapped[int]
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    document_key: Mapped[str | None] = mapped_column(String(60))
    sensitive: Mapped[str | None] = mapped_column(String(20))
    internal: Mapped[bool] = mapped_column(default=False)
    quarantined: Mapped[str | None] = mapped_column(Text)
    protected: Mapped[bool] = mapped_column(default=False, server_default=false())
    has_macros: Mapped[bool] = mapped_column(default=False, server_default=false())
    unaccepted: Mapped[bool] = mapped_column(default=False, server_default=false())
    added_at: Mapped[datetime] = mapped_column(UtcDateTime)


@dataclass(frozen=True)
class IncomingFile:
    """A file as it arrived: nothing of what it says about itself is trusted. `kept`, if its bytes are kept already."""

    filename: str
    declared_type: str
    content: bytes
    document_key: str | None = None
    sensitive: str | None = None
    quarantined: str | None = None
    unaccepted: bool = False
    kept: KeptContent | None = None

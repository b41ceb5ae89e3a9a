"""Who an account of another service belongs to: nobody, until its owner signed in and showed that they hold both."""

from datetime import datetime

from sqlalchemy import JSON, String, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, UtcDateTime


class OutsideAccount(Base):
    """One account that wrote to us. `person_id` is its owner since `linked_at`, without a key to the table of people.

    `secret_hash` is that of the newest link or code that was given out and not used yet; it counts until
    `secret_until`. Of a code `confirmed_by` is who asked for it behind the sign-in, and `tries` how often one was
    typed that is not it.

    `address` is where its channel can say something to it. `told_sequence` is the last message of its owner's
    conversation that it was shown: what the desk says after it, before its owner speaks elsewhere, is told there.
    """

    __tablename__ = "bot_accounts"
    id: Mapped[int] = mapped_column(primary_key=True)
    channel: Mapped[str] = mapped_column(String(20))
    account: Mapped[str] = mapped_column(String(200))
    name: Mapped[str] = mapped_column(String(200), default="")
    person_id: Mapped[int | None] = mapped_column(index=True)
    linked_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    secret_hash: Mapped[str] = mapped_column(String(64), default="")
    secret_until: Mapped[datetime | None] = mapped_column(UtcDateTime)
    confirmed_by: Mapped[int | None]
    tries: Mapped[int] = mapped_column(default=0)
    address: Mapped[dict[str, str] | None] = mapped_column(JSON(none_as_null=True))
    told_sequence: Mapped[int] = mapped_column(default=0, server_default="0")

    __table_args__ = (UniqueConstraint("channel", "account"),)

    @property
    def conversation_id(self) -> str:
        """The conversation of the account while it is nobody's."""
        return f"guest-account-{self.id}"

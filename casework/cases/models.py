"""A case: one request of one person, with a number they can quote."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, Index, String, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, UtcDateTime

NEVER = datetime(9999, 1, 1, tzinfo=UTC)  # by when a case is due of which the clock stands still
_NOT_CLOSED = text("status != 'closed_complete'")


def _of_the_queue(name: str, *columns: str) -> Index:
    """Return an index of the cases that are not closed, in which the others take no room and no time."""
    return Index(f"ix_cases_queue_{name}", *columns, sqlite_where=_NOT_CLOSED, postgresql_where=_NOT_CLOSED)


class Status(StrEnum):
    """Where a case stands, in the words of the desk's users."""

    OPEN = "open"
    ASSIGNED = "assigned"
    WORK_IN_PROGRESS = "work_in_progress"
    AWAITING_INFO = "awaiting_info"
    AWAITING_ACCEPTANCE = "awaiting_acceptance"
    CLOSED_COMPLETE = "closed_complete"


class Case(Base):
    """A request. `status_value` is written by `cases.lifecycle` alone; `version` refuses two changes at once.

    `form_confidence` is how sure, in percent, a program was that a mail asks for this form; None: a person chose it.
    `filed_by_id` is the local HR who filed it for the requester. `final_at` stands on a case that was closed because
    nobody answered: until then it can be opened again, and payroll takes no notice of it. A case that goes on within
    another is closed, with `merged_into_id`; `status_before_merge` is where it stands again once they part.
    """

    __tablename__ = "cases"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[str] = mapped_column(String(10), unique=True)
    subject: Mapped[str] = mapped_column(Text)
    status_value: Mapped[str] = mapped_column("status", String(20), default=Status.OPEN)
    form_key: Mapped[str | None] = mapped_column(String(60))
    form_version: Mapped[str | None] = mapped_column(String(20))
    form_confidence: Mapped[int | None]
    fields: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)
    requester_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    organisation_id: Mapped[int] = mapped_column(ForeignKey("organisations.id"))
    filed_by_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    handler_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"), index=True)
    channel: Mapped[str] = mapped_column(String(10))
    sender_proven: Mapped[bool] = mapped_column(default=True)
    opened_at: Mapped[datetime] = mapped_column(UtcDateTime)
    closed_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    final_at: Mapped[datetime | None] = mapped_column(UtcDateTime)
    merged_into_id: Mapped[int | None] = mapped_column(ForeignKey("cases.id"), index=True)
    status_before_merge: Mapped[str | None] = mapped_column(String(20))
    version: Mapped[int] = mapped_column(default=1)
    due_at: Mapped[datetime] = mapped_column(UtcDateTime, default=NEVER)

    __table_args__ = (
        Index(None, "status", "id"),
        Index(None, "organisation_id", "id"),
        Index(None, "organisation_id", "status", "form_key"),
        _of_the_queue("due", "due_at", "id", "requester_id", "handler_id", "status", "form_key", "organisation_id"),
        _of_the_queue("handler", "handler_id", "due_at", "id", "requester_id"),
        _of_the_queue("id", "id", "requester_id"),
    )
    __mapper_args__ = {"version_id_col": version}  # noqa: RUF012 -- SQLAlchemy reads it off the class

    @property
    def status(self) -> Status:
        """Where the case stands; `cases.lifecycle.transition` changes it."""
        return Status(self.status_value)

    @property
    def is_closed(self) -> bool:
        """Return whether the case can no longer be used to communicate."""
        return self.status is Status.CLOSED_COMPLETE

    @property
    def is_merged(self) -> bool:
        """Return whether the case goes on within another one."""
        return self.merged_into_id is not None


class CaseLink(Base):
    """A case that goes on from an earlier one."""

    __tablename__ = "case_links"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    earlier_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)

    __table_args__ = (UniqueConstraint("case_id", "earlier_id"),)


class CaseWatcher(Base):
    """Somebody who follows a case; with `left_at` they no longer do. Whether they may read it is asked each time."""

    __tablename__ = "case_watchers"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"))
    person_id: Mapped[int] = mapped_column(ForeignKey("people.id"), index=True)
    since_at: Mapped[datetime] = mapped_column(UtcDateTime)
    left_at: Mapped[datetime | None] = mapped_column(UtcDateTime)

    __table_args__ = (UniqueConstraint("case_id", "person_id"),)


class NumberSequence(Base):
    """The last case number that was given out, for each prefix."""

    __tablename__ = "number_sequences"
    prefix: Mapped[str] = mapped_column(String(3), primary_key=True)
    last: Mapped[int]

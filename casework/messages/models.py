"""What was said and what happened on a case, in the order in which it was written down."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import JSON, ForeignKey, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from casework.db import Base, UtcDateTime


class Channel(StrEnum):
    """The way by which something reached the desk."""

    MAIL = "mail"
    CHAT = "chat"
    WEB = "web"
    API = "api"
    SYSTEM = "system"


class EventKind(StrEnum):
    """What an entry of the timeline says."""

    OPENED = "opened"
    MESSAGE = "message"
    ANSWER = "answer"
    QUESTION = "question"
    NOTE = "note"
    STATUS = "status"
    ASSIGNED = "assigned"
    GIVEN_BACK = "given_back"
    ROUTED = "routed"
    REFERRED = "referred"
    CLASSIFIED = "classified"
    FILLED = "filled"
    ATTACHED = "attached"
    ACCEPTED = "accepted"
    REFUSED = "refused"
    LINKED = "linked"
    RELATED = "related"
    UNRELATED = "unrelated"
    SPLIT = "split"
    MERGED = "merged"
    UNMERGED = "unmerged"
    TOOK_IN = "took_in"
    GAVE_UP = "gave_up"
    ADVICE_ASKED = "advice_asked"
    ADVICE_GIVEN = "advice_given"
    ADVICE_ENDED = "advice_ended"
    CONSULTED = "consulted"
    CONSULT_ANSWERED = "consult_answered"
    WATCHED = "watched"
    UNWATCHED = "unwatched"
    APPROVAL_ASKED = "approval_asked"
    APPROVAL_MOVED = "approval_moved"
    APPROVAL_GIVEN = "approval_given"
    APPROVAL_REFUSED = "approval_refused"
    APPROVAL_DROPPED = "approval_dropped"
    REMINDED = "reminded"
    REOPENED = "reopened"
    OVERDUE = "overdue"
    PAY_EFFECT = "pay_effect"
    PROBLEM = "problem"
    MAIL_HELD = "mail_held"
    MAIL_FAILED = "mail_failed"
    MAIL_BOUNCED = "mail_bounced"


AMONG_HANDLERS = frozenset(
    {
        EventKind.NOTE,
        EventKind.ROUTED,
        EventKind.RELATED,
        EventKind.UNRELATED,
        EventKind.SPLIT,
        EventKind.TOOK_IN,
        EventKind.GAVE_UP,
        EventKind.ADVICE_ASKED,
        EventKind.ADVICE_GIVEN,
        EventKind.ADVICE_ENDED,
        EventKind.CONSULTED,
        EventKind.CONSULT_ANSWERED,
    }
)
"""What handlers do and say among themselves; no other system hears of it."""

FOR_HANDLERS = AMONG_HANDLERS | {
    EventKind.MAIL_HELD,
    EventKind.MAIL_FAILED,
    EventKind.MAIL_BOUNCED,
    EventKind.OVERDUE,
}
"""What a requester never sees on the timeline of their own case."""


class SenderBasis(StrEnum):
    """What shows who wrote a mail, or that nothing does."""

    REPLY_ADDRESS = "reply_address"
    BORDER = "border"
    SIGNED = "signed"
    SENT_BY_ITS_SERVER = "sent_by_its_server"
    VOUCHED = "vouched"
    PASSED_ON = "passed_on"
    NOTHING = "nothing"
    DISOWNED = "disowned"
    UNANSWERED = "unanswered"


UNPROVEN = frozenset({SenderBasis.PASSED_ON, SenderBasis.NOTHING, SenderBasis.DISOWNED, SenderBasis.UNANSWERED})


@dataclass(frozen=True, slots=True)
class SenderEvidence:
    """Why a mail is taken to be from somebody; `about` is the domain or the server that the basis speaks of."""

    basis: SenderBasis
    about: str = ""

    @property
    def is_proof(self) -> bool:
        """Whether nobody else can have written the mail."""
        return self.basis not in UNPROVEN


class MessageKind(StrEnum):
    """Who speaks to whom in a message."""

    REQUEST = "request"
    MESSAGE = "message"
    ANSWER = "answer"
    QUESTION = "question"


class _Foldable:
    """Words as they are kept: the whole text, and where what was quoted in it begins."""

    text: Mapped[str] = mapped_column(Text)
    folded_from: Mapped[int | None]

    @property
    def own_text(self) -> str:
        """What the writer wrote, without what was quoted below it."""
        return (self.text if self.folded_from is None else self.text[: self.folded_from]).strip()

    @property
    def quoted(self) -> str:
        """What was quoted below it."""
        return "" if self.folded_from is None else self.text[self.folded_from :].strip()


class Message(_Foldable, Base):
    """Words between a requester and the desk; the whole text is kept, what was quoted begins at `folded_from`.

    What came by mail holds why it is taken to be from its author.
    """

    __tablename__ = "messages"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    kind: Mapped[str] = mapped_column(String(10))
    author_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    channel: Mapped[str] = mapped_column(String(10))
    mail_message_id: Mapped[str | None] = mapped_column(Text, index=True)
    sender_basis: Mapped[str | None] = mapped_column(String(20))
    sender_about: Mapped[str | None] = mapped_column(Text)
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)

    @property
    def sender(self) -> SenderEvidence | None:
        """What shows who wrote it, if it came by mail."""
        if self.sender_basis is None:
            return None
        return SenderEvidence(SenderBasis(self.sender_basis), self.sender_about or "")


class Note(_Foldable, Base):
    """An internal note. It has a table of its own, so that no template can ever mail one."""

    __tablename__ = "notes"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    author_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    channel: Mapped[str] = mapped_column(String(10))
    written_at: Mapped[datetime] = mapped_column(UtcDateTime)


class Event(Base):
    """One entry of a timeline, ordered by its id and never by its time; it may point at a message or a note."""

    __tablename__ = "events"
    id: Mapped[int] = mapped_column(primary_key=True)
    case_id: Mapped[int] = mapped_column(ForeignKey("cases.id"), index=True)
    at: Mapped[datetime] = mapped_column(UtcDateTime)
    kind: Mapped[str] = mapped_column(String(20))
    actor_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    actor: Mapped[str] = mapped_column(Text)
    channel: Mapped[str] = mapped_column(String(10))
    message_id: Mapped[int | None] = mapped_column(ForeignKey("messages.id"))
    note_id: Mapped[int | None] = mapped_column(ForeignKey("notes.id"))
    data: Mapped[dict[str, Any]] = mapped_column(JSON, default=dict)

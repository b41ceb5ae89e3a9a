"""What the assistant needs from the desk, so that it can talk without knowing who answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession


class RefusalReason(StrEnum):
    """Why the desk did not do what was asked; each reason has its own answer in the conversation."""

    NOT_FOUND = "not_found"
    NOT_ALLOWED = "not_allowed"
    NOT_NOW = "not_now"
    INVALID = "invalid"
    UNAVAILABLE = "unavailable"


@dataclass(frozen=True, slots=True)
class Refusal:
    """The desk said no. `detail` is a sentence for the person, in their language, or empty."""

    reason: RefusalReason
    detail: str = ""


@dataclass(frozen=True, slots=True)
class CaseSummary:
    """One case as its requester may see it; the labels are in the language that was asked for."""

    number: str
    subject: str
    status: str
    status_label: str
    form_label: str | None
    waiting_for_me: bool


@dataclass(frozen=True, slots=True)
class FormField:
    """One field of a form: its key, the question to ask and, for a choice, the options as (key, label)."""

    key: str
    label: str
    kind: str
    required: bool
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FormMatch:
    """A form of the catalogue that fits the words of a question, with the address of its page."""

    key: str
    label: str
    url: str


class CaseDesk(Protocol):
    """Cases on behalf of the person of the channel's session. Another person's case does not exist here."""

    async def open_request(self, person_id: str, subject: str, text: str, attachments: Sequence[str]) -> str | Refusal:
        """Open a case with this question and answer its number. `attachments` are keys of stored uploads."""
        ...

    async def cases_of(self, person_id: str, language: str) -> list[CaseSummary]:
        """Every case the person asked for, the newest first, closed ones included."""
        ...

    async def add_message(self, person_id: str, number: str, text: str) -> Refusal | None:
        """Put a message of the requester on the case."""
        ...

    async def decide(self, person_id: str, number: str, *, accepted: bool, comment: str) -> Refusal | None:
        """Accept or refuse the solution that was proposed on the case."""
        ...

    async def missing(self, person_id: str, number: str, language: str) -> list[str] | Refusal:
        """Say which documents or answers the case still waits for, as labels; an empty list when nothing."""
        ...


class FormCatalogue(Protocol):
    """The forms a person may hand in."""

    async def find(self, words: str, language: str) -> list[FormMatch]:
        """Find the forms that fit these words, the best first, at most five."""
        ...

    async def fields(self, form_key: str, language: str) -> list[FormField] | Refusal:
        """List the fields of a form in the order in which they are asked."""
        ...


@dataclass(frozen=True, slots=True)
class Queued:
    """Somebody waits for a handler: their place, and after about how many minutes it begins, where that can be said."""

    position: int
    minutes: int | None = None


@dataclass(frozen=True, slots=True)
class Filed:
    """Nobody is there to talk to: the conversation became a case; `opens_at` is when handlers are there again."""

    number: str
    opens_at: datetime | None = None


class PersonDesk(Protocol):
    """Gives a conversation to a person."""

    async def ask(
        self, conversation_id: str, person_id: str, language: str, case_number: str | None, uploads: Sequence[str]
    ) -> Queued | Filed:
        """Put somebody in the queue, or outside opening hours their conversation on a case; asked twice, once."""
        ...


@dataclass(frozen=True, slots=True)
class HandlerFacts:
    """A handler, as a conversation needs to know them; who has a deputy today is away."""

    id: int
    name: str
    language: str
    team: str
    is_away: bool


@dataclass(frozen=True, slots=True)
class Opening:
    """Whether the handlers of a person work now, and from when they do."""

    is_open: bool
    opens_at: datetime


@dataclass(frozen=True, slots=True)
class Talk:
    """A conversation that goes on a case: whose, in which language, what was said, the keys of its files."""

    person_id: int
    language: str
    text: str
    number: str | None = None
    uploads: Sequence[str] = ()


class ContactDesk(Protocol):
    """What a conversation between two people needs of the desk; each call is a part of the caller's transaction."""

    async def opening(self, session: AsyncSession, person_id: int) -> Opening:
        """Say whether handlers work now, by the calendar of the person's organisation."""
        ...

    async def handler(self, session: AsyncSession, handler_id: int) -> HandlerFacts | None:
        """Return a handler; None for anybody else."""
        ...

    async def name(self, session: AsyncSession, person_id: int) -> str:
        """Return what somebody is called."""
        ...

    async def own_case(self, session: AsyncSession, person_id: int, number: str) -> tuple[str, str] | None:
        """Return the number of a person's own case that is still open, and the team that it is for."""
        ...

    async def file(self, session: AsyncSession, talk: Talk) -> str:
        """Put a conversation on a case, a new one where none is named, and return its number."""
        ...

    async def begin(self, session: AsyncSession, talk: Talk, handler_id: int) -> str:
        """Give a handler the case of a conversation, a new one where none is named, and return its number."""
        ...

    async def conclude(self, session: AsyncSession, number: str, handler_id: int, text: str, *, solved: bool) -> None:
        """Keep what was said on the case and send the person a link to it; solved, the case waits for their yes."""
        ...

    async def note_read(self, session: AsyncSession, handler_id: int, person_id: int, number: str | None) -> None:
        """Write down in the log that a handler read somebody's conversation."""
        ...

    async def open_cases(self, session: AsyncSession, person_id: int, limit: int) -> Sequence[str]:
        """Return the numbers of a person's newest open cases."""
        ...

    async def waits(self, session: AsyncSession, number: str) -> bool:
        """Say whether a case is open and nobody has taken it yet."""
        ...

    async def send_copy(self, session: AsyncSession, person_id: int) -> None:
        """Send somebody a link to what was said in the chat, and no word of it."""
        ...


class TrackerStore(Protocol):
    """Where a conversation is kept between two messages and over a restart."""

    async def load(self, conversation_id: str) -> str | None:
        """Read the conversation as it was saved last, or None."""
        ...

    async def save(self, conversation_id: str, tracker: str) -> None:
        """Keep this JSON text as the conversation's newest state, durably."""
        ...

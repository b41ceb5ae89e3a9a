"""What the assistant needs from the desk, so that it can talk without knowing who answers."""

from collections.abc import Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Protocol

from sqlalchemy.ext.asyncio import AsyncSession


class RefusalReason(StrEnum):
    """Why the desk did not do what was asked; each reason has its own answer in the conversation."""

    NOT_FOUND = "not_found"
    NOT_ALLOWED = "not_allowed"
    NOT_NOW = "not_now"
    NOT_PROVEN = "not_proven"
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
    waiting_for_me: bool


@dataclass(frozen=True, slots=True)
class Asker:
    """Who asks for something: the person of the channel's session, and whether they proved well who they are."""

    person_id: str
    is_proven: bool = False


class QuestionKind(StrEnum):
    """What a question of a form waits for; the words of the question follow from it."""

    TEXT = "text"
    CHOICE = "choice"
    DATE = "date"
    MONTH = "month"
    YEAR = "year"
    NUMBER = "number"
    MONEY = "money"
    EMAIL = "email"
    CASE_NUMBER = "case_number"
    DOCUMENT = "document"


@dataclass(frozen=True, slots=True)
class FormQuestion:
    """One question of a form, as it is asked with the answers so far; the options are pairs of key and label."""

    key: str
    kind: QuestionKind
    label: str
    required: bool
    options: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class FormSheet:
    """A form as it stands with some answers.

    `answers` are the usable ones in the form in which they are kept between two messages, `readable` the same as
    people write them. `problems` says what is wrong, a sentence for each answer. `approvals` are the documents that
    somebody's approval will stand for. All texts are in the language that was asked for.
    """

    key: str
    label: str
    questions: tuple[FormQuestion, ...]
    answers: Mapping[str, str]
    readable: Mapping[str, str]
    problems: Mapping[str, str]
    approvals: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class FilledForm:
    """A form that is ready to be filed; `documents` and `files` are keys of stored uploads."""

    key: str
    answers: Mapping[str, str]
    documents: Mapping[str, Sequence[str]] = field(default_factory=dict)
    files: Sequence[str] = ()


@dataclass(frozen=True, slots=True)
class FormOutline:
    """What the conversation's own files have to know of a form: the names of its fields and documents.

    `written` are the fields that take any text. `names` are what people call the form, by language.
    """

    key: str
    fields: tuple[str, ...]
    written: frozenset[str]
    documents: tuple[str, ...]
    names: Mapping[str, tuple[str, ...]]


@dataclass(frozen=True, slots=True)
class FormMatch:
    """A form of the catalogue that fits the words of a question, with the address of its page."""

    key: str
    label: str
    url: str


@dataclass(frozen=True, slots=True)
class Shelf:
    """The forms that stand together under one heading."""

    key: str
    label: str
    forms: tuple[FormMatch, ...]


@dataclass(frozen=True, slots=True)
class AbsencePlace:
    """Where one kind of absence is entered: on a form of ours, or (no form) in the self service."""

    label: str
    form: FormMatch | None = None


class TaskKind(StrEnum):
    """What a person is waited for to do."""

    CASE = "case"
    APPROVAL = "approval"


@dataclass(frozen=True, slots=True)
class Task:
    """One thing that waits for a person: `key` is the number of their case, or names the approval."""

    kind: TaskKind
    key: str
    label: str


class CaseDesk(Protocol):
    """Cases on behalf of the person of the channel's session. Another person's case does not exist here."""

    async def open_request(
        self, person_id: str, subject: str, text: str, attachments: Sequence[str], key: str = ""
    ) -> str | Refusal:
        """Open a case with this question and answer its number. `attachments` are keys of stored uploads.

        The same `key` again opens no second case, and answers the number of the first.
        """
        ...

    async def file_form(self, asker: Asker, filled: FilledForm, key: str) -> str | Refusal:
        """Open a case on a form and answer its number; the same `key` again answers the number of the first.

        Documents that were not handed in are asked for on the case; answers have to be complete.
        """
        ...

    async def cases_of(self, person_id: str, language: str) -> list[CaseSummary]:
        """Every case the person asked for, the newest first, closed ones included."""
        ...

    async def add_message(self, person_id: str, number: str, text: str, key: str = "") -> str | Refusal:
        """Put a message of the requester on the case, once for each `key`, and answer the number of what holds it.

        That is a new case where this one is closed.
        """
        ...

    async def decide(
        self, person_id: str, number: str, *, accepted: bool, comment: str, key: str = ""
    ) -> Refusal | None:
        """Accept or refuse the solution that was proposed on the case; the same `key` again changes nothing."""
        ...

    async def missing(self, person_id: str, number: str, language: str) -> list[str] | Refusal:
        """Say which documents or answers the case still waits for, as labels; an empty list when nothing."""
        ...

    async def hand_in(
        self, person_id: str, number: str, document: str, uploads: Sequence[str], key: str = ""
    ) -> str | Refusal:
        """Put files on the case, as the required document of this key, or (empty) as nothing in particular.

        `key` is what this handing in is known by: once more, it puts nothing on the case. Answers the number of the
        case that holds them: a new one where this one is closed.
        """
        ...

    async def missing_documents(self, person_id: str, number: str, language: str) -> list[tuple[str, str]] | Refusal:
        """List the required documents that the case still waits for, as pairs of key and label."""
        ...

    async def tasks_of(self, person_id: str, language: str) -> list[Task]:
        """List what waits for the person: own cases, and approvals that are asked of them."""
        ...

    async def decide_approval(self, person_id: str, key: str, *, approved: bool, reason: str) -> str | Refusal:
        """Give or refuse an approval and answer the number of its case; decided so before, it is only answered."""
        ...


class FormCatalogue(Protocol):
    """The forms a person may hand in."""

    async def find(self, words: str, language: str, person_id: str | None = None) -> list[FormMatch]:
        """Find the forms that fit these words, the best first, at most five.

        For a person, only those that they may file by chat; for nobody, those of every employee.
        """
        ...

    async def shelves(self, person_id: str, language: str) -> list[Shelf]:
        """List every form that the person may file by chat, under its heading."""
        ...

    async def may_file(self, person_id: str, form_key: str) -> bool:
        """Tell whether the person may file this form by chat."""
        ...

    async def sheet(self, form_key: str, answers: Mapping[str, str], language: str) -> FormSheet | None:
        """Check the answers to a form, and say what it asks with them; None when there is no such form."""
        ...

    async def absences(self, words: str, language: str) -> list[AbsencePlace]:
        """Say where the kinds of absence are entered that these words name, at most five."""
        ...


@dataclass(frozen=True, slots=True)
class SimulatedRegime:
    """A working regime in the language that was asked for, and the net of a month as people write it."""

    label: str
    net: str


@dataclass(frozen=True, slots=True)
class ExplainedPayslip:
    """A payslip in words: the name of its month, a sentence for each line, and where it stands."""

    month: str
    lines: tuple[str, ...]
    url: str


@dataclass(frozen=True, slots=True)
class PaySimulation:
    """A month's net as it is and under the regimes whose pay can be said; `url` is the page that shows all of it."""

    month: str
    net: str
    regimes: tuple[SimulatedRegime, ...]
    url: str


class PayDesk(Protocol):
    """Pay and leave, as far as they can be told in a chat; UNAVAILABLE is answered where nobody offers it yet."""

    async def explain_payslip(self, asker: Asker, language: str) -> ExplainedPayslip | Refusal:
        """Explain the newest payslip of the person."""
        ...

    async def simulate(self, asker: Asker, language: str) -> PaySimulation | Refusal:
        """Work out what the person would earn under each working regime; never binding."""
        ...

    async def leave_left(self, asker: Asker, language: str) -> str | Refusal:
        """Tell how many days of leave the person has left."""
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


@dataclass(frozen=True, slots=True)
class CaseAnswer:
    """A handler wrote to somebody on a case of theirs that began in the chat; `key` names what was written."""

    key: str
    person_id: int
    number: str
    link: str


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

    async def answers(self, session: AsyncSession, people: Sequence[int], since: datetime) -> Sequence[CaseAnswer]:
        """Return what handlers wrote to these people on such cases since a moment, except in the chat itself."""
        ...

    async def send_copy(self, session: AsyncSession, person_id: int) -> None:
        """Send somebody a link to what was said in the chat, and no word of it."""
        ...


class AccountDesk(Protocol):
    """What an account elsewhere needs of the desk; each call is a part of the caller's transaction."""

    async def language(self, session: AsyncSession, person_id: int) -> str | None:
        """Return the language of somebody who works here; None for anybody else."""
        ...

    async def note(self, session: AsyncSession, person_id: int, action: str, channel: str, name: str) -> None:
        """Write down in the log what a person did with an account of theirs, by its channel and its name there."""
        ...


class TrackerStore(Protocol):
    """Where a conversation is kept between two messages and over a restart."""

    async def load(self, conversation_id: str) -> str | None:
        """Read the conversation as it was saved last, or None."""
        ...

    async def save(self, conversation_id: str, tracker: str) -> None:
        """Keep this JSON text as the conversation's newest state, durably."""
        ...

    def hold(self, conversation_id: str) -> AbstractAsyncContextManager[None]:
        """Keep every other process out of the conversation while the block lasts.

        A `save` in the block of somebody whose hold ran out raises; nothing is saved then.
        """
        ...

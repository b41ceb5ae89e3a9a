"""What the assistant needs from the desk, so that it can talk without knowing who answers."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol


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


@dataclass(frozen=True, slots=True)
class SimulatedRegime:
    """A working regime in the language that was asked for, and the net of a month as a text; None: nobody can say."""

    key: str
    label: str
    net: str | None


@dataclass(frozen=True, slots=True)
class PaySimulation:
    """A month's net as it is and under each regime; `url` is the page that shows all of it."""

    month: str
    net: str
    regimes: tuple[SimulatedRegime, ...]
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


class PaySimulator(Protocol):
    """What the person's own pay would come to under other working regimes; never binding."""

    async def simulate(self, person_id: str, part: str, language: str) -> PaySimulation | Refusal:
        """Work out the present month; `part` is the percentage of full time where one goes on working, such as "80"."""
        ...


class TrackerStore(Protocol):
    """Where a conversation is kept between two messages and over a restart."""

    async def load(self, conversation_id: str) -> str | None:
        """Read the conversation as it was saved last, or None."""
        ...

    async def save(self, conversation_id: str, tracker: str) -> None:
        """Keep this JSON text as the conversation's newest state, durably."""
        ...

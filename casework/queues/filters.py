"""Which cases of the queue a handler wants to see: read from an address, and written into one."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import TypeVar

from casework.cases.models import Status
from casework.people.models import LANGUAGES

LONGEST_WORDS = 200
LONGEST_NAME = 100  # of a team or a form


class Holder(StrEnum):
    """Who has a case, seen from the one who looks."""

    NOBODY = "nobody"
    MINE = "mine"


class Due(StrEnum):
    """How the time of a case stands."""

    OVER = "over"
    SOON = "soon"


class Awaited(StrEnum):
    """Who has to act before the case goes on."""

    DESK = "desk"
    REQUESTER = "requester"
    APPROVER = "approver"
    ADVISER = "adviser"


class Order(StrEnum):
    """What comes first."""

    DUE = "due"
    OLDEST = "oldest"
    NEWEST = "newest"


Choice = TypeVar("Choice", bound=StrEnum)
IN_QUEUE = tuple(status for status in Status if status is not Status.CLOSED_COMPLETE)


@dataclass(frozen=True, slots=True)
class QueueFilter:
    """A narrowing of the queue; what is empty narrows nothing. `team` and `form` are a name and a key."""

    holder: Holder | None = None
    team: str = ""
    form: str = ""
    organisation: int | None = None
    language: str = ""
    status: Status | None = None
    due: Due | None = None
    awaited: Awaited | None = None
    words: str = ""
    order: Order = Order.DUE

    @property
    def asked(self) -> dict[str, str]:
        """The filter as the fields of an address, without those that say nothing."""
        written = {field.name: str(value) for field in fields(self) if (value := getattr(self, field.name))}
        if self.order is Order.DUE:
            del written["order"]
        return written


def read_filter(asked: Mapping[str, str]) -> QueueFilter:
    """Return the filter that an address describes; what cannot be understood narrows nothing."""
    organisation, language = asked.get("organisation", ""), asked.get("language", "")
    is_number = organisation.isascii() and organisation.isdigit() and len(organisation) <= 9
    status = _one_of(Status, asked.get("status", ""))
    return QueueFilter(
        holder=_one_of(Holder, asked.get("holder", "")),
        team=asked.get("team", "")[:LONGEST_NAME],
        form=asked.get("form", "")[:LONGEST_NAME],
        organisation=int(organisation) if is_number else None,
        language=language if language in LANGUAGES else "",
        status=status if status in IN_QUEUE else None,
        due=_one_of(Due, asked.get("due", "")),
        awaited=_one_of(Awaited, asked.get("awaited", "")),
        words=asked.get("words", "").strip()[:LONGEST_WORDS],
        order=_one_of(Order, asked.get("order", "")) or Order.DUE,
    )


def _one_of(choices: type[Choice], typed: str) -> Choice | None:
    return next((choice for choice in choices if choice == typed), None)

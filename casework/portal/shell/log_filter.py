"""What an admin looks for in the case log; the panels of the edges follow the same choice."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta

from casework.clock import BRUSSELS
from casework.messages.models import Channel

KIND = re.compile(r"[a-z_]{1,40}")
ID = re.compile(r"[0-9]{1,9}")


@dataclass(frozen=True)
class LogFilter:
    """One case number, words of a person's name or address, days (both included, in Belgium), one channel.

    Also one kind of entry, one organisation, words of the name or address of the handler, and words of what was said.
    """

    number: str = ""
    person: str = ""
    first_on: date | None = None
    last_on: date | None = None
    channel: str = ""
    kind: str = ""
    organisation_id: int | None = None
    handler: str = ""
    words: str = ""

    @property
    def is_for_tickets(self) -> bool:
        """Whether something is chosen that only the desk's own tickets and entries have."""
        return bool(self.kind or self.organisation_id or self.handler or self.words)

    @property
    def begins_at(self) -> datetime | None:
        """The first moment that is looked for, in UTC."""
        return None if self.first_on is None else _midnight(self.first_on)

    @property
    def ends_at(self) -> datetime | None:
        """The first moment that is no longer looked for, in UTC."""
        return None if self.last_on is None else _midnight(self.last_on + timedelta(days=1))

    def as_query(self) -> dict[str, str]:
        """Return the choice as the query of a link, without what was left open."""
        chosen = {
            "number": self.number,
            "person": self.person,
            "from": self.first_on.isoformat() if self.first_on else "",
            "to": self.last_on.isoformat() if self.last_on else "",
            "channel": self.channel,
            "kind": self.kind,
            "organisation": str(self.organisation_id or ""),
            "handler": self.handler,
            "words": self.words,
        }
        return {name: value for name, value in chosen.items() if value}


def _midnight(day: date) -> datetime:
    return datetime.combine(day, time(), BRUSSELS).astimezone(UTC)


def read_log_filter(query: Mapping[str, str]) -> LogFilter:
    """Read a choice from the query of a request; what cannot be read is left open."""
    channel, kind, organisation = query.get("channel", ""), query.get("kind", ""), query.get("organisation", "")
    return LogFilter(
        number=query.get("number", "").strip().upper()[:20],
        person=query.get("person", "").strip()[:100],
        first_on=_day(query.get("from", "")),
        last_on=_day(query.get("to", "")),
        channel=channel if channel in set(Channel) else "",
        kind=kind if KIND.fullmatch(kind) else "",
        organisation_id=int(organisation) if ID.fullmatch(organisation) else None,
        handler=query.get("handler", "").strip()[:100],
        words=query.get("words", "").strip()[:200],
    )


def _day(text: str) -> date | None:
    try:
        day = date.fromisoformat(text.strip())
    except ValueError:
        return None
    return day if 1900 <= day.year <= 2999 else None

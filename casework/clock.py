"""The only place that asks the machine for the time, so that every moment can be chosen in a test."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo

BRUSSELS = ZoneInfo("Europe/Brussels")


class Clock(Protocol):
    """Tells the moment, in UTC."""

    def now(self) -> datetime:
        """Return the present moment, aware, in UTC."""


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        """Return the machine's moment, aware, in UTC."""
        return datetime.now(UTC)


@dataclass(frozen=True)
class ShiftedClock:
    """A clock that began at a chosen moment and runs on from there: demo data stands on a fixed day."""

    began_at: datetime
    started_at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def now(self) -> datetime:
        """Return the chosen beginning plus the time that has passed since."""
        return self.began_at + (datetime.now(UTC) - self.started_at)


@dataclass
class SettableClock:
    """A clock that stands still until it is told to go on."""

    at: datetime

    def now(self) -> datetime:
        """Return the moment it was last set to."""
        return self.at

    def advance(self, by: timedelta) -> None:
        """Go on by a duration."""
        self.at += by


def local_date(at: datetime) -> date:
    """Return the calendar day in Belgium at a moment: the day that the law and the people mean."""
    return at.astimezone(BRUSSELS).date()

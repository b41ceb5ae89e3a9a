"""Slows down whoever tries too often; it counts in memory, for this process."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from aiohttp import web

MOST_KEYS = 10_000


class TooManyTries(web.HTTPTooManyRequests):
    """Somebody tried too often; says when to try again."""

    def __init__(self, wait: timedelta) -> None:
        super().__init__(headers={"Retry-After": str(int(wait.total_seconds()))})


@dataclass
class Throttle:
    """Allows so many tries for a key within a window; the oldest keys are forgotten when there are too many."""

    limit: int
    window: timedelta
    _tries: dict[str, deque[datetime]] = field(default_factory=dict)

    def check(self, key: str, now: datetime) -> None:
        """Raise 429 when there were too many tries already."""
        tries = self._tries.get(key, deque())
        while tries and tries[0] <= now - self.window:
            tries.popleft()
        if len(tries) >= self.limit:
            raise TooManyTries(self.window)

    def count(self, key: str, now: datetime) -> None:
        """Count a try."""
        tries = self._tries.pop(key, deque(maxlen=self.limit))
        tries.append(now)
        self._tries[key] = tries  # taken out and put back: the dictionary keeps the latest at its end
        if len(self._tries) > MOST_KEYS:
            self._tries.pop(next(iter(self._tries)))

"""An alarm that is put off far more often than it goes off: putting it off costs a number, and no timer of the loop."""

import asyncio
from collections.abc import Callable


class Alarm:
    """Calls somebody once the time is over that was last asked for."""

    def __init__(self, loop: asyncio.AbstractEventLoop, ring: Callable[[], None]) -> None:
        self._loop = loop
        self._ring = ring
        self._at = 0.0
        self._looks_at = 0.0
        self._timer: asyncio.TimerHandle | None = None

    def set(self, seconds: float) -> None:
        """Go off after so long from now, and not at the time that was asked for before."""
        self._at = self._loop.time() + seconds
        if self._timer is not None and self._looks_at > self._at:
            self.cancel()
        if self._timer is None:
            self._wait()

    def cancel(self) -> None:
        """Do not go off."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None

    def _look(self) -> None:
        """Go off, or wait for what is left: the time was put off since."""
        self._timer = None
        if self._loop.time() < self._at:
            self._wait()
        else:
            self._ring()

    def _wait(self) -> None:
        # Its handle is not asked for its time: uvloop gives one without, for what is due within the millisecond.
        self._looks_at = self._at
        self._timer = self._loop.call_at(self._at, self._look)

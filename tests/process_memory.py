"""Watches how much memory a process and its children take, as the kernel counts it."""

import os
import threading
from contextlib import suppress
from pathlib import Path
from typing import Self

PAUSE_SECONDS = 0.02
MEGABYTE = 1024 * 1024


def _family(pid: int) -> list[int]:
    """Return a process and everything below it."""
    found = [pid]
    for parent in found:
        with suppress(OSError):
            for task in Path(f"/proc/{parent}/task").iterdir():
                found += map(int, (task / "children").read_text().split())
    return found


def _proportional(pid: int) -> int:
    """Return the bytes of a process, pages that it shares counted in part (`Pss` of proc(5)); 0 once it is gone."""
    with suppress(OSError):
        for line in Path(f"/proc/{pid}/smaps_rollup").read_text().splitlines():
            if line.startswith("Pss:"):
                return int(line.split()[1]) * 1024
    return 0


def resident_bytes() -> int:
    """Return how much memory this very process takes."""
    return _proportional(os.getpid())


class MemoryWatch:
    """The most that a process and its children took together while the block lasted, in bytes."""

    def __init__(self, pid: int) -> None:
        self._pid = pid
        self._over = threading.Event()
        self._watching = threading.Thread(target=self._watch)
        self.idle = self.now()
        self.peak = self.idle

    def now(self) -> int:
        return sum(map(_proportional, _family(self._pid)))

    @property
    def rise(self) -> float:
        """How far the peak lies above where it began, in megabytes."""
        return (self.peak - self.idle) / MEGABYTE

    def _watch(self) -> None:
        while not self._over.wait(PAUSE_SECONDS):
            self.peak = max(self.peak, self.now())

    def __enter__(self) -> Self:
        self._watching.start()
        return self

    def __exit__(self, *_exception: object) -> None:
        self._over.set()
        self._watching.join()

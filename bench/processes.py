"""Runs a part of the bench as a process of its own, so that its time and its memory are its own.

Such a process works until its standard input closes, so that it ends whatever becomes of the bench, and cleans up.
"""

import subprocess
import sys
from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

import psutil

ROOT = Path(__file__).parents[1]


@dataclass(frozen=True)
class Worker:
    """A process that answers each line that it is given with one."""

    incoming: IO[str]
    outgoing: IO[str]

    def answer(self) -> str:
        """Return the next line. Raises `RuntimeError` if the process ended instead; why stands on standard error."""
        line = self.outgoing.readline().strip()
        if not line:
            raise RuntimeError("a process of the bench ended before its time")
        return line

    def ask(self, *arguments: object) -> float:
        """Return the number that the process answers."""
        print(*arguments, file=self.incoming, flush=True)
        return float(self.answer())


@dataclass(frozen=True)
class Server:
    """A server that was started for the bench: its port, and the process that it and its children run in."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """Return the processor time of the process and its children so far, those that ended included."""
        first = psutil.Process(self.pid)
        return sum(map(_cpu_seconds, (first, *first.children(recursive=True))))


def _cpu_seconds(process: psutil.Process) -> float:
    """Return what a process and the children that it waited for took; one that just ended counts with its parent."""
    try:
        times = process.cpu_times()
    except psutil.NoSuchProcess:
        return 0.0
    return float(times.user + times.system + times.children_user + times.children_system)


@contextmanager
def worker(module: str, *arguments: str, python: Path = Path(sys.executable)) -> Generator[Worker]:
    """Run a module of the bench until the block ends; no signal that ends the bench reaches it."""
    with subprocess.Popen(
        [str(python), "-m", module, *arguments], cwd=ROOT, text=True, start_new_session=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        yield Worker(process.stdin, process.stdout)


@contextmanager
def server(which: str) -> Generator[Server]:
    """Run one of `bench.smtp_servers`."""
    with worker("bench.smtp_servers", which) as started:
        port, pid = started.answer().split()
        yield Server(int(port), int(pid))

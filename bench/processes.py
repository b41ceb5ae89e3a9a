"""Runs a part of the bench as a process of its own, so that its time and its memory are its own."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]


def figure(module: str, *arguments: object, python: Path = Path(sys.executable)) -> float:
    """Return the number that a module of the bench prints."""
    command = [str(python), "-m", module, *map(str, arguments)]
    return float(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)


@dataclass(frozen=True)
class Server:
    """A server that was started for the bench: its port, and the process that it and its children run in."""

    port: int
    pid: int

    def cpu_seconds(self) -> float:
        """Return the processor time of the process and its children so far, those that ended included."""
        first = psutil.Process(self.pid)
        spent = [each.cpu_times() for each in (first, *first.children(recursive=True))]
        return sum(t.user + t.system + t.children_user + t.children_system for t in spent)


@asynccontextmanager
async def server(which: str) -> AsyncGenerator[Server]:
    """Run one of `bench.smtp_servers`."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.smtp_servers", which, cwd=ROOT,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield Server(int(await process.stdout.readline()), process.pid)
    finally:
        process.stdin.close()
        await process.wait()

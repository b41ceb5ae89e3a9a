"""Runs a part of the bench as a process of its own, so that its time and its memory are its own."""

import asyncio
import subprocess
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager
from pathlib import Path

ROOT = Path(__file__).parents[1]


def figure(module: str, *arguments: object, python: Path = Path(sys.executable)) -> float:
    """Return the number that a module of the bench prints."""
    command = [str(python), "-m", module, *map(str, arguments)]
    return float(subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout)


@asynccontextmanager
async def server(which: str) -> AsyncGenerator[int]:
    """Run one of `bench.smtp_servers`; gives its port."""
    process = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.smtp_servers", which, cwd=ROOT,
        stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
    )  # fmt: skip
    assert process.stdin is not None
    assert process.stdout is not None
    try:
        yield int(await process.stdout.readline())
    finally:
        process.stdin.close()
        await process.wait()

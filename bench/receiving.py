"""Durable mails a second: the desk, which commits before 250, against Postfix, and aiosmtpd that keeps nothing."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from bench import postfix_queue, report
from bench.mails import SIZES
from bench.processes import ROOT, server

ROUNDS = 3
COUNT = {"5 KB": 300, "200 KB": 60}
AIMS = {
    ("5 KB", 1): 1.2,
    ("5 KB", 10): 1.5,
    ("5 KB", 50): 2.5,
    ("200 KB", 1): 1.0,
    ("200 KB", 10): 1.0,
    ("200 KB", 50): 1.0,
}
"""Against Postfix; against the null handler there is none, for it keeps nothing."""


async def measure() -> None:
    """Print mails a second for each size and number of connections, and the ratios to both baselines."""
    report.heading(
        "durable mails a second; baselines: Postfix (queue only, its fsync before 250), aiosmtpd (null handler)"
    )
    reason = postfix_queue.why_not()
    if reason:
        report.skipped("Postfix", reason)
    async with server("desk") as desk, server("null") as null, _postfix(reason) as postfix:
        for (size, connections), aim in AIMS.items():
            name = f"{size}, {connections} connection{'s' if connections > 1 else ''}"
            rounds = [
                [await _rate(port, connections, size) for port in (desk, null, postfix) if port]
                for _ in range(ROUNDS)
            ]  # fmt: skip
            if postfix:
                report.row(name, [(each[0], each[2]) for each in rounds], "Postfix", aim)
            report.row(name, [(each[0], each[1]) for each in rounds], "aiosmtpd", None)


@asynccontextmanager
async def _postfix(reason: str) -> AsyncGenerator[int]:
    """Give the port of an own Postfix; 0 if there is a reason against one."""
    if reason:
        yield 0
        return
    async with postfix_queue.postfix_server() as port:
        yield port


async def _rate(port: int, connections: int, size: str) -> float:
    """Let one client, the same for all servers, send so many mails."""
    sizes = (port, connections, COUNT[size], SIZES[size])
    client = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.smtp_load", *map(str, sizes), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await client.communicate()
    return float(printed)

"""Durable mails a second: the desk, which commits before 250, against Postfix, and aiosmtpd that keeps nothing."""

import asyncio
import sys
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

from bench import postfix_queue, report
from bench.mails import SIZES
from bench.processes import ROOT, Server, server

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
    """Print mails a second for each size and number of connections, and beside it the CPU that a mail takes."""
    report.heading(
        "durable mails a second, and CPU ms a mail; baselines: Postfix (queue only), aiosmtpd (null handler)"
    )
    reason = postfix_queue.why_not()
    if reason:
        report.skipped("Postfix", reason)
    async with server("desk") as desk, server("null") as null, _postfix(reason) as postfix:
        for (size, connections), aim in AIMS.items():
            rounds = [
                [await _figures(each, connections, size) for each in (desk, null, postfix) if each]
                for _ in range(ROUNDS)
            ]  # fmt: skip
            name = f"{size}, {connections} connection{'s' if connections > 1 else ''}"
            for place, baseline, wanted in ((2, "Postfix", aim), (1, "aiosmtpd", None))[postfix is None :]:
                report.row(f"{name}, /s", [(each[0][0], each[place][0]) for each in rounds], baseline, wanted)
                cpu = [(each[0][1], each[place][1]) for each in rounds]
                report.row(f"{name}, CPU", cpu, baseline, None, less_is_better=True)


@asynccontextmanager
async def _postfix(reason: str) -> AsyncGenerator[Server | None]:
    """Serve an own Postfix, unless there is a reason against it."""
    if reason:
        yield None
        return
    async with postfix_queue.postfix_server() as started:
        yield started


async def _figures(served: Server, connections: int, size: str) -> tuple[float, float]:
    """Let one client, the same for all servers, send so many mails; return mails a second and CPU ms a mail."""
    sizes = (served.port, connections, COUNT[size], SIZES[size])
    before = served.cpu_seconds()
    client = await asyncio.create_subprocess_exec(
        sys.executable, "-m", "bench.smtp_load", *map(str, sizes), cwd=ROOT, stdout=asyncio.subprocess.PIPE
    )
    printed, _ = await client.communicate()
    return float(printed), (served.cpu_seconds() - before) / COUNT[size] * 1000

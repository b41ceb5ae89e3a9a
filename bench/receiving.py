"""Durable mails a second: the desk, which commits before 250, against Postfix, and aiosmtpd that keeps nothing."""

import time
from contextlib import ExitStack
from dataclasses import dataclass

from bench import postfix_queue, report
from bench.mails import SIZES
from bench.processes import Server, Worker, server, worker

FEWEST_ROUNDS, MOST_ROUNDS = 3, 7
SECONDS = 22
"""After so long no further round begins for one size and number of connections."""
COUNT = {"5 KB": 400, "200 KB": 100}
AIMS = {
    ("5 KB", 1): 1.2,
    ("5 KB", 10): 1.5,
    ("5 KB", 50): 2.5,
    ("200 KB", 1): 1.0,
    ("200 KB", 10): 1.0,
    ("200 KB", 50): 1.0,
}
"""Against Postfix; against the null handler there is none, for it keeps nothing."""


@dataclass(frozen=True)
class _Figures:
    rate: float
    cpu: float


def measure() -> None:
    """Print mails a second for each size and number of connections, and beside it the CPU that a mail takes."""
    report.heading(
        "durable mails a second, 250 after the commit; against Postfix (queue only) and aiosmtpd (keeps nothing)"
    )
    with ExitStack() as running:
        desk, null = running.enter_context(server("desk")), running.enter_context(server("null"))
        client = running.enter_context(worker("bench.smtp_load"))
        if reason := postfix_queue.why_not():
            report.skipped("Postfix", reason)
        postfix = None if reason else running.enter_context(server("postfix"))
        for each in filter(None, (desk, null, postfix)):
            _send(client, each, 10, "5 KB")
        for (size, connections), aim in AIMS.items():
            name = f"{size}, {connections} connection{'s' if connections > 1 else ''}"
            rounds = _rounds(client, (desk, null, postfix), connections, size)
            for place, baseline, wanted in ((2, "Postfix", aim), (1, "aiosmtpd", None)):
                pairs = [(each[0], each[place]) for each in rounds if place < len(each)]
                if pairs:
                    rates = [(ours.rate, theirs.rate) for ours, theirs in pairs]
                    report.rate(name, rates, [(ours.cpu, theirs.cpu) for ours, theirs in pairs], baseline, wanted)


def _rounds(
    client: Worker, servers: tuple[Server, Server, Server | None], connections: int, size: str
) -> list[list[_Figures]]:
    """Measure the servers in turns; the order is turned round each time, so that none always follows another."""
    deadline = time.monotonic() + SECONDS
    present = [each for each in servers if each is not None]
    rounds: list[list[_Figures]] = []
    while len(rounds) < FEWEST_ROUNDS or (len(rounds) < MOST_ROUNDS and time.monotonic() < deadline):
        turn = reversed(present) if len(rounds) % 2 else present
        figures = {each.pid: _send(client, each, connections, size) for each in turn}
        rounds.append([figures[each.pid] for each in present])
    return rounds


def _send(client: Worker, served: Server, connections: int, size: str) -> _Figures:
    """Let one client, the same for all servers, send so many mails; return mails a second and CPU ms a mail."""
    before = served.cpu_seconds()
    rate = client.ask(served.port, connections, COUNT[size], SIZES[size])
    return _Figures(rate, (served.cpu_seconds() - before) / COUNT[size] * 1000)

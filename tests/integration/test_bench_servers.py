"""The bench starts a Postfix of its own; however the bench ends, none may stay behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from bench import postfix_queue

ROOT = Path(__file__).parents[2]


@pytest.fixture
def postfix() -> Iterator[tuple[subprocess.Popen[str], int]]:
    """The process that keeps a Postfix for the bench, and that Postfix."""
    if reason := postfix_queue.why_not():
        pytest.skip(reason)
    with subprocess.Popen(
        [sys.executable, "-m", "bench.smtp_servers", "postfix"], cwd=ROOT, text=True, start_new_session=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as keeper:  # fmt: skip
        assert keeper.stdout is not None
        _, pid = keeper.stdout.readline().split()
        yield keeper, int(pid)


def ends(pid: int) -> bool:
    """Wait until a process is gone, or only its parent has not looked yet (proc(5))."""
    stat = Path(f"/proc/{pid}/stat")
    deadline = time.monotonic() + 20
    while stat.exists() and stat.read_text().rpartition(")")[2].split()[0] != "Z":
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def test_postfix_ends_when_the_bench_is_gone(postfix: tuple[subprocess.Popen[str], int]):
    keeper, pid = postfix
    assert keeper.stdin is not None

    keeper.stdin.close()  # what the system does for a bench that was killed

    assert ends(pid)
    assert keeper.wait(20) == 0


def test_postfix_ends_when_its_keeper_is_told_to_end(postfix: tuple[subprocess.Popen[str], int]):
    keeper, pid = postfix

    os.kill(keeper.pid, signal.SIGTERM)

    assert ends(pid)
    assert keeper.wait(20) == 0

"""The bench starts a Postfix of its own; however the bench ends, none may stay behind."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from bench import postfix_queue

ROOT = Path(__file__).parents[2]


@pytest.fixture
def postfix() -> Iterator[tuple[subprocess.Popen[str], psutil.Process]]:
    """The process that keeps a Postfix for the bench, and that Postfix."""
    if reason := postfix_queue.why_not():
        pytest.skip(reason)
    with subprocess.Popen(
        [sys.executable, "-m", "bench.smtp_servers", "postfix"], cwd=ROOT, text=True, start_new_session=True,
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
    ) as keeper:  # fmt: skip
        assert keeper.stdout is not None
        _, pid = keeper.stdout.readline().split()
        yield keeper, psutil.Process(int(pid))


def ends(process: psutil.Process) -> bool:
    deadline = time.monotonic() + 20
    while process.is_running() and process.status() != psutil.STATUS_ZOMBIE:
        if time.monotonic() > deadline:
            return False
        time.sleep(0.1)
    return True


def test_postfix_ends_when_the_bench_is_gone(postfix: tuple[subprocess.Popen[str], psutil.Process]):
    keeper, master = postfix
    assert keeper.stdin is not None

    keeper.stdin.close()  # what the system does for a bench that was killed

    assert ends(master)
    assert keeper.wait(20) == 0


def test_postfix_ends_when_its_keeper_is_told_to_end(postfix: tuple[subprocess.Popen[str], psutil.Process]):
    keeper, master = postfix

    os.kill(keeper.pid, signal.SIGTERM)

    assert ends(master)
    assert keeper.wait(20) == 0

"""Nobody writes a line into the log of the service, or moves the cursor of whoever reads it (ASVS V16.4.1)."""

import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PROGRAM = """
import logging, sys, structlog
from runtime import logs
logs.set_up()
structlog.get_logger().warning("mail_refused", subject=sys.argv[1])
logging.getLogger("a.library").warning("could not read %s", sys.argv[1])
"""


@pytest.mark.parametrize("ending", ["\n", "\r\n", "\r", "\u2028", "\x85", "\x1b[2K\x1b[1A", "\x9b1A"], ids=repr)
def test_what_somebody_writes_stays_within_its_line(ending: str) -> None:
    wrote = f"hello{ending}2026-01-01T00:00:00Z level=info event=approved by an.peeters@health.example"

    done = subprocess.run(
        [sys.executable, "-c", PROGRAM, wrote], cwd=ROOT, capture_output=True, check=True, env={"PYTHONPATH": str(ROOT)}
    )

    lines = done.stderr.decode().splitlines()
    assert [line.partition(" ")[0].partition("=")[0] for line in lines] == ["timestamp", "WARNING"]
    assert [line for line in lines if not line.isprintable() or "an.peeters" in line] == []


TYPED = """
import sys, structlog
from runtime.cli.main import run
sys.argv = ["balie", "--help"]
try:
    run()
except SystemExit:
    net = 226_133
try:
    net / 0
except ZeroDivisionError:
    structlog.get_logger().exception("pay_run_part_failed", part=1)
"""


def test_a_command_that_breaks_logs_one_line_without_the_figures_at_hand() -> None:
    done = subprocess.run(
        [sys.executable, "-c", TYPED], cwd=ROOT, capture_output=True, check=True, env={"PYTHONPATH": str(ROOT)}
    )

    [line] = done.stderr.decode().splitlines()
    assert ("event=pay_run_part_failed" in line, "ZeroDivisionError" in line, "226133" in line) == (True, True, False)
    assert "pay_run_part_failed" not in done.stdout.decode()

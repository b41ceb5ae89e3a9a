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

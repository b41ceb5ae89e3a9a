"""An action of several steps that is killed at any of them is there as a whole or not at all (ASVS V2.3.3)."""

import asyncio
import json
import os
import signal
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize(
    ("action", "grown"),
    [
        ("file", {"cases", "messages", "attachments", "approvals", "outbox_mails", "audit_entries"}),
        ("accept", {"events", "audit_entries"}),
        ("refuse", {"events", "outbox_mails", "audit_entries"}),
    ],
)
@pytest.mark.timeout(180)
async def test_an_action_killed_at_any_step_is_whole_or_absent(tmp_path: Path, action: str, grown: set[str]) -> None:
    tries = await asyncio.create_subprocess_exec(
        sys.executable, str(ROOT / "tests/killed_action.py"), str(tmp_path), action, stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": f"{ROOT}{os.pathsep}{ROOT / 'tests'}"},
    )  # fmt: skip
    said, _ = await tries.communicate()
    (_, before, untouched), *killed, (ended, whole, _) = [json.loads(line) for line in said.splitlines()]

    assert (tries.returncode, ended) == (0, 0)
    assert {code for code, _, _ in killed} == {-signal.SIGKILL}
    assert [step for step, (_, rows, digest) in enumerate(killed) if digest != untouched and rows != whole] == []
    assert sum(digest == untouched for _, _, digest in killed) > 10
    assert grown <= {table for table in whole if whole[table] > before[table]}
